// Rows that are selected, and the bar with what can be done to them. The form #bulk says which: one `number` each, or
// `filter` once all that match are meant. Buttons of the bar send it along with hx-include="#bulk".
// A finger has no keys: the button "Select" of the head lets a tap on a row select it, until "Done".
import { isVisible } from "../dom";
import { gettext, ngettext } from "../words";

let chosen = new Set<string>();
let isAll = false; // all that match, on every page
let isPicking = false; // a tap on a row selects it
let view = "";

const bar = (): HTMLElement | null => document.getElementById("select-bar");
const picker = (): HTMLElement | null => document.querySelector<HTMLElement>("#queue [data-select-mode]");
const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>("#queue input[data-row-select]")];

/** What the list asks for, without the page: a selection reaches over pages, not over other filters. */
function question(): string {
  const address = new URL(document.querySelector<HTMLElement>("#queue > .card[data-here]")?.dataset["here"] ?? "", location.href);
  for (const name of ["after", "before", "sort", "columns", "closed", "group"]) address.searchParams.delete(name);
  return address.search;
}

function draw(): void {
  const element = bar();
  if (!element) return;
  const total = Number(element.dataset["total"] ?? 0);
  const count = isAll ? total : chosen.size;
  const all = boxes();
  const ticked = all.filter((box) => box.checked).length;
  element.hidden = !count && !isPicking;
  document.querySelector("#queue .queue-table")?.toggleAttribute("data-selecting", !element.hidden);
  say(element, count);
  offer(element, { all: all.length, ticked, total });
  const button = picker();
  if (button) button.hidden = false;
  button?.setAttribute("aria-pressed", String(isPicking));
  name();
  for (const box of all) box.closest("[data-row]")?.toggleAttribute("data-selected", box.checked);
}

function say(element: HTMLElement, count: number): void {
  const words = element.querySelector<HTMLElement>("[data-select-count]");
  const text = isAll
    ? gettext("All {count} that match are selected", { count: element.dataset["totalWords"] ?? count })
    : ngettext("{count} selected", "{count} selected", count);
  if (words && words.textContent !== text) words.textContent = text;
  element.querySelector<HTMLElement>("[data-select-verbs]")?.toggleAttribute("inert", !count);
}

/** All of this page first, then all that match. */
function offer(element: HTMLElement, { all, ticked, total }: { all: number; ticked: number; total: number }): void {
  const page = element.querySelector<HTMLElement>("[data-select-page]");
  const matching = element.querySelector<HTMLElement>("[data-select-matching]");
  if (page) page.hidden = !isPicking || isAll || ticked === all;
  if (matching) matching.hidden = isAll || ticked < all || total <= chosen.size;
  const top = document.querySelector<HTMLInputElement>("#queue [data-select-all]");
  if (!top) return;
  top.checked = !!all && ticked === all;
  top.indeterminate = ticked > 0 && ticked < all;
}

/** Write into the form which incidents are meant. */
function name(): void {
  const form = document.getElementById("bulk");
  const filter = form?.querySelector<HTMLInputElement>("[name=filter]");
  if (!form || !filter) return;
  filter.disabled = !isAll;
  const fields = (isAll ? [] : [...chosen]).map((number) => {
    const field = document.createElement("input");
    [field.type, field.name, field.value] = ["hidden", "number", number];
    return field;
  });
  form.replaceChildren(filter, ...fields);
}

function put(box: HTMLInputElement): void {
  isAll = false;
  if (box.checked) chosen.add(box.value);
  else chosen.delete(box.value);
}

function putPage(isOn: boolean): void {
  for (const box of boxes()) {
    box.checked = isOn;
    put(box);
  }
  draw();
}

function pick(isOn: boolean): void {
  isPicking = isOn;
  draw();
}

/** Nothing is selected any more, and a tap opens again. Who stood in the bar stands at the button of the head. */
function clear(): void {
  const wasInBar = !!bar()?.contains(document.activeElement);
  chosen = new Set();
  isAll = false;
  for (const box of boxes()) box.checked = false;
  pick(false);
  const button = picker();
  if (wasInBar && button && isVisible(button)) button.focus({ preventScroll: true });
}

/** After the list was drawn anew: the ticks of this question come back, those of another one are gone. */
function again(): void {
  const asked = question();
  if (asked !== view) {
    chosen = new Set();
    isAll = false;
    view = asked;
  }
  if (!bar()) isPicking = false; // there is nothing to select
  for (const box of boxes()) box.checked = isAll || chosen.has(box.value);
  draw();
}

document.addEventListener("change", (event) => {
  const target = event.target as HTMLInputElement;
  if (target.matches("#queue input[data-row-select]")) {
    put(target);
    draw();
  } else if (target.matches("#queue [data-select-all]")) putPage(target.checked);
});
document.addEventListener("click", (event) => {
  const target = event.target as Element;
  if (target.closest("[data-select-none]")) clear();
  if (target.closest("[data-select-mode]")) isPicking ? clear() : pick(true);
  if (target.closest("[data-select-page]")) putPage(true);
  if (target.closest("[data-select-matching]")) {
    isAll = true;
    draw();
  }
});
// Before anything of the row hears of it: a tap selects, wherever it lands. The box itself needs no help.
document.addEventListener(
  "click",
  (event) => {
    const row = (event.target as Element).closest("#queue [data-row]");
    if (!isPicking || !row || event.defaultPrevented || (event.target as Element).closest(".cell-select")) return;
    event.preventDefault();
    event.stopPropagation();
    row.querySelector<HTMLInputElement>("input[data-row-select]")?.click();
  },
  true,
);
document.addEventListener("keydown", (event) => {
  const isBusy = document.querySelector("dialog[open], [popover]:popover-open, details[data-float][open]");
  const isTyping = (event.target as Element).matches("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape" && (chosen.size || isAll || isPicking) && !isBusy && !isTyping) clear();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if ((event.target as Element).id === "queue") again();
});
document.addEventListener("allclear:row-again", again);
document.addEventListener("allclear:row-lost", (event) => {
  if (chosen.delete((event as CustomEvent<{ number: string }>).detail.number)) draw();
});
document.addEventListener("allclear:row-pressed", () => pick(true));
document.addEventListener("allclear:select-none", clear);
if (document.getElementById("queue")) again();
