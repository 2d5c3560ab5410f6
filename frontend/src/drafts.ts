// What was typed is never lost: a textarea with data-draft="key" is kept on this device until its form went through.
import { onEach } from "./dom";
import { gettext } from "./words";

const PREFIX = "draft:";
const SENT = "draft-sent";
const MAX_AGE = 14 * 86_400_000;

interface Draft {
  text: string;
  at: number;
}

function read(key: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") as Draft | null;
    return draft && Date.now() - draft.at < MAX_AGE ? draft : null;
  } catch {
    return null;
  }
}

function save(key: string, text: string): void {
  try {
    if (text.trim()) localStorage.setItem(PREFIX + key, JSON.stringify({ text, at: Date.now() } satisfies Draft));
    else localStorage.removeItem(PREFIX + key);
  } catch {
    // a full or forbidden store: the text still stands in the field
  }
}

export function dropDraft(key: string): void {
  localStorage.removeItem(PREFIX + key);
}

function tell(area: HTMLTextAreaElement, words: string): void {
  const note = area.form?.querySelector<HTMLElement>("[data-draft-note]");
  if (note) note.textContent = words;
}

const hour = (at: number): string => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(at);

// A form sent without htmx: the next page tells whether it went through (no summary of errors on it).
try {
  const sent = JSON.parse(sessionStorage.getItem(SENT) ?? "[]") as string[];
  sessionStorage.removeItem(SENT);
  if (!document.querySelector(".error-summary")) sent.forEach(dropDraft);
} catch {
  // nothing was sent
}

const areas = (form: Element): HTMLTextAreaElement[] => [...form.querySelectorAll<HTMLTextAreaElement>("textarea[data-draft]")];

onEach<HTMLTextAreaElement>("textarea[data-draft]", (area) => {
  const key = area.dataset["draft"] ?? "";
  const draft = read(key);
  if (draft && area.value.trim() === "") {
    area.value = draft.text;
    tell(area, gettext("draft of {time} restored", { time: hour(draft.at) }));
  }
  let timer = 0;
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (!area.isConnected) return;
      save(key, area.value);
      tell(area, area.value.trim() ? gettext("draft saved {time}", { time: hour(Date.now()) }) : "");
    }, 400);
  });
  area.form?.addEventListener("submit", () => {
    clearTimeout(timer);
    save(key, area.value);
  });
});

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.matches("[data-forget-drafts]")) {
    // logging out of a shared device leaves no text behind
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    return;
  }
  if (form.matches("[hx-post], [hx-put], [hx-patch]")) return;
  const keys = areas(form).map((area) => area.dataset["draft"] ?? "");
  if (keys.length) sessionStorage.setItem(SENT, JSON.stringify(keys));
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = (event as CustomEvent<{ xhr: XMLHttpRequest; requestConfig: { elt: Element; verb: string } }>).detail;
  if (requestConfig.verb === "get" || xhr.status >= 300) return;
  const form = requestConfig.elt.closest("form");
  if (form) for (const area of areas(form)) dropDraft(area.dataset["draft"] ?? "");
});
