// The search in the top bar: the best hits while one types. Follows the ARIA combobox pattern with a list pop-up.
// Enter without a chosen hit sends the form, so all of it also works without this script.
import { onEach } from "../dom";
import { gettext } from "../words";

const WAIT = 150;
const SHORTEST = 2;

function setUp(input: HTMLInputElement): void {
  const list = document.getElementById(input.getAttribute("aria-controls") ?? "");
  const said = document.getElementById("search-said");
  const url = input.dataset["searchOptions"];
  if (!list || !url) return;

  let timer = 0;
  let request: AbortController | null = null;
  let active = -1;
  let answered = "";

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
    request?.abort();
    const text = input.value.trim();
    if (text.length < SHORTEST) return show(false);
    if (text === answered) return show(true);
    request = new AbortController();
    const address = new URL(url!, location.href);
    address.searchParams.set("q", text);
    try {
      const response = await fetch(address, { signal: request.signal, headers: { "HX-Request": "true" } });
      if (!response.ok || response.redirected) return show(false);
      const found = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("ul");
      list!.replaceChildren(...(found?.children ?? []));
      answered = text;
      activate(-1);
      if (said) said.textContent = found?.dataset["count"] ?? "";
      show(document.activeElement === input && options().length > 0);
    } catch (error) {
      if ((error as Error).name !== "AbortError" && said) {
        said.textContent = gettext("The search did not answer. Try again.");
      }
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT);
  });
  input.addEventListener("keydown", (event) => {
    const isOpen = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return void ask();
      activate(event.key === "ArrowDown" ? active + 1 : active - 1);
    } else if (event.key === "Enter" && isOpen && active >= 0) {
      event.preventDefault();
      const target = options()[active]?.dataset["url"];
      if (target) location.assign(target);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      show(false);
    }
  });
  input.addEventListener("blur", () => show(false));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus in the field
  list.addEventListener("click", (event) => {
    const target = (event.target as HTMLElement).closest<HTMLElement>("[role=option]")?.dataset["url"];
    if (target) location.assign(target);
  });
}

onEach<HTMLInputElement>("input[data-search-options]", setUp);
