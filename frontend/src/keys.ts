// Keys: data-key="r" clicks its element; j and k walk through rows; ? lists all keys; / goes to the search.
import { isTyping, isVisible } from "./dom";
import { gettext } from "./words";

const keysOn = (): boolean => document.documentElement.dataset["keys"] !== "off";

/** An open dialog is the whole world while it is open. */
const scope = (): ParentNode => [...document.querySelectorAll<HTMLDialogElement>("dialog[open]")].pop() ?? document;

function nameOf(event: KeyboardEvent): string {
  const parts = [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : ""].filter(Boolean);
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return [...parts, key].join("+");
}

/** What is seen, or waits in a menu that can be opened: the verb's key works without opening the menu first. */
function isReachable(element: HTMLElement): boolean {
  const menu = element.closest<HTMLDetailsElement>("details[data-float]:not([open])");
  const summary = menu?.querySelector<HTMLElement>(":scope > summary");
  return isVisible(element) || (!!summary && element !== summary && isVisible(summary));
}

const norm = (key: string): string => (key.length === 1 ? key.toLowerCase() : key);

function bearer(name: string, target: EventTarget | null): HTMLElement | null {
  const all = [...scope().querySelectorAll<HTMLElement>("[data-key]")].filter(
    (element) => norm(element.dataset["key"] ?? "") === name && isReachable(element) && !element.matches(":disabled"),
  );
  if (!name.includes("+")) return all[0] ?? null;
  const form = target instanceof Element ? target.closest("form") : null;
  return all.find((element) => form?.contains(element)) ?? (form ? null : (all[0] ?? null));
}

function currentRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-rows] [data-row]") ?? null;
}

function move(step: 1 | -1): boolean {
  const rows = [...scope().querySelectorAll<HTMLElement>("[data-rows] [data-row]")].filter(isVisible);
  if (!rows.length) return false;
  const current = currentRow();
  const index = current ? rows.indexOf(current) + step : step === 1 ? 0 : rows.length - 1;
  const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
  row?.querySelector<HTMLElement>("[data-row-link], a[href]")?.focus();
  row?.scrollIntoView({ block: "nearest" });
  return true;
}

function toggleRow(): boolean {
  const box = currentRow()?.querySelector<HTMLInputElement>("input[type=checkbox][data-row-select]");
  box?.click();
  return !!box;
}

function printable(key: string): string {
  const shown = (part: string): string => (part === "Ctrl" ? gettext("Ctrl") : part.length === 1 ? part.toUpperCase() : part);
  return key.split("+").map(shown).join(" ");
}

function line(keys: string[], label: string): HTMLElement {
  const item = document.createElement("div");
  const name = document.createElement("dt");
  const shown = document.createElement("dd");
  name.textContent = label;
  keys.forEach((key) => {
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    shown.append(kbd);
  });
  item.append(name, shown);
  return item;
}

function labelOf(element: HTMLElement): string {
  const given = element.dataset["keyLabel"] ?? element.getAttribute("aria-label");
  if (given) return given;
  const copy = element.cloneNode(true) as HTMLElement;
  copy.querySelectorAll("kbd, svg").forEach((part) => part.remove());
  return copy.textContent?.trim().replace(/\s+/g, " ") ?? "";
}

function help(): void {
  const dialog = document.querySelector<HTMLDialogElement>("#keys");
  const list = dialog?.querySelector<HTMLElement>("[data-key-list]");
  if (!dialog || !list || dialog.open) return;
  const lines = [...scope().querySelectorAll<HTMLElement>("[data-key]")]
    .filter(isReachable)
    .map((element) => line([printable(element.dataset["key"] ?? "")], labelOf(element)));
  if (document.querySelector("[data-rows]")) {
    lines.push(line(["J", "K"], gettext("Next row, row before")), line(["Enter"], gettext("Open the row")));
    if (document.querySelector("[data-row-select]")) lines.push(line(["X"], gettext("Select the row")));
  }
  if (document.querySelector("[data-search]")) lines.push(line(["/"], gettext("Search")));
  lines.push(line(["?"], gettext("This list")), line(["Esc"], gettext("Close")));
  list.replaceChildren(...lines);
  dialog.showModal();
}

const fixed: Record<string, () => boolean> = {
  j: () => move(1),
  k: () => move(-1),
  x: toggleRow,
  "?": () => (help(), true),
  "/": () => {
    const search = document.querySelector<HTMLInputElement>("[data-search]");
    search?.focus();
    search?.select();
    return !!search;
  },
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat && !["j", "k"].includes(event.key)) return;
  const name = nameOf(event);
  const isChord = name.includes("+");
  if (!isChord && (isTyping(event.target) || !keysOn())) return;
  const element = bearer(name, event.target);
  if (element) {
    event.preventDefault();
    if (element.matches("input, select, textarea")) element.focus();
    else element.click();
    return;
  }
  if (!isChord && fixed[name]?.()) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if ((event.target as Element).closest("[data-key-help]")) help();
});
