// The log form, by keyboard: who calls, one line, Ctrl+Enter. What is chosen by hand is never overwritten.
import { onEach } from "../dom";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
const byId = <T extends HTMLElement>(id: string): T | null => document.getElementById(id) as T | null;
const form = (): HTMLFormElement | null => byId<HTMLFormElement>("log-form");

let isOurs = false; // while the form fills itself in
let asksNext = false; // a suggested category may bring questions
let isOffered = false; // the key press that took up an offer has moved the focus already
const byHand = new Set<string>(); // names of the fields that a person has touched

function named(name: string): Control[] {
  return [...(form()?.elements ?? [])].filter((one): one is Control => (one as Control).name === name);
}

/** Fill a field unless somebody chose something there; what is chosen by radio buttons is ticked. */
function fill(name: string, value: string, text?: string): boolean {
  const all = named(name);
  const one = all[0];
  if (!one || byHand.has(name)) return false;
  isOurs = true;
  try {
    if (one.type === "radio") {
      const wanted = all.find((radio) => radio.value === value) as HTMLInputElement | undefined;
      if (wanted) wanted.checked = true;
    } else one.value = value;
    const shown = named(`${name}_text`)[0];
    if (shown && text !== undefined) {
      shown.value = text;
      shown.dispatchEvent(new Event("restored", { bubbles: true }));
    }
    if (name !== "team") unfold(one); // its suggestion shows that it was taken
    one.dispatchEvent(new Event("change", { bubbles: true }));
  } finally {
    isOurs = false;
  }
  return true;
}

/** What has something in it is seen. */
function unfold(control: Element): void {
  const part = control.closest<HTMLDetailsElement>("details");
  if (part) part.open = true;
}

function touched(event: Event): void {
  const { name, value } = event.target as Control;
  if (isOurs || !name || (event.type === "change" && !event.isTrusted && !value)) return;
  byHand.add(name.replace(/_text$/, ""));
}

function take(hint: HTMLElement): void {
  const { hint: name, value, text } = hint.dataset;
  if (!name || !value) return;
  asksNext = name === "category";
  byHand.delete(name); // pressing it is a choice
  fill(name, value, text);
  byHand.add(name);
  hint.setAttribute("aria-pressed", "true");
}

function takeAll(): void {
  asksNext = true;
  for (const hint of document.querySelectorAll<HTMLElement>("#log-hints [data-hint]")) {
    const { hint: name, value, text } = hint.dataset;
    if (name && value && fill(name, value, text)) hint.setAttribute("aria-pressed", "true");
  }
}

/** Questions that came with a suggested category are asked next, while the caller is there. */
function askNext(event: Event): void {
  if ((event.target as Element).id !== "log-questions" || !asksNext) return;
  asksNext = false;
  const open = [...(event.target as Element).querySelectorAll<Control>("input, select, textarea")].find((one) => !one.value);
  open?.focus();
}

function pickAsset(pick: HTMLElement): void {
  const { asset, service, serviceName } = pick.dataset;
  const add = byId<HTMLInputElement>("id_ci_add");
  if (!asset || !add) return;
  const box = named("ci_ids").find((one) => one.value === asset) as HTMLInputElement | undefined;
  if (box) box.click();
  else {
    unfold(add);
    add.value = asset;
    add.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const isChosen = box ? box.checked : true;
  pick.setAttribute("aria-pressed", String(isChosen));
  if (isChosen && service) fill("service", service, serviceName);
}

function useTemplate(chip: HTMLElement): void {
  const values = JSON.parse(chip.dataset["fill"] ?? "{}") as Record<string, string | number>;
  for (const [name, value] of Object.entries(values)) {
    if (!name.endsWith("_text")) fill(name, String(value), values[`${name}_text`] as string | undefined);
  }
  document.querySelectorAll(".quick-starts [aria-current]").forEach((one) => one.removeAttribute("aria-current"));
  chip.setAttribute("aria-current", "true");
  const title = byId<HTMLInputElement>("id_title");
  title?.dispatchEvent(new Event("input", { bubbles: true }));
  (named("requester")[0]?.value ? title : byId("id_requester_text"))?.focus();
}

/** The fields that a keyboard reaches, in order. */
function stops(): HTMLElement[] {
  const all = [...(form()?.querySelectorAll<HTMLElement>("input, select, textarea, button[data-key='Ctrl+Enter']") ?? [])];
  return all.filter((one) => one.tabIndex >= 0 && !(one as HTMLInputElement).disabled && one.offsetParent !== null);
}

function onEnter(event: KeyboardEvent): void {
  const field = event.target as HTMLElement;
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (!field.matches("input:not([type=file]), select")) return;
  // Enter chooses in a list and goes on to the next field; only Ctrl+Enter sends a form that a caller is waiting for.
  event.preventDefault();
  if (isOffered) return;
  const all = stops();
  all[all.indexOf(field) + 1]?.focus();
}

function offerNewCaller(event: Event): void {
  const { name, text } = (event as CustomEvent<{ name: string; text: string }>).detail;
  const panel = byId("log-new-caller");
  if (name !== "caller" || !panel) return;
  panel.hidden = false;
  isOffered = true;
  setTimeout(() => (isOffered = false));
  const isReach = /@|\d{3}/.test(text);
  const [filled, next] = isReach ? ["id_caller_contact", "id_caller_name"] : ["id_caller_name", "id_caller_contact"];
  const field = byId<HTMLInputElement>(filled);
  if (field) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  byId(next)?.focus();
}

function whoChanged(): void {
  const isKnown = !!named("requester")[0]?.value;
  const panel = byId("log-new-caller");
  if (!panel || !isKnown) return;
  panel.hidden = true;
  for (const name of ["caller_name", "caller_contact"]) named(name).forEach((one) => (one.value = ""));
}

function remember(part: HTMLDetailsElement): void {
  const url = form()?.dataset["partUrl"];
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  const body = new URLSearchParams({ part: part.dataset["part"] ?? "", open: part.open ? "1" : "0" });
  if (url) void fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token }, keepalive: true }).catch(() => undefined);
}

function onPart(event: MouseEvent): void {
  const part = (event.target as Element).closest("summary")?.parentElement;
  if (!(part instanceof HTMLDetailsElement) || !part.matches(".part")) return;
  setTimeout(() => {
    if (part.dataset["part"]) remember(part);
    if (part.open && event.detail === 0) part.querySelector<HTMLElement>(".part-body :is(input:not([type=hidden]), select, textarea)")?.focus();
  });
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const chip = target.closest<HTMLElement>(".quick-starts [data-fill]");
  if (chip && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    return useTemplate(chip);
  }
  const hint = target.closest<HTMLElement>("[data-hint]");
  if (hint) return take(hint);
  if (target.closest("[data-hint-all]")) return takeAll();
  const pick = target.closest<HTMLElement>("[data-asset]");
  if (pick) return pickAsset(pick);
  onPart(event);
});

onEach<HTMLFormElement>("#log-form", (log) => {
  log.addEventListener("keydown", onEnter);
  log.addEventListener("input", touched);
  log.addEventListener("change", touched);
  log.addEventListener("suggest:offer", offerNewCaller);
  log.addEventListener("htmx:afterSettle", askNext);
  byId("id_requester")?.addEventListener("change", whoChanged);
  log.addEventListener("change", (event) => {
    const one = event.target as Control;
    if (one.value && !isOurs && !event.isTrusted) unfold(one); // a draft came back
  });
  if (document.querySelector(".error-summary")) return;
  const who = byId<HTMLInputElement>("id_requester_text");
  (who && !who.value ? who : byId("id_title"))?.focus({ preventScroll: true });
});

onEach<HTMLElement>("[data-autofocus]", (one) => one.focus({ preventScroll: true }));
