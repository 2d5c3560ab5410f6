// The page of an incident while others work on it: what changes appears by itself; while the reader writes, it waits.
import htmx from "htmx.org";
import { isTyping } from "../dom";
import { onLive } from "../live";
import { gettext } from "../words";

const page = (): HTMLElement | null => document.querySelector<HTMLElement>("#incident[data-number]");
const version = (element: HTMLElement): number => Number(element.dataset["version"] ?? 0);
let known = 0; // the newest version that was heard of
let isLoading = false;
let isStale = false; // its paging stands otherwise, and no version tells

const isBehind = (element: HTMLElement): boolean => isStale || known > version(element);

function isBusy(): boolean {
  const active = document.activeElement;
  if (document.querySelector("dialog[open], #incident [data-inline]")) return true;
  return !!active && isTyping(active) && !!active.closest("#incident");
}

function waitingButton(): HTMLButtonElement | null {
  return document.querySelector<HTMLButtonElement>("#incident-news");
}

async function refresh(): Promise<void> {
  const element = page();
  if (!element || isLoading || !isBehind(element)) return;
  isLoading = true;
  isStale = false;
  const before = new Set([...element.querySelectorAll(".timeline > .entry")].map((entry) => entry.id));
  try {
    await htmx.ajax("get", location.pathname + location.search, {
      source: "#incident-live", // silent: no loading line
      target: "#incident",
      swap: "morph:outerHTML",
    });
  } finally {
    isLoading = false;
  }
  for (const entry of page()?.querySelectorAll(".timeline > .entry") ?? []) {
    if (!before.has(entry.id)) entry.setAttribute("data-fresh", "");
  }
  settle();
}

/** Show the change now, or offer it when the reader's hands are busy or the page is out of sight. */
function settle(): void {
  const element = page();
  const button = waitingButton();
  if (!element || !button) return;
  const isOld = isBehind(element);
  if (isOld && !document.hidden && !isBusy()) {
    void refresh();
    return;
  }
  button.hidden = !isOld;
  button.textContent = gettext("Something changed: show it");
}

onLive("changed", (changes) => {
  const element = page();
  const newest = changes[element?.dataset["number"] ?? ""];
  if (newest === undefined) return;
  known = Math.max(known, newest);
  window.setTimeout(settle, 150); // the answer to our own verb usually comes first
});
onLive("paging", (numbers) => {
  if (!numbers.includes(page()?.dataset["number"] ?? "")) return;
  isStale = true;
  window.setTimeout(settle, 600); // a step and its messages come one after the other
});
function again(): void {
  known = Number.MAX_SAFE_INTEGER;
  void refresh().then(() => {
    known = 0;
  });
}
onLive("behind", again);
onLive("lost", (numbers) => {
  // this page may name it: a child, a similar one
  if (numbers.some((number) => page()?.querySelector(`a[href$="/incidents/${CSS.escape(number)}/"]`))) again();
});
document.addEventListener("visibilitychange", settle);
document.addEventListener("focusout", () => window.setTimeout(settle, 200));
document.addEventListener("close", () => window.setTimeout(settle, 200), true); // a dialog was left
document.addEventListener("htmx:afterSettle", settle);
document.addEventListener("click", (event) => {
  if ((event.target as Element).closest("#incident-news")) void refresh();
});
