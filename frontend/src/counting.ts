// Promises count on by themselves: working time left, or over, from the spans of the calendar that the server sent.
// Only words and the value of a bar change, so nothing moves; what happens at a threshold comes with the live page.
import { serverNow } from "./clock";
import { gettext } from "./words";

const MINUTE = 60;

/** Seconds that count between two instants; spans are "from-to from-to", in seconds. */
export function counted(spans: string, from: number, until: number): number {
  let total = 0;
  for (const span of spans.split(" ")) {
    const [start = NaN, end = NaN] = span.split("-").map(Number);
    if (start < end) total += Math.max(0, Math.min(end, until) - Math.max(start, from));
  }
  return total;
}

/** 1:05, cut off to the minute; the server writes the same. */
function digits(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / MINUTE);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** 4 h, 2 h 10 min, 35 min; below a minute in seconds. */
function words(seconds: number): string {
  const size = Math.floor(Math.abs(seconds));
  if (size < MINUTE) return gettext("{seconds} s", { seconds: String(size) });
  const minutes = Math.floor(size / MINUTE);
  const values = { hours: String(Math.floor(minutes / 60)), minutes: String(minutes % 60) };
  if (minutes < 60) return gettext("{minutes} min", values);
  return minutes % 60 ? gettext("{hours} h {minutes} min", values) : gettext("{hours} h", values);
}

function long(seconds: number): string {
  const span = words(seconds);
  return seconds < 0 ? gettext("{span} over", { span }) : gettext("{span} left", { span });
}

function count(): void {
  const now = serverNow() / 1000;
  for (const element of document.querySelectorAll<HTMLElement>("[data-left][data-spans]")) {
    const { left, total, countedFrom, spans, words: style } = element.dataset;
    const rest = Number(left) - counted(spans ?? "", Number(countedFrom), now);
    const text = style === "long" ? long(rest) : digits(rest);
    if (element.textContent !== text) element.textContent = text;
    const bar = element.closest(".promise")?.querySelector("progress");
    if (bar) bar.value = Math.min(100, (1 - rest / Number(total)) * 100);
  }
}

setInterval(count, 10_000);
document.addEventListener("visibilitychange", count);
