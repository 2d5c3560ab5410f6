// The buttons of the page that have a key: which can be pressed now, what they are called, and pressing them.
import { isVisible } from "./dom";

export const isMac = /mac|iphone|ipad/i.test(navigator.platform);

/** An open dialog is the whole world while it is open. */
export const scope = (): ParentNode => [...document.querySelectorAll<HTMLDialogElement>("dialog[open]")].pop() ?? document;

/** What is seen, or waits in a menu that can be opened: the verb's key works without opening the menu first. */
export function isReachable(element: HTMLElement): boolean {
  const menu = element.closest<HTMLDetailsElement>("details[data-float]:not([open])");
  const summary = menu?.querySelector<HTMLElement>(":scope > summary");
  return isVisible(element) || (!!summary && element !== summary && isVisible(summary));
}

export const isOn = (element: HTMLElement): boolean => isReachable(element) && !element.matches(":disabled, [aria-disabled=true]");

export function labelOf(element: HTMLElement): string {
  const given = element.dataset["keyLabel"] ?? element.getAttribute("aria-label");
  if (given) return given;
  const copy = element.cloneNode(true) as HTMLElement;
  copy.querySelectorAll("kbd, svg, .visually-hidden").forEach((part) => part.remove());
  return copy.textContent?.trim().replace(/\s+/g, " ") ?? "";
}

/** What can be done on this page: with a single key, or marked with data-command. Menus that only open are left out. */
export function verbsOfPage(): HTMLElement[] {
  const all = [...document.querySelectorAll<HTMLElement>("main [data-key], main [data-command]")];
  return all.filter((element) => !element.dataset["key"]?.includes("+") && !element.matches("summary") && isOn(element));
}

export function press(element: HTMLElement): void {
  if (element.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea")) element.focus();
  else element.click();
}
