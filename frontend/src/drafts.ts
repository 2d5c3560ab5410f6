// What was typed is never lost. A textarea, or a whole form, with data-draft="key" is kept until it went through.
import { onEach } from "./dom";
import { drop, fetchNewer, forget, forgetAllHere, hold, isEmpty, isSame, read, save, send, type Fields } from "./draft-store";
import { gettext } from "./words";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
type Holder = HTMLTextAreaElement | HTMLFormElement;

const SENT = "drafts-sent";
const NEVER = new Set(["csrfmiddlewaretoken", "version", "text_id", "template", "draft_key"]);
// Parts that htmx asks for, such as questions, hear of what is restored only once it listens.
const ready = new Promise<void>((done) => document.addEventListener("DOMContentLoaded", () => done(), { once: true }));
const keyOf = (holder: Element): string => (holder as HTMLElement).dataset["draft"] ?? "";
const isControl = (element: Element): element is Control => element.matches("input, textarea, select");

function controls(holder: Holder): Control[] {
  const all = holder instanceof HTMLTextAreaElement ? [holder] : [...holder.elements].filter(isControl);
  return all.filter((one) => one.name && !NEVER.has(one.name) && one.type !== "file" && one.type !== "password");
}

function typed(holder: Holder): Fields {
  const fields: Fields = {};
  for (const one of controls(holder)) {
    const isBox = one instanceof HTMLInputElement && (one.type === "checkbox" || one.type === "radio");
    if (isBox && !one.checked) continue;
    const before = fields[one.name];
    fields[one.name] = before === undefined ? one.value : [before, one.value].flat();
  }
  return fields;
}

/** The texts of one key: a dialog has several textareas under one. */
function all(key: string): Fields {
  return Object.assign({}, ...holders(key).map(typed)) as Fields;
}
const holders = (key: string): Holder[] => [...document.querySelectorAll<Holder>("[data-draft]")].filter((h) => keyOf(h) === key);

function fill(control: Control, value: string | string[]): void {
  const values = [value].flat();
  if (control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio")) {
    control.checked = values.includes(control.value);
  } else if (control.value !== values[0]) control.value = values[0] ?? "";
  else return;
  control.dispatchEvent(new Event(control.matches("[data-suggest]") ? "restored" : "change", { bubbles: true }));
}

function put(holder: Holder, fields: Fields): void {
  for (const one of controls(holder)) {
    const value = fields[one.name] ?? (holder instanceof HTMLTextAreaElement ? fields["text"] : undefined);
    if (value !== undefined) fill(one, value);
  }
}

function say(holder: Holder, words: string): void {
  const form = holder instanceof HTMLFormElement ? holder : holder.form;
  const note = form?.querySelector<HTMLElement>("[data-draft-note]");
  if (note) note.textContent = words;
}

const hour = (at: number): string => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(at);

function about(): { number?: string; version?: number } {
  const page = document.querySelector<HTMLElement>("#incident[data-number]");
  return page ? { number: page.dataset["number"]!, version: Number(page.dataset["version"]) } : {};
}

const starts = new WeakMap<Holder, Fields>();
const isUntouched = (holder: Holder): boolean => isSame(typed(holder), starts.get(holder) ?? {}) || isEmpty(typed(holder));

function restore(holder: Holder, fields: Fields, at: number): void {
  if (!isUntouched(holder) || isSame(typed(holder), fields)) return;
  put(holder, fields);
  say(holder, gettext("draft of {time} restored", { time: hour(at) }));
}

// A form sent without htmx: the next page tells whether it went through (no summary of errors on it).
try {
  const sent = JSON.parse(sessionStorage.getItem(SENT) ?? "[]") as string[];
  sessionStorage.removeItem(SENT);
  if (!document.querySelector(".error-summary")) sent.forEach(forget);
} catch {
  // nothing was sent
}

function listen(holder: Holder, key: string): void {
  let timer = 0;
  const keep = (): void => {
    clearTimeout(timer);
    if (!holder.isConnected) return;
    const fields = all(key);
    save(key, fields, about());
    say(holder, isEmpty(fields) ? "" : gettext("draft saved {time}", { time: hour(Date.now()) }));
  };
  const later = (event: Event): void => {
    if (!event.isTrusted) return; // filled in by us
    clearTimeout(timer);
    timer = window.setTimeout(keep, 400);
  };
  holder.addEventListener("input", later);
  holder.addEventListener("change", later);
  const form = holder instanceof HTMLFormElement ? holder : holder.form;
  form?.addEventListener("submit", keep);
}

onEach<Holder>("textarea[data-draft], form[data-draft]", (holder) => {
  const key = keyOf(holder);
  starts.set(holder, typed(holder));
  const local = read(key);
  if (local) void ready.then(() => restore(holder, local.fields, local.at));
  void fetchNewer([key]).then((found) => {
    const draft = found.get(key);
    if (draft) restore(holder, draft.fields, draft.at);
  });
  listen(holder, key);
});

// Fields that come later, such as the questions of a category, get what was typed into them before.
document.addEventListener("htmx:afterSettle", (event) => {
  const form = (event.target as Element).closest<HTMLFormElement>("form[data-draft]");
  const draft = form && read(keyOf(form));
  if (!form || !draft) return;
  for (const one of controls(form)) {
    const value = draft.fields[one.name];
    if (value !== undefined && (event.target as Element).contains(one) && !one.value) fill(one, value);
  }
});

const keysOf = (form: Element): string[] => {
  const inside = [form, ...form.querySelectorAll("[data-draft]")].map(keyOf).filter(Boolean);
  return [...new Set(inside)];
};

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.matches("[data-forget-drafts]")) return forgetAllHere();
  if (form.matches("[hx-post], [hx-put], [hx-patch]")) return;
  if (!keysOf(form).length || event.defaultPrevented) return;
  sessionStorage.setItem(SENT, JSON.stringify(keysOf(form)));
  keysOf(form).forEach(hold);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = (event as CustomEvent<{ xhr: XMLHttpRequest; requestConfig: { elt: Element; verb: string } }>).detail;
  if (requestConfig.verb === "get" || xhr.status >= 300) return;
  if (requestConfig.elt.matches("[data-silent]")) return; // a part that is asked for while somebody types: nothing was sent
  const form = requestConfig.elt.closest("form");
  if (form) keysOf(form).forEach(drop);
});

// A dialog that is left without sending keeps its draft; the server hears of it at once.
document.addEventListener("close", () => document.querySelectorAll("dialog [data-draft]").forEach((one) => void send(keyOf(one))), true);
