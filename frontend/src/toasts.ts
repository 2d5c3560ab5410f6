// Short messages at the edge of the screen. Errors stay until they are closed; the rest leave after a while.
import { onEach } from "./dom";

export type Level = "info" | "success" | "warning" | "error";

function close(toast: HTMLElement): void {
  toast.remove();
}

export function showToast(text: string, level: Level = "success"): void {
  const host = document.getElementById("toasts");
  const pattern = document.querySelector<HTMLTemplateElement>("#toast-template")?.content.firstElementChild;
  if (!host || !pattern) return;
  const toast = pattern.cloneNode(true) as HTMLElement;
  toast.dataset["level"] = level;
  if (level === "error") toast.setAttribute("role", "alert");
  const words = toast.querySelector(".toast-text");
  if (words) words.textContent = text;
  host.append(toast);
  start(toast);
}

const started = new WeakSet<HTMLElement>();
function start(toast: HTMLElement): void {
  if (started.has(toast)) return;
  started.add(toast);
  toast.querySelector(".toast-close")?.addEventListener("click", () => close(toast));
  toast.addEventListener("htmx:afterRequest", () => close(toast)); // what its button asked for is done
  if (toast.querySelector(".toast-undo")) document.querySelectorAll(".toast-undo").forEach((other) => {
    if (!toast.contains(other)) other.remove(); // only the newest can be taken back by its key
  });
  const level = toast.dataset["level"] ?? "info";
  if (level === "error" || level === "warning") return;
  let timer = 0;
  const arm = (): void => {
    timer = window.setTimeout(() => close(toast), 8000);
  };
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", arm);
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("focusout", arm);
  arm();
}

onEach<HTMLElement>(".toast", start);

// HX-Trigger: {"toast": {"text": "Incident put on hold.", "level": "success"}} or {"toast": "Saved."}
document.addEventListener("toast", (event) => {
  const detail = (event as CustomEvent<{ text?: string; value?: string; level?: Level }>).detail;
  const text = detail.text ?? detail.value;
  if (text) showToast(text, detail.level);
});
