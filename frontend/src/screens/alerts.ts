// The list of alerts: verbs for the rows that are selected, else for the row one stands on; pages under J and K.
import htmx from "htmx.org";
import { focusRow } from "../rows";
import { showToast } from "../toasts";
import { gettext, ngettext } from "../words";

const list = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-alerts]");
const rows = (): HTMLElement[] => [...(list()?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
const ticked = (): HTMLInputElement[] => [...(list()?.querySelectorAll<HTMLInputElement>("input[data-row-select]:checked") ?? [])];

/** The row that was walked to last, and its place, should it be gone. */
let stood = "";
let place = 0;

document.addEventListener("focusin", (event) => {
  const row = (event.target as Element).closest<HTMLElement>("[data-alerts] [data-row]");
  if (!row) return;
  stood = row.id;
  place = rows().indexOf(row);
});

function say(): void {
  const words = list()?.querySelector<HTMLElement>("[data-chosen]");
  const count = ticked().length;
  if (words) words.textContent = count ? ngettext("{count} selected", "{count} selected", count) : "";
}

document.addEventListener("change", (event) => {
  if ((event.target as Element).matches("[data-alerts] [data-row-select]")) say();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !ticked().length || document.querySelector("dialog[open], details[data-float][open]")) return;
  for (const box of ticked()) box.checked = false;
  say();
});

// Before htmx sends: which row is meant when none is selected.
document.addEventListener(
  "click",
  (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-alert-verb]");
    const current = list()?.querySelector<HTMLInputElement>("[data-current]");
    if (!button || !current) return;
    current.value = document.getElementById(stood)?.querySelector<HTMLInputElement>("[data-row-select]")?.value ?? "";
    if (ticked().length || current.value) return;
    event.preventDefault();
    event.stopPropagation();
    showToast(gettext("Select alerts first, or walk to one with J and K."), "warning");
  },
  true,
);

// The list was drawn anew: who walked stands on the same row, or on the one that took its place.
let wasVerb = false;
document.addEventListener("htmx:beforeRequest", (event) => {
  wasVerb = (event.target as Element).matches("[data-alert-verb]");
});
document.addEventListener("htmx:afterSettle", (event) => {
  if ((event.target as Element) !== list() || !wasVerb) return;
  wasVerb = false;
  const all = rows();
  focusRow(all.find((row) => row.id === stood) ?? all[Math.min(place, all.length - 1)]);
});

document.addEventListener("allclear:rows-end", (event) => {
  const { step } = (event as CustomEvent<{ step: 1 | -1 }>).detail;
  const link = list()?.querySelector<HTMLAnchorElement>(`a[rel=${step === 1 ? "next" : "prev"}]`);
  if (!link) return;
  event.preventDefault();
  void htmx.ajax("get", link.getAttribute("href") ?? "", { target: "[data-alerts]", swap: "innerHTML" }).then(() => {
    const all = rows();
    focusRow(step === 1 ? all[0] : all[all.length - 1]);
  });
});
