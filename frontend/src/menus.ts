// Small floating panels made of <details data-float>: one open at a time, closed by Esc or a click elsewhere.
import { isVisible } from "./dom";

const open = (): HTMLDetailsElement[] => [...document.querySelectorAll<HTMLDetailsElement>("details[data-float][open]")];

document.addEventListener("click", (event) => {
  for (const details of open()) {
    if (!details.contains(event.target as Node)) details.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const details of open()) {
    details.open = false;
    details.querySelector("summary")?.focus();
  }
});

// Panels that would leave the window on the right are hung on their right edge instead.
document.addEventListener(
  "toggle",
  (event) => {
    const details = event.target as HTMLElement;
    if (!(details instanceof HTMLDetailsElement) || !details.matches("[data-float]") || !details.open) return;
    const panel = details.querySelector<HTMLElement>(":scope > :not(summary)");
    if (!panel || !isVisible(panel)) return;
    details.removeAttribute("data-side");
    if (panel.getBoundingClientRect().right > document.documentElement.clientWidth - 8) details.dataset["side"] = "end";
  },
  true,
);
