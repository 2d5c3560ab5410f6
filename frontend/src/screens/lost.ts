// What this person may no longer see is taken off the screen at once: the page of an incident, and its rows in lists.
import { onLive } from "../live";
import { gettext } from "../words";

interface Failed {
  xhr: XMLHttpRequest;
  target: HTMLElement;
  requestConfig: { verb: string; path: string };
}

/** A row without its contents; it comes back with the next change if it may be seen again. */
export function empty(row: HTMLElement | null): void {
  if (!row || row.hasAttribute("data-lost")) return;
  const note = document.createElement("span");
  note.className = "gone-note";
  if (row.matches("[role=row]")) note.setAttribute("role", "cell");
  note.textContent = gettext("An incident that stood here is no longer visible to you");
  row.replaceChildren(note);
  row.removeAttribute("data-selected");
  row.setAttribute("data-lost", "");
  document.dispatchEvent(new CustomEvent("allclear:row-lost", { detail: { number: row.dataset["number"] } }));
}

/** The page says in words what happened, in the place of what it showed. */
function leave(page: HTMLElement): void {
  const notice = document.querySelector<HTMLTemplateElement>("#incident-lost")?.content.cloneNode(true) as DocumentFragment | undefined;
  const heading = notice?.querySelector<HTMLElement>("h1");
  if (!notice || !heading) return location.reload();
  document.title = `${heading.textContent} · Allclear`;
  for (const dialog of document.querySelectorAll<HTMLDialogElement>("dialog[open]")) dialog.close();
  document.querySelectorAll("#toasts > *, #incident-news, .tip").forEach((part) => part.remove());
  page.replaceWith(notice);
  heading.tabIndex = -1;
  heading.focus();
}

/** The stream may know older rights than the person has by now, so the page itself is asked; without an answer it is gone. */
async function isGone(address: string): Promise<boolean> {
  try {
    return (await fetch(address, { method: "HEAD", cache: "no-store" })).status === 404;
  } catch {
    return true;
  }
}

onLive("lost", (numbers) => {
  const page = document.querySelector<HTMLElement>("#incident[data-number]");
  if (page && numbers.includes(page.dataset["number"] ?? "")) {
    void isGone(location.pathname).then((isSo) => isSo && page.isConnected && leave(page));
  }
  for (const row of document.querySelectorAll<HTMLElement>("[data-row][data-number]:not(#queue *)")) {
    const link = row.querySelector<HTMLAnchorElement>("[data-row-link]");
    if (link && numbers.includes(row.dataset["number"] ?? "")) void isGone(link.href).then((isSo) => isSo && empty(row));
  }
});
// The page asked for itself anew, and it is not there for this person any more.
document.addEventListener("htmx:responseError", (event) => {
  const { xhr, target, requestConfig } = (event as CustomEvent<Failed>).detail;
  const isItself = requestConfig.verb === "get" && new URL(requestConfig.path, location.href).pathname === location.pathname;
  if (xhr.status === 404 && isItself && target.matches("#incident[data-number]")) leave(target);
});
