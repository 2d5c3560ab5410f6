// The list of alerts stays true while sources send: rows change in their place, nothing jumps, what is new waits for a
// click. The stream says that something changed; without a stream it asks every few seconds.
import htmx from "htmx.org";
import { onLive } from "../live";
import { gettext } from "../words";

const WAIT = 300;
const JITTER = 700; // many browsers hear of a change at once
const TICK = 5_000;
const [WITH_STREAM, WITHOUT] = [60_000, 15_000]; // with one, only for what nobody told

interface Answer {
  rows: Record<string, string>;
  gone: number[];
  news: string;
}

const news = (): HTMLElement | null => document.querySelector<HTMLElement>("#alert-news[data-live-url]");
const row = (key: string | number): HTMLElement | null => document.getElementById(`alert-${key}`);
let isOpen = true; // until it is known to be broken
let askedAt = Date.now();
let timer = 0;

function soon(): void {
  if (timer || document.hidden || !news()) return;
  timer = window.setTimeout(() => void refresh(), WAIT + Math.random() * JITTER);
}

async function refresh(): Promise<void> {
  const list = news();
  timer = 0;
  if (!list || document.hidden) return;
  askedAt = Date.now();
  const shown = [...document.querySelectorAll<HTMLElement>("[data-alerts] [data-row]")];
  const address = new URL(list.dataset["liveUrl"] ?? "", location.href);
  address.searchParams.set("on", shown.map((one) => `${one.id.slice(6)}:${one.dataset["stamp"] ?? ""}`).join(","));
  try {
    const response = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) return;
    const answer = (await response.json()) as Answer;
    if (list === news()) apply(answer, list); // else the list was drawn anew meanwhile
  } catch {
    // the banner says that the connection is lost; the next change asks again
  }
}

function apply(answer: Answer, list: HTMLElement): void {
  for (const [key, html] of Object.entries(answer.rows)) morph(key, html);
  const gone = new Set(answer.gone.map(String));
  for (const one of document.querySelectorAll<HTMLElement>("[data-alerts] [data-row]")) mark(one, gone.has(one.id.slice(6)));
  if (list.innerHTML.trim() === answer.news) return;
  list.innerHTML = answer.news;
  htmx.process(list);
}

/** Whoever stands on the row, or has selected it, does so still. */
function morph(key: string, html: string): void {
  const element = row(key);
  if (!element) return;
  const isTicked = element.querySelector<HTMLInputElement>("[data-row-select]")?.checked ?? false;
  const isFocused = element.contains(document.activeElement);
  const how = { swapStyle: "morph:outerHTML" as const, swapDelay: 0, settleDelay: 0 };
  htmx.swap(element, html.trim(), how, { contextElement: element });
  const now = row(key);
  const box = now?.querySelector<HTMLInputElement>("[data-row-select]");
  if (box) box.checked = isTicked;
  now?.setAttribute("data-fresh", "");
  window.setTimeout(() => row(key)?.removeAttribute("data-fresh"), 1500);
  if (isFocused && !now?.contains(document.activeElement)) now?.querySelector<HTMLElement>("[data-row-link]")?.focus({ preventScroll: true });
}

function mark(element: HTMLElement, isGone: boolean): void {
  element.toggleAttribute("data-gone", isGone);
  const note = element.querySelector(".gone-note");
  if (!isGone) return note?.remove();
  if (note) return;
  const words = document.createElement("span");
  words.className = "gone-note";
  words.textContent = gettext("no longer in this view");
  element.append(words);
}

onLive("alerts", soon);
onLive("behind", soon);
onLive("stream", (stream) => {
  isOpen = stream.isOpen;
  if (isOpen) soon(); // what happened meanwhile
});
document.addEventListener("visibilitychange", soon);
window.setInterval(() => {
  if (Date.now() - askedAt > (isOpen ? WITH_STREAM : WITHOUT)) soon();
}, TICK);
