// A summary of errors takes the focus wherever it appears; its links lead to the fields.
import { onEach } from "./dom";

onEach<HTMLElement>(".error-summary", (summary) => {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[href^='#']");
    if (!link) return;
    const id = link.hash.slice(1);
    const form = summary.closest("form") ?? document;
    const field = form.querySelector<HTMLElement>(`#${CSS.escape(id)}`) ?? document.getElementById(id);
    if (!field) return;
    event.preventDefault();
    const control = field.matches("input, select, textarea") ? field : field.querySelector<HTMLElement>("input, select, textarea");
    const shown = control instanceof HTMLInputElement && control.type === "hidden" ? document.getElementById(`${control.id}_text`) : control;
    shown?.focus();
  });
});
