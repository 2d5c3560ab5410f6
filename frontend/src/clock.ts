// Relative times grow old: each <time data-when="relative"> is said anew every half minute, the clock in the header too.
import { days, gettext, months, ngettext } from "./words";

type Unit = "min" | "h" | "d" | "mo" | "y";
type Many = Record<Unit, (count: number) => string>;

const STEPS: [limit: number, size: number, unit: Unit][] = [
  [3600, 60, "min"],
  [86_400, 3600, "h"],
  [86_400 * 60, 86_400, "d"],
  [86_400 * 730, 86_400 * 30, "mo"],
  [Infinity, 86_400 * 365, "y"],
];

const AGO: Many = {
  min: (n) => ngettext("{count} min ago", "{count} min ago", n),
  h: (n) => ngettext("{count} h ago", "{count} h ago", n),
  d: (n) => ngettext("{count} d ago", "{count} d ago", n),
  mo: (n) => ngettext("{count} mo ago", "{count} mo ago", n),
  y: (n) => ngettext("{count} y ago", "{count} y ago", n),
};
const AHEAD: Many = {
  min: (n) => ngettext("in {count} min", "in {count} min", n),
  h: (n) => ngettext("in {count} h", "in {count} h", n),
  d: (n) => ngettext("in {count} d", "in {count} d", n),
  mo: (n) => ngettext("in {count} mo", "in {count} mo", n),
  y: (n) => ngettext("in {count} y", "in {count} y", n),
};
const SPAN: Many = {
  min: (n) => ngettext("{count} min", "{count} min", n),
  h: (n) => ngettext("{count} h", "{count} h", n),
  d: (n) => ngettext("{count} d", "{count} d", n),
  mo: (n) => ngettext("{count} mo", "{count} mo", n),
  y: (n) => ngettext("{count} y", "{count} y", n),
};

function amount(distance: number, words: Many): string {
  const [, size, unit] = STEPS.find(([limit]) => distance < limit - 30) ?? STEPS[STEPS.length - 1]!;
  return words[unit](Math.max(1, Math.floor((distance + 30) / size)));
}

/** The same words as `relative_words` in the template tags; a change here is a change there. */
export function relativeWords(seconds: number): string {
  const distance = Math.abs(seconds);
  if (distance < 45) return seconds <= 0 ? gettext("just now") : gettext("in a moment");
  return amount(distance, seconds <= 0 ? AGO : AHEAD);
}

/** `age_words` of the template tags. */
function ageWords(seconds: number): string {
  const distance = Math.abs(seconds);
  if (distance < 45) return seconds <= 0 ? gettext("just now") : gettext("a moment");
  return amount(distance, SPAN);
}

function countdown(seconds: number): string {
  const distance = Math.abs(Math.trunc(seconds));
  const hours = Math.floor(distance / 3600);
  const minutes = String(Math.floor((distance % 3600) / 60)).padStart(2, "0");
  const rest = String(distance % 60).padStart(2, "0");
  const words = hours > 0 ? `${hours}:${minutes}:${rest}` : `${minutes}:${rest}`;
  return seconds < 0 ? gettext("{time} late", { time: words }) : words;
}

/** How far this device's clock is ahead of the server's: what is shown must not hang on a wrong clock. */
const served = Date.parse(document.querySelector<HTMLMetaElement>('meta[name="server-time"]')?.content ?? "");
const ahead = Number.isNaN(served) ? 0 : Date.now() - served;
const offset = Math.abs(ahead) > 90_000 ? ahead : 0; // less is a slow page, not a wrong clock

/** Now by the clock of the server, in milliseconds. */
export const serverNow = (): number => Date.now() - offset;

function write(element: Element, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

function tick(selector: string, say: (element: HTMLTimeElement, seconds: number) => string): void {
  if (document.documentElement.hasAttribute("data-exact-times")) return; // exact.ts has written them
  for (const element of document.querySelectorAll<HTMLTimeElement>(selector)) {
    write(element, say(element, (Date.parse(element.dateTime) - Date.now() + offset) / 1000));
  }
}

/** The date and time of the header, as the server writes them: by the letters of Django's date format. */
function clockWords(at: Date, zone: string | undefined): string {
  const digits: Intl.DateTimeFormatOptions = { year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" };
  const parts = new Intl.DateTimeFormat("en-GB", { ...digits, hourCycle: "h23", timeZone: zone }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((p) => p.type === type)?.value ?? "";
  const [year, month, day] = [Number(part("year")), Number(part("month")), Number(part("day"))];
  const letters: Record<string, string | undefined> = {
    D: days[(new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7],
    j: String(day),
    M: months[month - 1],
    b: months[month - 1]?.toLowerCase(),
    H: part("hour"),
    i: part("minute"),
  };
  // Translators: letters of Django's date format, not words: Sun 22 Nov, 14:07. Only D, j, M, b, H and i are known.
  return gettext("D j M, H:i").replace(/\\(.)|[DjMbHi]/g, (letter, plain?: string) => plain ?? letters[letter] ?? letter);
}

function minute(): void {
  tick("time[data-when=relative]", (_, seconds) => relativeWords(seconds));
  tick("time[data-when=age]", (_, seconds) => ageWords(seconds));
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    try {
      write(element, clockWords(new Date(Date.now() - offset), element.dataset["zone"]));
    } catch {
      return; // a zone this browser does not know: the server's words stay
    }
  }
}

setInterval(minute, 30_000);
setInterval(() => tick("time[data-when=countdown]", (_, seconds) => countdown(seconds)), 1000);
document.addEventListener("htmx:afterSettle", minute);
document.addEventListener("visibilitychange", minute);
