// Dragging in the calendar of a schedule: over a shift or an empty stretch, it opens the override with from, until and
// the person filled in. A finger presses long instead: a drag of it scrolls. By keyboard the button does the same.
import htmx from "htmx.org";
import { days } from "../words";

const MINUTE = 60_000;
const DAY = 24 * 60;
const STEPS = [60, 120, 180, 360, 720, 1440]; // minutes; the finest whose width can be aimed at
const AIM = 5; // pixels
const STILL = 5; // pixels: less is a click
const LONG = 500; // milliseconds of a finger that means it

interface Drag {
  calendar: HTMLElement;
  from: number; // minutes by the wall clock of the schedule, since 1970
  until: number;
  person: string; // whose lane it is; empty: nobody's
  isShift: boolean;
  x: number;
  y: number;
  isMoving: boolean;
}

let drag: Drag | null = null;
let timer = 0;

const lanesOf = (calendar: HTMLElement): HTMLElement[] => [...calendar.querySelectorAll<HTMLElement>(".oncall-lanes")];
const firstOf = (lanes: HTMLElement): number => Date.parse(`${lanes.dataset["first"] ?? ""}T00:00Z`) / MINUTE;
const wall = (minutes: number): string => new Date(minutes * MINUTE).toISOString().slice(0, 16);

/** The minutes under a point: in the week that it is in, or in the nearest one. */
function minutesAt(calendar: HTMLElement, x: number, y: number): number {
  const all = lanesOf(calendar);
  const lanes = all.find((one) => y < one.getBoundingClientRect().bottom) ?? all[all.length - 1];
  if (!lanes) return 0;
  const box = lanes.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (x - box.left) / box.width));
  return firstOf(lanes) + share * 7 * DAY;
}

function stepOf(calendar: HTMLElement): number {
  const width = lanesOf(calendar)[0]?.getBoundingClientRect().width ?? 700;
  return STEPS.find((step) => (width / (7 * DAY)) * step >= AIM) ?? DAY;
}

/** The bar under a point as minutes; null between bars. */
function shiftAt(target: Element): { from: number; until: number } | null {
  const bar = target.closest<SVGElement>(".oncall-bar");
  const lanes = target.closest<HTMLElement>(".oncall-lanes");
  if (!bar || !lanes || bar.dataset["kind"] === "shadow") return null;
  const share = (name: string): number => parseFloat(bar.getAttribute(name) ?? "0") / 100;
  const from = Math.round(firstOf(lanes) + share("x") * 7 * DAY);
  return { from, until: Math.round(from + share("width") * 7 * DAY) };
}

function begin(target: Element, x: number, y: number): Drag | null {
  const calendar = target.closest<HTMLElement>(".oncall-weeks[data-override]");
  if (!calendar || !target.closest(".oncall-lanes")) return null;
  const at = minutesAt(calendar, x, y);
  const person = target.closest<SVGElement>(".oncall-lane")?.dataset["person"] ?? "";
  const isShift = !!person && !!shiftAt(target);
  return { calendar, from: at, until: at, person, isShift, x, y, isMoving: false };
}

/** From and until in the right order, on whole steps. */
function span(found: Drag): [number, number] {
  const step = stepOf(found.calendar);
  const from = Math.floor(Math.min(found.from, found.until) / step) * step;
  const until = Math.ceil(Math.max(found.from, found.until) / step) * step;
  return [from, Math.max(until, from + step)];
}

function wordsOf(minutes: number): string {
  const at = new Date(minutes * MINUTE);
  return `${days[(at.getUTCDay() + 6) % 7] ?? ""} ${at.getUTCDate()}, ${wall(minutes).slice(11)}`;
}

function show(found: Drag): void {
  const [from, until] = span(found);
  clear(found.calendar);
  let isFirst = true;
  for (const lanes of lanesOf(found.calendar)) {
    const start = Math.max(from, firstOf(lanes));
    const end = Math.min(until, firstOf(lanes) + 7 * DAY);
    if (start >= end) continue;
    const mark = document.createElement("div");
    mark.className = "oncall-selection";
    mark.style.left = `${((start - firstOf(lanes)) / (7 * DAY)) * 100}%`;
    mark.style.width = `${((end - start) / (7 * DAY)) * 100}%`;
    if (isFirst) {
      const text = document.createElement("span");
      text.textContent = `${wordsOf(from)} – ${wordsOf(until)}`;
      if (start - firstOf(lanes) > 4 * DAY) text.dataset["end"] = "";
      mark.append(text);
    }
    isFirst = false;
    lanes.append(mark);
  }
}

function clear(calendar: ParentNode): void {
  calendar.querySelectorAll(".oncall-selection").forEach((mark) => mark.remove());
}

function cancel(): void {
  clearTimeout(timer);
  if (drag) clear(drag.calendar);
  drag = null;
}

function open(found: Drag, from: number, until: number): void {
  const address = new URL(found.calendar.dataset["override"] ?? "", location.href);
  address.searchParams.set("from", wall(from));
  address.searchParams.set("until", wall(until));
  address.searchParams.set("kind", found.isShift ? "replace" : "add");
  if (found.person) address.searchParams.set(found.isShift ? "instead_of" : "people", found.person);
  const path = address.pathname + address.search;
  void htmx.ajax("get", path, { source: "#verb-override", target: "#dialog-body", swap: "innerHTML" }).finally(() => {
    clear(found.calendar);
  });
}

document.addEventListener("pointerdown", (event) => {
  const target = event.target as Element;
  if (event.button !== 0 || !event.isPrimary || document.querySelector("dialog[open]")) return;
  const found = begin(target, event.clientX, event.clientY);
  if (!found) return;
  drag = found;
  if (event.pointerType === "mouse") return;
  timer = window.setTimeout(() => {
    const whole = shiftAt(target);
    const day = Math.floor(found.from / DAY) * DAY;
    drag = null;
    open(found, whole?.from ?? day, whole?.until ?? day + DAY);
  }, LONG);
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const isFar = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > STILL;
  if (event.pointerType !== "mouse") {
    if (isFar) cancel(); // it scrolls
    return;
  }
  if (!drag.isMoving && !isFar) return;
  event.preventDefault();
  drag.isMoving = true;
  drag.until = minutesAt(drag.calendar, event.clientX, event.clientY);
  show(drag);
});
document.addEventListener("pointerup", () => {
  clearTimeout(timer);
  const found = drag;
  drag = null;
  if (found?.isMoving) open(found, ...span(found));
});
document.addEventListener("pointercancel", cancel);
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !drag) return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  },
  true,
);
document.addEventListener("contextmenu", (event) => {
  // the long press of a finger is ours here
  if ((event.target as Element).closest(".oncall-weeks[data-override] .oncall-lanes") && (event as PointerEvent).pointerType === "touch") {
    event.preventDefault();
  }
});
