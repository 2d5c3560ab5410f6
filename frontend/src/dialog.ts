import { comeBack, placeOf, type Place } from "./focus";

// The one dialog of the page: `hx-get` with `hx-target="#dialog-body"` opens it; HX-Trigger: closeDialog closes it.
const dialog = document.querySelector<HTMLDialogElement>("#dialog");
const body = document.querySelector<HTMLElement>("#dialog-body");
let opener: Place | null = null;

function label(): void {
  const title = body?.querySelector<HTMLElement>("h1, h2, .dialog-title");
  if (!dialog || !title) return;
  title.id ||= "dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
}

function focusFirst(): void {
  const summary = body?.querySelector<HTMLElement>(".error-summary");
  const first = body?.querySelector<HTMLElement>(
    "[autofocus], input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea:not(:disabled)",
  );
  (summary ?? first ?? body?.querySelector<HTMLElement>("button, a[href]"))?.focus();
}

export function closeDialog(): void {
  dialog?.close();
}

if (dialog && body) {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = (event as CustomEvent<{ elt: HTMLElement; target: Element }>).detail;
    if (target === body && !dialog.open) opener = placeOf(document.activeElement) ?? placeOf(elt); // a key opens it from anywhere
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const { target } = (event as CustomEvent<{ target: Element }>).detail;
    if (target !== body) return;
    if (!body.hasChildNodes()) return closeDialog();
    if (!dialog.open) dialog.showModal();
    label();
    focusFirst();
  });
  document.addEventListener("closeDialog", closeDialog);
  dialog.addEventListener("click", (event) => {
    const element = event.target as HTMLElement;
    if (element.closest("[data-close]")) closeDialog();
  });
  dialog.addEventListener("close", () => {
    body.replaceChildren();
    dialog.removeAttribute("aria-labelledby");
    comeBack(opener);
    opener = null;
  });
}

// Any other native dialog: a button with data-opens="id" shows it, data-close inside closes it.
document.addEventListener("click", (event) => {
  const element = event.target as HTMLElement;
  const opens = element.closest<HTMLElement>("[data-opens]")?.dataset["opens"];
  if (opens) document.querySelector<HTMLDialogElement>(`dialog#${CSS.escape(opens)}`)?.showModal();
  if (element.closest("[data-close]")) element.closest("dialog")?.close();
});
