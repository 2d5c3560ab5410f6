// Lists by hand: J and K walk, X selects, Shift+X selects up to here; a finger selects by a long press.
import { isVisible } from "./dom";
import { scope } from "./verbs";

const LONG = 500; // milliseconds
const STILL = 10; // pixels that a finger may tremble

type Box = HTMLInputElement;
const boxOf = (row: Element | null): Box | null => row?.querySelector<Box>("input[type=checkbox][data-row-select]") ?? null;
const rows = (): HTMLElement[] => [...scope().querySelectorAll<HTMLElement>("[data-rows] [data-row]:not([data-lost])")].filter(isVisible);

/** The row that was walked to, by its id: a list that is drawn anew keeps the place. */
let last = "";
let anchor = "";

function current(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-rows] [data-row]") ?? null;
}

export function focusRow(row: HTMLElement | null | undefined): boolean {
  const link = row?.querySelector<HTMLElement>("[data-row-link], a[href]");
  link?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
  if (row) last = row.id;
  return !!link;
}

export function move(step: 1 | -1): boolean {
  const all = rows();
  if (!all.length) return false;
  const from = current() ?? all.find((row) => row.id && row.id === last);
  const index = from ? all.indexOf(from) + step : step === 1 ? 0 : all.length - 1;
  const isOut = index < 0 || index >= all.length;
  const end = new CustomEvent("allclear:rows-end", { cancelable: true, detail: { step } });
  if (isOut && !document.dispatchEvent(end)) return true; // a screen turns its page
  return focusRow(all[Math.min(Math.max(index, 0), all.length - 1)]);
}

export function toggleRow(): boolean {
  const row = current();
  const box = boxOf(row);
  box?.click();
  if (row) anchor = row.id;
  return !!box;
}

/** From the row that was selected last up to this one, all as that one is. */
export function selectRange(): boolean {
  const here = current();
  const all = rows();
  const first = all.find((row) => row.id && row.id === anchor);
  if (!here || !boxOf(here)) return false;
  if (!first || first === here) return toggleRow();
  const isChecked = boxOf(first)?.checked ?? true;
  const [from, to] = [all.indexOf(first), all.indexOf(here)].sort((one, other) => one - other) as [number, number];
  for (const row of all.slice(from, to + 1)) {
    const box = boxOf(row);
    if (box && box.checked !== isChecked) box.click();
  }
  anchor = here.id;
  return true;
}

let timer = 0;
let start: { x: number; y: number } | null = null;
let wasLong = false;

function forget(): void {
  clearTimeout(timer);
  start = null;
}

document.addEventListener("pointerdown", (event) => {
  wasLong = false;
  if (event.pointerType !== "touch") return;
  const row = (event.target as Element).closest<HTMLElement>("[data-rows] [data-row]");
  const box = boxOf(row);
  if (!row || !box) return;
  start = { x: event.clientX, y: event.clientY };
  timer = window.setTimeout(() => {
    wasLong = true;
    anchor = row.id;
    box.click();
    document.dispatchEvent(new CustomEvent("allclear:row-pressed"));
    navigator.vibrate?.(15);
  }, LONG);
});
document.addEventListener("pointermove", (event) => {
  if (start && Math.hypot(event.clientX - start.x, event.clientY - start.y) > STILL) forget();
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, forget);
// The finger that selected must not also open the row, nor call the browser's own menu.
document.addEventListener("contextmenu", (event) => wasLong && event.preventDefault());
document.addEventListener(
  "click",
  (event) => {
    if (!wasLong || !event.isTrusted) return;
    wasLong = false;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
