// A queue that stays true while others work: rows change in their place, nothing jumps, what is new waits for a click.
import htmx from "htmx.org";
import { onLive } from "../live";
import { gettext, ngettext } from "../words";
import { empty } from "./lost";

const WAIT = 400;
const JITTER = 300; // many browsers hear of a change at once
const MOST = 200;

interface Answer {
  rows: Record<string, string>;
  gone: string[];
  lost: string[];
  new: string[];
}

const root = (): HTMLElement | null => document.querySelector<HTMLElement>("#queue[data-live-url]");
const card = (): HTMLElement | null => document.querySelector<HTMLElement>("#queue > .card[data-here]");
const row = (number: string): HTMLElement | null => document.getElementById(`incident-${number}`);
let waiting = new Map<string, number>(); // number -> version that was heard of
let fresh = new Set<string>(); // would stand here, and wait
let isBehind = false;
let timer = 0;
let shown: HTMLElement | null = null;

function soon(): void {
  if (timer || document.hidden || !root()) return;
  timer = window.setTimeout(() => {
    timer = 0;
    void refresh();
  }, WAIT + Math.random() * JITTER);
}

async function refresh(): Promise<void> {
  const url = root()?.dataset["liveUrl"];
  const list = card();
  if (!url || !list || document.hidden || !waiting.size) return;
  if (list !== shown) {
    fresh = new Set();
    shown = list;
  }
  const heard = [...waiting].slice(0, MOST);
  waiting = new Map([...waiting].slice(MOST));
  const on = heard.filter(([number, version]) => Number(row(number)?.dataset["version"] ?? Infinity) < version);
  const off = heard.filter(([number]) => !row(number));
  if (on.length || off.length) await load(url, list, on.map(first), off.map(first));
  if (waiting.size) soon();
}

const first = ([number]: [string, number]): string => number;

/** Whether there was an answer. */
async function load(url: string, list: HTMLElement, on: string[], off: string[]): Promise<boolean> {
  const address = new URL(url, location.href);
  address.search = new URL(list.dataset["here"] ?? "", location.href).search;
  address.searchParams.set("on", on.join(","));
  address.searchParams.set("off", off.join(","));
  const rows = [...list.querySelectorAll<HTMLElement>("[data-number]:not([data-gone], [data-lost])")];
  if (document.querySelector("#queue a[rel=prev]")) address.searchParams.set("first", rows[0]?.dataset["number"] ?? "");
  if (document.querySelector("#queue a[rel=next]")) address.searchParams.set("last", rows.pop()?.dataset["number"] ?? "");
  try {
    const response = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) return false;
    const answer = (await response.json()) as Answer;
    if (list === card()) apply(answer, list);
    return true;
  } catch {
    return false; // the banner says that the connection is lost; the next change asks again
  }
}

function apply(answer: Answer, list: HTMLElement): void {
  for (const [number, html] of Object.entries(answer.rows)) morph(number, html);
  for (const number of answer.gone) mark(number, gettext("no longer in this view"));
  for (const number of answer.lost) empty(row(number));
  for (const number of answer.new) fresh.add(number);
  offer(list);
}

function morph(number: string, html: string): void {
  const element = row(number);
  if (!element) return;
  const isSelected = element.hasAttribute("data-selected");
  const isFocused = element.contains(document.activeElement);
  const how = { swapStyle: "morph:outerHTML" as const, swapDelay: 0, settleDelay: 0 };
  htmx.swap(element, html.trim(), how, { contextElement: element }); // the element says that "morph" is known
  const now = row(number);
  now?.removeAttribute("data-gone");
  now?.removeAttribute("data-lost");
  now?.querySelector(".gone-note")?.remove();
  now?.setAttribute("data-fresh", "");
  window.setTimeout(() => row(number)?.removeAttribute("data-fresh"), 1500);
  if (isSelected) document.dispatchEvent(new CustomEvent("allclear:row-again", { detail: { number } }));
  if (isFocused) now?.querySelector<HTMLElement>("[data-row-link]")?.focus({ preventScroll: true });
}

function mark(number: string, words: string): void {
  const element = row(number);
  if (!element || element.hasAttribute("data-gone")) return;
  element.setAttribute("data-gone", "");
  const note = document.createElement("span");
  note.className = "gone-note";
  note.setAttribute("role", "cell");
  note.textContent = words;
  element.append(note);
}

/** A button above the list; nothing is put between rows that somebody may be about to click. */
function offer(list: HTMLElement): void {
  let button = list.querySelector<HTMLButtonElement>(":scope > .new-rows");
  if (!fresh.size && !isBehind) return button?.remove();
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "new-rows";
    button.addEventListener("click", () => {
      fresh = new Set();
      isBehind = false;
      void htmx.ajax("get", list.dataset["here"] ?? location.href, { target: "#queue", swap: "innerHTML" });
    });
    list.prepend(button);
  }
  button.textContent = isBehind
    ? gettext("Much has changed: load the list anew")
    : ngettext("{count} new: show it", "{count} new: show them", fresh.size, { count: fresh.size });
}

onLive("changed", (changes) => {
  if (!root()) return;
  for (const [number, version] of Object.entries(changes)) waiting.set(number, version);
  soon();
});
// Asked at once, also behind another window; what nobody answers for is taken away.
onLive("lost", (numbers) => {
  const [url, list] = [root()?.dataset["liveUrl"], card()];
  const here = numbers.filter((number) => row(number));
  if (!url || !list || !here.length) return;
  void load(url, list, here, []).then((isAnswered) => {
    if (!isAnswered) for (const number of here) empty(row(number));
  });
});
onLive("behind", () => {
  isBehind = true;
  const list = card();
  if (list) offer(list);
});
document.addEventListener("visibilitychange", soon);
