// The focus survives what is exchanged: it stays on the same thing, else on what came in its place, else near by.
import { isVisible } from "./dom";

const REACHABLE = "a[href], button:not(:disabled), input:not([type=hidden], :disabled), select:not(:disabled), textarea:not(:disabled), summary";

export interface Place {
  element: HTMLElement;
  around: string[]; // ids of what it stood in, the nearest first
  isVerb: boolean;
}

/** Where the focus is, so that it can be found again. Null when it is nowhere. */
export function placeOf(element: Element | null): Place | null {
  if (!(element instanceof HTMLElement) || element === document.body) return null;
  const around: string[] = [];
  for (let part: Element | null = element; part; part = part.parentElement) if (part.id) around.push(part.id);
  return { element, around, isVerb: !!element.closest(".verbs, .offer-verbs") };
}

const shown = (element: Element | null | undefined): HTMLElement | null =>
  element instanceof HTMLElement && element.isConnected && isVisible(element) ? element : null;

function inside(part: Element | null): HTMLElement | null {
  if (!part) return null;
  if (shown(part) && part.matches(REACHABLE)) return part as HTMLElement;
  const link = part.matches("[data-row]") ? part.querySelector("[data-row-link]") : null;
  return shown(link) ?? [...part.querySelectorAll<HTMLElement>(REACHABLE)].find((one) => shown(one)) ?? null;
}

/** A verb that was just done is gone: then the next sensible one. Something in a closed menu: the menu's button. */
export function comeBack(place: Place | null): void {
  if (!place) return;
  const menu = place.element.isConnected ? place.element.closest("details")?.querySelector("summary") : null;
  const bar = place.isVerb ? document.querySelector("main .verbs") : null;
  const heir = place.around.map((id) => document.getElementById(id)).find((part) => part && shown(part) && inside(part));
  const same = place.around[0] === place.element.id ? shown(document.getElementById(place.element.id)) : null;
  const target = shown(place.element) ?? same ?? shown(menu) ?? inside(bar) ?? inside(heir ?? null);
  (target ?? document.querySelector<HTMLElement>("#main"))?.focus({ preventScroll: true });
}

let before: Place | null = null;

document.addEventListener("htmx:beforeSwap", () => {
  const now = placeOf(document.activeElement);
  if (now) before = now;
});
document.addEventListener("htmx:afterSettle", () => {
  const was = before;
  before = null;
  const isLost = document.activeElement === document.body || document.activeElement === null;
  if (was && isLost && !document.querySelector("dialog[open]")) comeBack(was);
});
