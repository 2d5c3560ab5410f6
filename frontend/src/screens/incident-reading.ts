// Reading an incident: what is new since the reader last looked, filters and order of the timeline, paging, permalinks.
import htmx from "htmx.org";
import { onEach, setCookie } from "../dom";
import { gettext } from "../words";

const page = (): HTMLElement | null => document.querySelector<HTMLElement>("#incident[data-number]");
const divider = (): HTMLElement | null => document.getElementById("new-since");
const card = (): HTMLElement | null => document.getElementById("timeline-card");

// How far the reader had read when they opened the page, as `version;instant`. Every answer of the server is drawn for
// that: the mark "new since you last looked" stays where it is while the page is exchanged.
const EVERYTHING = "2147483647;"; // the reader is looking: what comes in now is not "since you last looked"
let since = page()?.dataset["since"] ?? "";
let recorded = 0; // the version that the server knows to be read
let wasAway = false; // out of sight since the last version was recorded

document.addEventListener("htmx:configRequest", (event) => {
  const element = page();
  if (!element) return;
  const { headers } = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
  const isLooking = !divider() && !wasAway && !document.hidden && recorded > 0;
  if (isLooking) headers["X-Looked"] = EVERYTHING + new Date().toISOString();
  else if (since) headers["X-Looked"] = since;
  const from = element.dataset["from"];
  if (from && from !== "0") headers["X-Timeline-From"] = from;
});

async function record(): Promise<void> {
  const element = page();
  const version = Number(element?.dataset["version"] ?? 0);
  if (!element || document.hidden || version <= recorded) return;
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  const answer = await fetch(element.dataset["look"] ?? "", {
    method: "POST",
    body: new URLSearchParams({ version: String(version) }),
    headers: { "X-CSRFToken": token },
    keepalive: true,
  }).catch(() => null); // offline: it stays unread, which is true
  if (!answer?.ok) return;
  recorded = version;
  wasAway = false;
  if (!divider()) since = `${version};${new Date().toISOString()}`;
}

// A page counts as read when it was in sight for a moment: what a browser fetches ahead does not.
let timer = 0;
function soon(): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void record(), 700);
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) wasAway = true;
  else soon();
});
document.addEventListener("htmx:afterSettle", soon);
soon();

// Filter and order, kept for this person on this device. A long timeline brings only what is asked for.
function keep(show: string, order: string): void {
  setCookie(page()?.dataset["cookie"] ?? "timeline", `${show}.${order}`);
}
function again(): void {
  page()?.setAttribute("data-from", "0");
  void htmx.ajax("get", location.pathname, { source: "#incident-live", target: "#incident", swap: "morph:outerHTML" });
}
function openBundles(isOpen: boolean): void {
  for (const steps of document.querySelectorAll<HTMLDetailsElement>("#timeline .bundle > details")) steps.open = isOpen;
}
document.addEventListener("change", (event) => {
  const choice = event.target as HTMLInputElement;
  const element = card();
  if (!element || !choice.closest("#timeline-filter")) return;
  keep(choice.value, element.dataset["order"] ?? "oldest");
  element.dataset["show"] = choice.value;
  if ("partial" in element.dataset) again();
  else openBundles(choice.value === "system");
});
document.addEventListener("click", (event) => {
  const target = event.target as HTMLElement;
  const order = target.closest<HTMLElement>("#timeline-order")?.dataset["to"];
  if (order) {
    keep(card()?.dataset["show"] ?? "all", order);
    again();
  }
  if (target.id === "timeline-filter" && (event as MouseEvent).detail === 0) nextFilter(target); // by its key
});
function nextFilter(group: HTMLElement): void {
  const all = [...group.querySelectorAll<HTMLInputElement>("input")];
  const next = all[(all.findIndex((one) => one.checked) + 1) % all.length];
  next?.click();
  next?.focus();
}

// Earlier entries come in above: the reader's place stays where it was.
let anchor: { element: Element; top: number } | null = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig } = (event as CustomEvent<{ requestConfig: { elt: Element } }>).detail;
  const first = document.querySelector("#timeline > .entry, #timeline > .bundle");
  if (requestConfig.elt.matches("[data-earlier]") && first) anchor = { element: first, top: first.getBoundingClientRect().top };
});
document.addEventListener("htmx:afterSettle", () => {
  const was = anchor;
  anchor = null;
  if (!was?.element.isConnected) return;
  window.scrollBy({ top: was.element.getBoundingClientRect().top - was.top, behavior: "instant" });
  (was.element as HTMLElement).focus({ preventScroll: true });
});

// A link to one entry: it opens the bundle around it, and fetches what is not on the page yet.
async function goTo(hash: string): Promise<void> {
  const position = /^#entry-(\d+)$/.exec(hash)?.[1];
  if (!position || !page()) return;
  let entry = document.getElementById(`entry-${position}`);
  if (!entry && card() && "partial" in (card() as HTMLElement).dataset) {
    keep("all", card()?.dataset["order"] ?? "oldest");
    await htmx.ajax("get", `${location.pathname}?from=${position}`, {
      source: "#incident-live",
      target: "#incident",
      swap: "morph:outerHTML",
    });
    entry = document.getElementById(`entry-${position}`);
  }
  if (!entry) return;
  if (!entry.checkVisibility() && !entry.closest(".bundle")) {
    document.querySelector<HTMLInputElement>('#timeline-filter input[value="all"]')?.click();
  }
  const bundle = entry.closest("details");
  if (bundle) bundle.open = true;
  document.querySelectorAll(".entry[data-linked]").forEach((one) => one.removeAttribute("data-linked"));
  entry.setAttribute("data-linked", "");
  entry.scrollIntoView({ block: "center" });
  entry.focus({ preventScroll: true });
}
window.addEventListener("hashchange", () => void goTo(location.hash));
if (location.hash) void goTo(location.hash);
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a.entry-at");
  if (link && link.hash === location.hash) void goTo(link.hash); // again to the same one
  const chip = (event.target as Element).closest("#new-chip");
  if (!chip) return;
  event.preventDefault();
  divider()?.scrollIntoView({ block: "start" });
  divider()?.focus({ preventScroll: true });
});

// Long texts are folded; only those that are really higher than the fold get a button.
onEach<HTMLElement>("#incident .entry-body[data-long]", (body) => {
  if (body.nextElementSibling?.matches("[data-unfold]")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button unfold";
  button.dataset["unfold"] = "";
  button.textContent = gettext("Show all of it");
  button.setAttribute("aria-expanded", "false");
  body.after(button);
});
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-unfold]");
  const body = button?.previousElementSibling;
  if (!button || !body) return;
  const isOpen = body.toggleAttribute("data-unfolded");
  button.textContent = isOpen ? gettext("Show less") : gettext("Show all of it");
  button.setAttribute("aria-expanded", String(isOpen));
});

// Quoting: what staff said among themselves is quoted in a note only, never towards the requester.
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-quote]");
  const text = button?.closest(".entry-main")?.querySelector<HTMLElement>(".prose-text")?.innerText.trim();
  if (!button || !text) return;
  const isPublic = button.dataset["quote"] === "public";
  const choice = document.querySelector<HTMLInputElement>(`#composer input[value="${isPublic ? "public" : "internal"}"]`);
  const area = document.querySelector<HTMLTextAreaElement>(isPublic && document.getElementById("reply-text") ? "#reply-text" : "#note-text");
  if (!area) return;
  choice?.click();
  const quoted = text.replace(/\n{3,}/g, "\n\n").split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
  area.value = `${area.value.trimEnd()}${area.value.trim() ? "\n\n" : ""}${quoted}\n\n`;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  area.scrollIntoView({ block: "nearest" });
});
