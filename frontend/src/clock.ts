// Relative times grow old: each <time data-when="relative"> is said anew every half minute, the clock in the header too.
const STEPS: [limit: number, size: number, unit: string][] = [
  [3600, 60, "min"],
  [86_400, 3600, "h"],
  [86_400 * 60, 86_400, "d"],
  [86_400 * 730, 86_400 * 30, "mo"],
  [Infinity, 86_400 * 365, "y"],
];

/** The same words as `relative_words` in the template tags; a change here is a change there. */
export function relativeWords(seconds: number): string {
  const distance = Math.abs(seconds);
  if (distance < 45) return seconds <= 0 ? "just now" : "in a moment";
  const [, size, unit] = STEPS.find(([limit]) => distance < limit - 30) ?? STEPS[STEPS.length - 1]!;
  const amount = `${Math.max(1, Math.floor((distance + 30) / size))} ${unit}`;
  return seconds <= 0 ? `${amount} ago` : `in ${amount}`;
}

const bare = (words: string): string => words.replace(/^in | ago$/g, "");

function countdown(seconds: number): string {
  const distance = Math.abs(Math.trunc(seconds));
  const hours = Math.floor(distance / 3600);
  const minutes = String(Math.floor((distance % 3600) / 60)).padStart(2, "0");
  const rest = String(distance % 60).padStart(2, "0");
  const words = hours > 0 ? `${hours}:${minutes}:${rest}` : `${minutes}:${rest}`;
  return seconds < 0 ? `${words} late` : words;
}

/** How far this device's clock is ahead of the server's: what is shown must not hang on a wrong clock. */
const served = Date.parse(document.querySelector<HTMLMetaElement>('meta[name="server-time"]')?.content ?? "");
const ahead = Number.isNaN(served) ? 0 : Date.now() - served;
const offset = Math.abs(ahead) > 90_000 ? ahead : 0; // less is a slow page, not a wrong clock

function write(element: Element, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

function tick(selector: string, say: (element: HTMLTimeElement, seconds: number) => string): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>(selector)) {
    write(element, say(element, (Date.parse(element.dateTime) - Date.now() + offset) / 1000));
  }
}

function minute(): void {
  tick("time[data-when=relative]", (_, seconds) => relativeWords(seconds));
  tick("time[data-when=age]", (_, seconds) => bare(relativeWords(seconds)));
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    const zone = element.dataset["zone"];
    const now = new Date(Date.now() - offset);
    const part = (options: Intl.DateTimeFormatOptions): string =>
      new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }).format(now);
    try {
      write(
        element,
        `${part({ weekday: "short" })} ${part({ day: "numeric" })} ${part({ month: "short" })}, ${part({ hour: "2-digit", minute: "2-digit" })}`,
      );
    } catch {
      return; // a zone this browser does not know: the server's words stay
    }
  }
}

setInterval(minute, 30_000);
setInterval(() => tick("time[data-when=countdown]", (_, seconds) => countdown(seconds)), 1000);
document.addEventListener("htmx:afterSettle", minute);
document.addEventListener("visibilitychange", minute);
