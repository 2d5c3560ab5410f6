// The overlay of all keys: what works on this page first, then everything the server knows, and a field to find one.
import { onEach } from "./dom";
import { dialog as palette } from "./palette-lines";
import { isReachable, labelOf, scope } from "./verbs";
import { gettext } from "./words";

const overlay = document.querySelector<HTMLDialogElement>("#keys");

function shown(key: string): string[] {
  return key.split("+").map((part) => (part === "Ctrl" ? gettext("Ctrl") : part.length === 1 ? part.toUpperCase() : part));
}

function line(keys: string[], label: string): HTMLElement {
  const item = document.createElement("div");
  const name = Object.assign(document.createElement("dt"), { textContent: label });
  const value = document.createElement("dd");
  value.append(...keys.map((key) => Object.assign(document.createElement("kbd"), { textContent: key })));
  item.append(name, value);
  return item;
}

function ofThisPage(): HTMLElement[] {
  const seen = new Set<string>();
  const lines: HTMLElement[] = [];
  for (const element of scope().querySelectorAll<HTMLElement>("[data-key]")) {
    const key = element.dataset["key"] ?? "";
    const label = labelOf(element);
    if (!isReachable(element) || element.matches(":disabled") || seen.has(key + label)) continue;
    seen.add(key + label);
    lines.push(line(shown(key), label));
  }
  if (document.querySelector("[data-rows] [data-row]")) {
    lines.push(line(["J", "K"], gettext("Next row, row before")), line(["Enter"], gettext("Open the row")));
    if (document.querySelector("[data-row-select]")) {
      lines.push(line(["X"], gettext("Select the row")), line([gettext("Shift"), "X"], gettext("Select all rows up to here")));
    }
  }
  return lines;
}

let isFetched = false;

async function fetchAll(place: HTMLElement): Promise<void> {
  if (isFetched) return;
  try {
    const answer = await fetch(palette?.dataset["help"] ?? "", { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    place.replaceChildren(...found.childNodes);
    isFetched = true;
    filter(overlay!);
  } catch {
    // without connection the keys of this page are shown all the same
  }
}

/** Leave the lines that have the typed words. */
function filter(around: HTMLElement): void {
  const words = (around.querySelector<HTMLInputElement>("[data-key-filter]")?.value ?? "").trim().toLowerCase().split(/\s+/);
  let isAny = false;
  for (const group of around.querySelectorAll<HTMLElement>(".key-group")) {
    let isHere = false;
    for (const one of group.querySelectorAll<HTMLElement>(".key-list > div")) {
      const text = `${group.querySelector(".key-heading")?.textContent ?? ""} ${one.textContent ?? ""}`.toLowerCase();
      one.hidden = !words.every((word) => text.includes(word));
      isHere ||= !one.hidden;
    }
    group.hidden = !isHere;
    isAny ||= isHere;
  }
  const none = around.querySelector<HTMLElement>("[data-key-none]");
  if (none) none.hidden = isAny;
}

export function showKeys(): void {
  const here = overlay?.querySelector<HTMLElement>("[data-key-list]");
  const all = overlay?.querySelector<HTMLElement>("[data-key-all]");
  if (!overlay || !here || !all || overlay.open) return;
  const lines = ofThisPage();
  here.replaceChildren(...lines);
  const input = overlay.querySelector<HTMLInputElement>("[data-key-filter]");
  if (input) input.value = "";
  filter(overlay);
  overlay.showModal();
  overlay.scrollTop = 0;
  if (matchMedia("(pointer: fine)").matches) input?.focus(); // on a phone it would call the keyboard
  void fetchAll(all);
}

onEach<HTMLInputElement>("[data-key-filter]", (input) => {
  const around = input.closest<HTMLElement>("dialog, [data-key-page]");
  if (around) input.addEventListener("input", () => filter(around));
});

document.addEventListener("click", (event) => {
  if ((event.target as Element).closest("[data-key-help]")) showKeys();
});
