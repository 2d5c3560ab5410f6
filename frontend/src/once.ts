// A form or button sends once, however often it is pressed until the answer is there.
const PATIENCE = 15_000; // milliseconds; after them somebody may press again
const sent = new WeakMap<HTMLFormElement, number>();

function drop(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

const isUnderWay = (element: Element): boolean => element.classList.contains("htmx-request");

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target as HTMLFormElement;
    const last = sent.get(form);
    if (isUnderWay(form) || (last !== undefined && Date.now() - last < PATIENCE)) drop(event);
  },
  true,
);

// Last of all: whoever wanted to handle or refuse the form has done so.
window.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (!event.defaultPrevented && form.method === "post") sent.set(form, Date.now());
});

document.addEventListener(
  "click",
  (event) => {
    const pressed = (event.target as Element).closest("button[hx-post], a[hx-post]");
    if (pressed && isUnderWay(pressed)) drop(event);
  },
  true,
);

// The page came back out of the browser's memory: its forms may be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach((form) => sent.delete(form));
});
