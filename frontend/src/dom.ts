/** Runs `setUp` once for each element that matches, now and whenever htmx brings new ones in. */
export function onEach<E extends HTMLElement>(selector: string, setUp: (element: E) => void): void {
  const done = new WeakSet<Element>();
  const visit = (root: ParentNode): void => {
    const found = [...root.querySelectorAll<E>(selector)];
    if (root instanceof HTMLElement && root.matches(selector)) found.unshift(root as unknown as E);
    for (const element of found) {
      if (done.has(element)) continue;
      done.add(element);
      setUp(element);
    }
  };
  visit(document);
  document.addEventListener("htmx:load", (event) => visit(event.target as HTMLElement));
}

export function isVisible(element: HTMLElement): boolean {
  return element.checkVisibility({ visibilityProperty: true });
}

/** True where a typed letter is text, so that single-letter keys must stay silent. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  if (!(target instanceof HTMLInputElement)) return false;
  return !["checkbox", "radio", "button", "submit", "reset", "range", "color", "file"].includes(target.type);
}

export function setCookie(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
}
