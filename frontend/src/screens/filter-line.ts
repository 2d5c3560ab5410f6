// The filter line: chips for what stands, text for what comes. Follows the ARIA combobox pattern with a list pop-up.
// Enter sends the form, so all of it also works without this script.
import htmx from "htmx.org";
import { onEach } from "../dom";

const WAIT = 90;

const line = (): HTMLFormElement | null => document.querySelector<HTMLFormElement>("#filter-line");
/** The list that the line narrows. */
const listId = (): string => (line()?.getAttribute("hx-target") ?? "#queue").slice(1);
const kept = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>("#filter-line [data-kept]");

function setUp(input: HTMLInputElement): void {
  const list = document.getElementById(input.getAttribute("aria-controls") ?? "");
  const url = input.dataset["complete"];
  if (!list || !url) return;
  let timer = 0;
  let request: AbortController | null = null;
  let active = -1;
  let listed = ""; // the text and the cursor that the list was made for
  let moves = 0; // presses of the arrows that wait for a list
  let isTaken = false; // and Enter after them

  const here = (): string => `${input.selectionStart ?? input.value.length} ${input.value}`;
  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]")];

  function show(isOpen: boolean): void {
    list!.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) activate(-1);
  }

  function activate(index: number): void {
    const all = options();
    active = all.length ? Math.max(-1, Math.min(index, all.length - 1)) : -1;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
    const option = all[active];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  async function ask(): Promise<void> {
    clearTimeout(timer);
    request?.abort();
    request = new AbortController();
    const asked = here();
    const address = new URL(url!, location.href);
    address.searchParams.set("text", input.value);
    address.searchParams.set("cursor", String(input.selectionStart ?? input.value.length));
    try {
      const response = await fetch(address, { signal: request.signal, headers: { "HX-Request": "true" } });
      if (!response.ok || response.redirected) return showNone();
      const found = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("ul");
      list!.replaceChildren(...(found?.children ?? []));
      listed = asked;
      activate(-1);
      const said = document.getElementById("filter-said");
      if (said) said.textContent = found?.dataset["said"] ?? "";
      show(document.activeElement === input && options().length > 0);
      catchUp();
    } catch (error) {
      if ((error as Error).name !== "AbortError") showNone(); // Enter still works
    }
  }

  /** Do what was pressed before its list was there. */
  function catchUp(): void {
    const [steps, isWanted] = [moves, isTaken];
    forget();
    if (steps) activate(active + steps);
    const option = options()[active];
    if (!isWanted) return;
    if (option) take(option);
    else line()?.requestSubmit();
  }

  function showNone(): void {
    list!.replaceChildren();
    show(false);
    catchUp();
  }

  function forget(): void {
    moves = 0;
    isTaken = false;
  }

  /** Put the chosen text in its place; a value that is whole is sent at once, a field waits for its value. */
  function take(option: HTMLElement): void {
    const text = option.dataset["text"] ?? "";
    const [start, end] = [Number(option.dataset["start"]), Number(option.dataset["end"])];
    const rest = input.value.slice(end);
    input.value = input.value.slice(0, start) + text + rest;
    const cursor = start + text.length;
    input.setSelectionRange(cursor, cursor);
    show(false);
    if (text.endsWith(":")) void ask();
    else if (!rest.trim()) line()?.requestSubmit();
  }

  const askSoon = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT);
  };
  input.addEventListener("input", () => {
    forget();
    activate(-1);
    askSoon();
  });
  input.addEventListener("click", () => (list.hidden || listed !== here()) && askSoon());
  input.addEventListener("keydown", (event) => {
    const isOpen = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (isOpen && listed === here()) return activate(active + step);
      moves += step;
      void ask();
    } else if (event.key === "Enter" && moves > 0) {
      event.preventDefault();
      isTaken = true;
    } else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && isOpen && active >= 0 && listed === here()) {
      event.preventDefault();
      take(options()[active]!);
    } else if (event.key === "Enter") {
      clearTimeout(timer);
      request?.abort();
      show(false);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      show(false);
    } else if (event.key === "Escape") {
      input.blur();
    } else if (event.key === "Backspace" && !input.value) {
      const chips = [...(line()?.querySelectorAll<HTMLElement>("[data-edit]") ?? [])];
      const last = chips.pop();
      if (last) {
        event.preventDefault();
        edit(last);
      }
    }
  });
  input.addEventListener("blur", () => {
    forget();
    show(false);
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus in the field
  list.addEventListener("click", (event) => {
    const option = (event.target as HTMLElement).closest<HTMLElement>("[role=option]");
    if (option && listed === here()) take(option);
    else if (option) void ask();
  });
  markError(input);
}

/** What cannot be understood is selected: typing replaces it. */
function markError(input: HTMLInputElement): void {
  const given = input.dataset["errorAt"];
  if (given === undefined || document.activeElement !== input) return;
  const at = Math.min(Number(given), input.value.length);
  const length = /^-?[^\s"()]*("[^"]*"?)?/.exec(input.value.slice(at))?.[0].length ?? 0;
  input.setSelectionRange(at, at + length);
}

/** A chip becomes text again, at the end of the line. */
function edit(chip: HTMLElement): void {
  const input = document.querySelector<HTMLInputElement>("#filter-text");
  const field = kept();
  if (!input || !field) return;
  field.value = chip.dataset["rest"] ?? "";
  input.value = [chip.dataset["edit"] ?? "", input.value].filter(Boolean).join(" ");
  const chips = [...(line()?.querySelectorAll<HTMLElement>(".chip") ?? [])];
  const own = chip.closest(".chip");
  own?.remove();
  for (const other of chips) {
    // what the other chips say of the rest no longer holds
    if (other !== own) other.querySelector("[data-edit]")?.setAttribute("data-stale", "");
  }
  input.focus();
  input.setSelectionRange(input.value.length, input.value.length);
}

function editAll(text: string): void {
  const input = document.querySelector<HTMLInputElement>("#filter-text");
  const field = kept();
  if (!input || !field) return;
  field.value = "";
  input.value = [text, input.value].filter(Boolean).join(" ");
  line()
    ?.querySelectorAll(".chip, [data-edit-all]")
    .forEach((part) => part.remove());
  input.focus();
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const chip = target.closest<HTMLElement>("[data-edit]");
  if (chip && event.altKey) {
    void htmx.ajax("get", chip.dataset["flip"] ?? "", { target: `#${listId()}` });
  } else if (chip) {
    const whole = chip.hasAttribute("data-stale") ? kept()?.value : undefined;
    if (whole === undefined) edit(chip);
    else editAll(whole);
  }
  const all = target.closest<HTMLElement>("[data-edit-all]");
  if (all) editAll(kept()?.value ?? all.dataset["editAll"] ?? "");
  if (target === line()) document.querySelector<HTMLInputElement>("#filter-text")?.focus();
});

// What is typed while an answer is under way is not lost with the field that it replaces.
let sent = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  if ((event.target as Element).id === "filter-line") sent = document.querySelector<HTMLInputElement>("#filter-text")?.value ?? "";
});
let more = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  const input = document.querySelector<HTMLInputElement>("#filter-text");
  const isOurs = (event.target as Element).id === listId();
  more = isOurs && input && document.activeElement === input && input.value.startsWith(sent) ? input.value.slice(sent.length) : "";
});
document.addEventListener("htmx:afterSwap", (event) => {
  const input = document.querySelector<HTMLInputElement>("#filter-text");
  if ((event.target as Element).id !== listId() || !input || !more) return;
  input.value += more;
  more = "";
});

onEach<HTMLInputElement>("input[data-complete]", setUp);
