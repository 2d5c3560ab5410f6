// Texts for people, in the language of the page. English is the source; what other languages say comes in the script
// that web/browser_words.py serves. scripts/messages.py collects what is given to gettext and ngettext.

type Values = Record<string, string | number>;

interface Words {
  catalogue: Record<string, string | string[]>;
  plural: (count: number) => number;
  days: string[];
  months: string[];
}

const words = (globalThis as { allclearWords?: Words }).allclearWords;

/** Put values in for {name} and %(name)s. */
export function interpolate(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}|%\((\w+)\)s/g, (whole, one?: string, other?: string) => String(values[one ?? other ?? ""] ?? whole));
}

/** The text in the reader's language, with its {names} filled in. */
export function gettext(text: string, values: Values = {}): string {
  const found = words?.catalogue[text];
  return interpolate(typeof found === "string" && found ? found : text, values);
}

/** The text for one or for many, with {count} and other {names} filled in. */
export function ngettext(one: string, many: string, count: number, values: Values = {}): string {
  const found = words?.catalogue[one];
  const text = Array.isArray(found) ? found[words!.plural(count)] : null;
  return interpolate(text || (count === 1 ? one : many), { count, ...values });
}

/** Short names, from Monday and from January. */
export const days = words?.days ?? ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
export const months = words?.months ?? ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
