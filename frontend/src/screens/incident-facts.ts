// Facts that turn into their form where they stand, and the cards beside the timeline.
import htmx from "htmx.org";
import { isTyping, onEach, setCookie } from "../dom";

/** What stood where a form stands now, for whoever leaves the form; with the version that it showed. */
const before = new Map<string, { html: string; version: string }>();
let opened = ""; // the place whose form was opened last: the focus comes back to it
let isAddingTask = false;

const version = (): string => document.getElementById("incident")?.dataset["version"] ?? "";

function giveFocus(id: string): void {
  const pencil = document.querySelector<HTMLElement>(`.fact-change[hx-target="#${CSS.escape(id)}"]`);
  (pencil ?? document.querySelector<HTMLElement>("#main"))?.focus({ preventScroll: true });
}

type Swap = CustomEvent<{ requestConfig: { elt: Element; verb: string }; xhr: XMLHttpRequest; target: Element }>;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr } = (event as Swap).detail;
  const pencil = requestConfig.elt.closest(".fact-change");
  if (pencil && requestConfig.verb === "get" && xhr.status < 300) {
    const place = pencil.getAttribute("hx-target")?.slice(1) ?? "";
    const element = document.getElementById(place);
    if (element) before.set(place, { html: element.outerHTML, version: version() });
    opened = place;
  }
  const form = requestConfig.elt.closest<HTMLElement>("[data-inline]");
  if (form && requestConfig.verb !== "get" && xhr.status < 300) {
    form.removeAttribute("data-keep"); // saved: the page's answer may replace it
    opened = form.id;
  }
  isAddingTask = requestConfig.elt.id === "task-new" && xhr.status < 300;
});

function begin(place: HTMLElement): void {
  const error = place.querySelector<HTMLElement>(".error-summary, [aria-invalid=true]");
  const first = place.querySelector<HTMLElement>("input:not([type=hidden]):checked, input:not([type=hidden]):not([type=radio]), select, textarea, input[type=radio]");
  const focused = error ?? first;
  focused?.focus();
  if (focused instanceof HTMLInputElement && focused.type === "text") focused.select();
}
onEach<HTMLElement>("[data-inline]", begin);

document.addEventListener("htmx:afterSettle", () => {
  if (isAddingTask) document.getElementById("task-new-title")?.focus();
  isAddingTask = false;
  const place = opened && document.getElementById(opened);
  if (!place || place.matches("[data-inline]")) return;
  opened = "";
  if (document.activeElement === document.body || !document.activeElement) giveFocus(place.id);
});

function leave(place: HTMLElement): void {
  const was = before.get(place.id);
  opened = "";
  if (!was || was.version !== version()) {
    place.removeAttribute("data-keep"); // the page changed meanwhile, and what stood here may be old
    opened = place.id;
    void htmx.ajax("get", location.pathname, { source: "#incident-live", target: "#incident", swap: "morph:outerHTML" });
    return;
  }
  const template = document.createElement("template");
  template.innerHTML = was.html;
  const old = template.content.firstElementChild;
  if (!old) return;
  place.replaceWith(old);
  htmx.process(old);
  giveFocus(place.id);
  document.dispatchEvent(new Event("focusout")); // news that waited for the form may come in now
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  if (target.closest("[data-inline-cancel]")) {
    const place = target.closest<HTMLElement>("[data-inline]");
    if (place) leave(place);
    return;
  }
  // the whole value is the target for a pointer, unless it holds something that is clicked itself, or text was marked
  const fact = target.closest<HTMLElement>(".fact");
  if (!fact || target.closest("a, button, summary, input, label, details") || getSelection()?.toString()) return;
  fact.querySelector<HTMLElement>(".fact-change")?.click();
});

document.addEventListener(
  "keydown",
  (event) => {
    const target = event.target as HTMLElement;
    const place = target.closest<HTMLElement>("[data-inline]");
    const isList = target.getAttribute("aria-expanded") === "true";
    if (place && event.key === "Escape" && !isList && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      leave(place);
      return;
    }
    if (place && event.key === "Enter" && target instanceof HTMLInputElement && isList) return; // it chooses
    const isOn = document.documentElement.dataset["keys"] !== "off" && !isTyping(target);
    const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey;
    const fact = target.closest<HTMLElement>(".fact");
    if (isOn && isPlain && event.key === "e" && fact && target.matches(".fact-change")) {
      event.preventDefault();
      target.click();
    }
  },
  true,
);

// Closed cards stay closed for this person on this device.
document.addEventListener(
  "toggle",
  (event) => {
    const details = event.target as HTMLElement;
    const name = details.closest<HTMLElement>("[data-cards]")?.dataset["cards"];
    if (!name || !details.matches("[data-card]")) return;
    const closed = [...document.querySelectorAll<HTMLDetailsElement>("[data-card]:not([open])")].map((one) => one.dataset["card"]);
    setCookie(name, closed.join("."));
  },
  true,
);
