// A text field that finds one of thousands: data-suggest="/people/suggest" asks the server for <li role="option">.
// Follows the ARIA combobox pattern with a list pop-up. The chosen id is sent by the hidden field before the text field.
import { onEach } from "./dom";
import { gettext, ngettext } from "./words";

const WAIT = 150;

function setUp(input: HTMLInputElement): void {
  const url = input.dataset["suggest"];
  const hidden = document.getElementById(input.dataset["suggestFor"] ?? "");
  const popup = document.getElementById(input.getAttribute("aria-controls") ?? "");
  const status = document.getElementById(`${input.dataset["suggestFor"]}_status`);
  if (!url || !(hidden instanceof HTMLInputElement) || !popup) return;

  let chosen = input.value;
  let timer = 0;
  let request: AbortController | null = null;
  let active = -1;

  const options = (): HTMLElement[] => [...popup.querySelectorAll<HTMLElement>("[role=option]:not([aria-disabled=true])")];
  const tell = (words: string): void => {
    if (status) status.textContent = words;
  };

  input.addEventListener("restored", () => {
    chosen = input.value; // a draft filled both fields in
  });

  function show(isOpen: boolean): void {
    popup!.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) activate(-1);
  }

  function activate(index: number): void {
    const all = options();
    active = all.length ? Math.max(-1, Math.min(index, all.length - 1)) : -1;
    all.forEach((option, at) => {
      option.id ||= `${input.id}_option_${at}`;
      option.setAttribute("aria-selected", String(at === active));
    });
    const option = all[active];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  /** A line that is no answer but an offer: what was typed goes to whoever listens, with the offer's name. */
  function offer(name: string): void {
    const text = input.value.trim();
    choose(null);
    input.dispatchEvent(new CustomEvent("suggest:offer", { bubbles: true, detail: { name, text } }));
  }

  function choose(option: HTMLElement | null): void {
    const offered = option?.dataset["offers"];
    if (offered) return offer(offered);
    (hidden as HTMLInputElement).value = option?.dataset["value"] ?? "";
    chosen = option ? (option.dataset["text"] ?? option.textContent?.trim() ?? "") : "";
    input.value = chosen;
    show(false);
    hidden!.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function ask(): Promise<void> {
    request?.abort();
    request = new AbortController();
    const address = new URL(url!, location.href);
    address.searchParams.set("q", input.value.trim());
    try {
      const response = await fetch(address, { signal: request.signal, headers: { "HX-Request": "true" } });
      if (!response.ok || response.redirected) return tell(gettext("The search did not answer. Try again."));
      const found = new DOMParser().parseFromString(await response.text(), "text/html");
      const items = [...found.querySelectorAll<HTMLElement>("li")];
      popup!.replaceChildren(...items);
      const count = options().length;
      tell(count === 0 ? gettext("Nothing found") : ngettext("{count} result", "{count} results", count));
      show(items.length > 0 && document.activeElement === input);
      activate(count > 0 && input.value.trim() ? 0 : -1);
    } catch (error) {
      if ((error as Error).name !== "AbortError") tell(gettext("The search did not answer. Try again."));
    }
  }

  input.addEventListener("input", () => {
    if (input.value.trim() === "") choose(null);
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT);
  });
  input.addEventListener("keydown", (event) => {
    const isOpen = !popup.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return void ask();
      activate(event.key === "ArrowDown" ? active + 1 : Math.max(0, active - 1));
    } else if (event.key === "Enter" && isOpen && active >= 0) {
      event.preventDefault();
      choose(options()[active] ?? null);
    } else if (event.key === "Tab" && isOpen && active >= 0 && input.value !== chosen) {
      choose(options()[active] ?? null);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      show(false);
    }
  });
  input.addEventListener("blur", () => {
    show(false);
    // A text that names nothing chosen would look like an answer and send none.
    if (input.value !== chosen) input.value = chosen;
  });
  popup.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus in the field
  popup.addEventListener("click", (event) => {
    const option = (event.target as HTMLElement).closest<HTMLElement>("[role=option]");
    if (option && option.getAttribute("aria-disabled") !== "true") choose(option);
  });
}

onEach<HTMLInputElement>("input[data-suggest]", setUp);
