// What a mouse shows on hover, for fingers and keyboards too: a tap on a time, a sign or a clipped name says it in full,
// and all times of the page can be shown exactly.
import { gettext } from "./words";
import { showToast } from "./toasts";

const SAYS_MORE = "time[title], .priority[title], .row-clip[title], .promise[title], .avatar[title], [data-tip]";

let bubble: HTMLElement | null = null;

function hide(): void {
  bubble?.remove();
  bubble = null;
}

function show(element: HTMLElement): void {
  const text = element.dataset["tip"] ?? element.title;
  const wasHere = bubble?.textContent === text;
  hide();
  if (!text || wasHere) return;
  bubble = Object.assign(document.createElement("div"), { className: "tip", textContent: text });
  bubble.setAttribute("role", "status");
  document.body.append(bubble);
  const box = element.getBoundingClientRect();
  const own = bubble.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left), document.documentElement.clientWidth - own.width - 8);
  const above = box.top - own.height - 6;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${above > 8 ? above : box.bottom + 6}px`;
}

document.addEventListener("click", (event) => {
  const element = (event.target as Element).closest<HTMLElement>(SAYS_MORE);
  const isTouch = (event as PointerEvent).pointerType !== "mouse" && (event as PointerEvent).pointerType !== "";
  if (!element || !isTouch || element.closest("a, button, summary, label")) return hide();
  show(element);
});
document.addEventListener("scroll", hide, { passive: true, capture: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});

let isExact = false;

function write(): void {
  if (!isExact) return;
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-when][title]")) {
    if (time.dataset["when"] === "exact" || time.dataset["when"] === "countdown") continue;
    time.dataset["relative"] ??= time.textContent ?? "";
    time.textContent = time.title;
  }
}

/** Every time of the page as date and hour, until it is loaded anew or this is called again. */
export function toggleExactTimes(): void {
  isExact = !isExact;
  document.documentElement.toggleAttribute("data-exact-times", isExact);
  if (isExact) write();
  else {
    for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
      time.textContent = time.dataset["relative"] ?? "";
      delete time.dataset["relative"];
    }
  }
  showToast(isExact ? gettext("All times are shown exactly.") : gettext("Times are shown relative to now again."), "info");
}

document.addEventListener("htmx:afterSettle", () => window.setTimeout(write));
