// The page of an incident: its tabs of the composer, and what is typed while the page is exchanged under the writer.

/** Half-written texts outlive the exchange of the page; the text that was just sent does not. */
const kept = new Map<string, string>();

document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr } = (event as CustomEvent<{ requestConfig: { elt: Element }; xhr: XMLHttpRequest }>).detail;
  kept.clear();
  for (const area of document.querySelectorAll<HTMLTextAreaElement>("#incident textarea[data-draft]")) {
    const wasSent = requestConfig.elt.contains(area) && xhr.status < 300;
    if (area.value.trim() && !wasSent) kept.set(area.dataset["draft"] ?? "", area.value);
  }
});

document.addEventListener("htmx:afterSettle", () => {
  for (const area of document.querySelectorAll<HTMLTextAreaElement>("#incident textarea[data-draft]")) {
    const text = kept.get(area.dataset["draft"] ?? "");
    if (text !== undefined && area.value.trim() === "") area.value = text;
  }
  kept.clear();
});

// Choosing who reads it, by key or click, puts the cursor where the text goes.
document.addEventListener("click", (event) => {
  const choice = event.target as HTMLInputElement;
  if (choice.name !== "composer") return;
  choice.closest("#composer")?.querySelector<HTMLTextAreaElement>(`[data-kind="${choice.value}"] textarea`)?.focus();
});

// A verb chosen from a menu closes the menu behind the dialog.
document.addEventListener("click", (event) => {
  const item = (event.target as Element).closest(".dropdown-panel [hx-get], .dropdown-panel [hx-post]");
  const menu = item?.closest("details");
  if (menu) menu.open = false;
});

// Esc leaves the text, so that the single-letter keys of the verbs work again; the draft stays.
document.addEventListener("keydown", (event) => {
  const area = event.target as HTMLElement;
  if (event.key === "Escape" && area.matches?.("#incident .composer-text")) area.blur();
});
