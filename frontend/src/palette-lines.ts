// The lines that the palette knows without asking for records: the verbs of this page, places, actions.
import { isMac, labelOf, press, verbsOfPage } from "./verbs";
import { gettext } from "./words";

export interface Line {
  id: string; // names it on this device
  label: string;
  words: string;
  element: HTMLElement; // as it is drawn; copied into the list
  act?: () => void; // instead of going to data-url
}
export interface Group {
  kind: string;
  label: string;
  lines: Line[];
}

export const dialog = document.querySelector<HTMLDialogElement>("#palette");
const own = (name: string): string => dialog?.dataset[name] ?? "";

export function fragment(html: string): HTMLElement {
  return new DOMParser().parseFromString(html, "text/html").body;
}

export function groupsIn(root: ParentNode): Group[] {
  return [...root.querySelectorAll<HTMLElement>("[role=group]")].map((group) => ({
    kind: group.dataset["group"] ?? "",
    label: group.getAttribute("aria-label") ?? "",
    lines: [...group.querySelectorAll<HTMLElement>("[role=option]")].map((element) => ({
      id: element.dataset["keyId"] ?? "",
      label: element.dataset["label"] ?? "",
      words: element.dataset["words"] ?? "",
      element,
    })),
  }));
}

let known: Promise<Group[]> | null = null;

/** Places and actions. The browser keeps the answer: this costs a request only once in a while. */
export function places(): Promise<Group[]> {
  known ??= fetch(own("places"), { headers: { "HX-Request": "true" } })
    .then((answer) => (answer.ok && !answer.redirected ? answer.text() : Promise.reject(new Error(String(answer.status)))))
    .then((html) => groupsIn(fragment(html)))
    .catch(() => {
      known = null; // ask again next time
      return [];
    });
  return known;
}

/** The letters after G, and where each goes. */
export function letters(): Record<string, string> {
  try {
    return JSON.parse(own("go") || "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

function drawn(label: string, key: string, drawing: Element | null): HTMLElement {
  const element = document.createElement("div");
  element.className = "palette-option";
  element.setAttribute("role", "option");
  const usual = document.querySelector<HTMLTemplateElement>("#palette-usual-icon")?.content.firstElementChild;
  const place = (drawing ?? usual)?.cloneNode(true) ?? document.createElement("span");
  element.append(place, Object.assign(document.createElement("span"), { className: "palette-label", textContent: label }));
  if (key) {
    const keys = Object.assign(document.createElement("span"), { className: "palette-keys", ariaHidden: "true" });
    const kbd = Object.assign(document.createElement("kbd"), { textContent: key.toUpperCase() });
    kbd.dataset["single"] = "";
    keys.append(kbd);
    element.append(keys);
  }
  return element;
}

/** What can be done on this page just now: its real buttons, so that dialogs and rights are the same. */
export function verbs(): Group {
  const number = document.querySelector<HTMLElement>("#incident[data-number]")?.dataset["number"];
  const lines = verbsOfPage().map((button): Line => {
    const label = labelOf(button);
    return {
      id: `verb:${button.id || label}`,
      label,
      words: "",
      element: drawn(label, button.dataset["key"] ?? "", button.querySelector("svg.icon")),
      act: () => press(button),
    };
  });
  return { kind: "verbs", label: number ? gettext("This incident, {number}", { number }) : gettext("On this page"), lines };
}

/** The last line: whatever was typed can be looked for in all texts. */
export function searchLine(text: string): Group {
  const label = gettext("Search all texts for “{text}”", { text });
  const element = drawn(label, "", dialog?.querySelector(".palette-head > .icon") ?? null);
  const form = document.querySelector<HTMLFormElement>("form.search[action]");
  element.dataset["url"] = `${form?.getAttribute("action") ?? "/incidents/search/"}?q=${encodeURIComponent(text)}`;
  return { kind: "search", label: gettext("Search"), lines: [{ id: "", label, words: "", element }] };
}

// What was chosen lately, by its name only: what it says is asked for anew, so nothing is shown that one may no longer see.
const KEPT = `palette:${document.querySelector<HTMLMetaElement>('meta[name="viewer"]')?.content ?? ""}`;
const MOST = 12;

export function kept(): string[] {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "[]") as string[];
  } catch {
    return [];
  }
}

export function keep(id: string): void {
  if (!id) return;
  try {
    localStorage.setItem(KEPT, JSON.stringify([id, ...kept().filter((one) => one !== id)].slice(0, MOST)));
  } catch {
    // a full or forbidden store: then nothing comes first
  }
}

document.addEventListener("submit", (event) => {
  if ((event.target as Element).matches("[data-forget-drafts]")) localStorage.removeItem(KEPT);
});

if (isMac) for (const key of document.querySelectorAll("[data-ctrl]")) key.textContent = "⌘";
