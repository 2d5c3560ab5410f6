// Rows that are selected, and the bar with what can be done to them. The form #bulk says which: one `number` each, or
// `filter` once all that match are meant. Buttons of the bar send it along with hx-include="#bulk".
import { gettext, ngettext } from "../words";

let chosen = new Set<string>();
let isAll = false; // all that match, on every page
let view = "";

const bar = (): HTMLElement | null => document.getElementById("select-bar");
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
  const count = isAll ? Number(element.dataset["total"] ?? 0) : chosen.size;
  element.hidden = !count;
  document.querySelector("#queue .queue-table")?.toggleAttribute("data-selecting", !!count);
  const words = element.querySelector<HTMLElement>("[data-select-count]");
  const text = isAll
    ? gettext("All {count} that match are selected", { count: element.dataset["totalWords"] ?? count })
    : ngettext("{count} selected", "{count} selected", count);
  if (words && words.textContent !== text) words.textContent = text;
  const every = element.querySelector<HTMLElement>("[data-select-matching]");
  const all = boxes();
  const ticked = all.filter((box) => box.checked).length;
  if (every) every.hidden = isAll || ticked < all.length || Number(element.dataset["total"] ?? 0) <= chosen.size;
  const top = document.querySelector<HTMLInputElement>("#queue [data-select-all]");
  if (top) {
    top.checked = !!all.length && ticked === all.length;
    top.indeterminate = ticked > 0 && ticked < all.length;
  }
  name();
  for (const box of all) box.closest("[data-row]")?.toggleAttribute("data-selected", box.checked);
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

function clear(): void {
  chosen = new Set();
  isAll = false;
  for (const box of boxes()) box.checked = false;
  draw();
}

/** After the list was drawn anew: the ticks of this question come back, those of another one are gone. */
function again(): void {
  const asked = question();
  if (asked !== view) {
    chosen = new Set();
    isAll = false;
    view = asked;
  }
  for (const box of boxes()) box.checked = isAll || chosen.has(box.value);
  draw();
}

document.addEventListener("change", (event) => {
  const target = event.target as HTMLInputElement;
  if (target.matches("#queue input[data-row-select]")) {
    put(target);
    draw();
  } else if (target.matches("#queue [data-select-all]")) {
    const isOn = target.checked;
    for (const box of boxes()) {
      box.checked = isOn;
      put(box);
    }
    draw();
  }
});
document.addEventListener("click", (event) => {
  const target = event.target as Element;
  if (target.closest("[data-select-none]")) clear();
  if (target.closest("[data-select-matching]")) {
    isAll = true;
    draw();
  }
});
document.addEventListener("keydown", (event) => {
  const isBusy = document.querySelector("dialog[open], [popover]:popover-open, details[data-float][open]");
  const isTyping = (event.target as Element).matches("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape" && (chosen.size || isAll) && !isBusy && !isTyping) clear();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if ((event.target as Element).id === "queue") again();
});
document.addEventListener("allclear:row-again", again);
document.addEventListener("allclear:select-none", clear);
if (document.getElementById("queue")) again();
