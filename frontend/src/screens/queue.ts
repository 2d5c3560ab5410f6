// The queue: values that narrow the list when they are clicked, pages under J and K, the row one came from.
import htmx from "htmx.org";
import { isVisible, onEach } from "../dom";
import { gettext } from "../words";

const card = (): HTMLElement | null => document.querySelector<HTMLElement>("#queue > .card[data-here]");
const here = (): string => card()?.dataset["here"] ?? location.pathname + location.search;
const links = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#queue [data-row-link]")].filter(isVisible);

function go(address: string): Promise<void> {
  return htmx.ajax("get", address, { target: "#queue", swap: "innerHTML" });
}

function narrow(name: "pick" | "drop", part: string): void {
  const address = new URL(here(), location.href);
  for (const page of ["after", "before"]) address.searchParams.delete(page);
  address.searchParams.set(name, part);
  void go(address.pathname + address.search);
}

// A menu on a value: by the right button, or by a long press.
let menu: HTMLElement | null = null;
function openMenu(value: HTMLElement, x: number, y: number): void {
  menu?.remove();
  const part = value.dataset["pick"] ?? "";
  menu = document.createElement("div");
  menu.className = "pick-menu";
  menu.popover = "auto";
  for (const [name, label] of [
    ["pick", gettext("Show only these")],
    ["drop", gettext("Leave these out")],
  ] as const) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "menu-item";
    const code = document.createElement("code");
    code.textContent = name === "drop" ? `-${part}` : part;
    button.append(`${label} `, code);
    button.addEventListener("click", () => {
      menu?.hidePopover();
      narrow(name, part);
    });
    menu.append(button);
  }
  document.body.append(menu);
  menu.showPopover();
  const { offsetWidth: width, offsetHeight: height } = menu;
  menu.style.left = `${Math.min(x, innerWidth - width - 8)}px`;
  menu.style.top = `${Math.min(y, innerHeight - height - 8)}px`;
  menu.querySelector("button")?.focus();
}

document.addEventListener("click", (event) => {
  const value = (event.target as Element).closest<HTMLElement>("#queue [data-pick]");
  if (!value) return;
  event.preventDefault();
  narrow(event.altKey ? "drop" : "pick", value.dataset["pick"] ?? "");
});
document.addEventListener("contextmenu", (event) => {
  const value = (event.target as Element).closest<HTMLElement>("#queue [data-pick]");
  if (!value) return;
  event.preventDefault();
  openMenu(value, event.clientX, event.clientY);
});

// J behind the last row and K before the first one turn the page.
document.addEventListener("allclear:rows-end", (event) => {
  const { step } = (event as CustomEvent<{ step: 1 | -1 }>).detail;
  const link = document.querySelector<HTMLAnchorElement>(`#queue a[rel=${step === 1 ? "next" : "prev"}]`);
  if (!link) return;
  event.preventDefault();
  void go(link.getAttribute("href") ?? "").then(() => {
    const rows = links();
    const row = step === 1 ? rows[0] : rows[rows.length - 1];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  });
});

// Whoever comes back from an incident stands at its row again.
const MEMORY = "queue-row";
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLElement>("#queue [data-row-link]");
  const number = link?.closest<HTMLElement>("[data-number]")?.dataset["number"];
  if (number) sessionStorage.setItem(MEMORY, JSON.stringify([location.pathname + location.search, number]));
});
function comeBack(): void {
  const entry = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  if (entry?.type !== "back_forward") return;
  try {
    const [address, number] = JSON.parse(sessionStorage.getItem(MEMORY) ?? "[]") as string[];
    if (address !== location.pathname + location.search) return;
    const link = document.getElementById(`incident-${number}`)?.querySelector<HTMLElement>("[data-row-link]");
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: "nearest" });
  } catch {
    // what is kept there is not ours
  }
}
comeBack();

// Lists that are put in order by dragging, or by their arrows.
function send(list: HTMLElement): void {
  const form = document.getElementById(list.dataset["orderForm"] ?? "") as HTMLFormElement | null;
  if (!form) return;
  form.querySelectorAll("input[name=views]").forEach((field) => field.remove());
  for (const item of list.querySelectorAll<HTMLElement>("[data-order-item]")) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "views";
    field.value = item.dataset["value"] ?? "";
    form.append(field);
  }
  form.requestSubmit();
}
onEach<HTMLElement>("[data-order]", (list) => {
  let dragged: HTMLElement | null = null;
  list.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-order-up], [data-order-down]");
    const item = button?.closest<HTMLElement>("[data-order-item]");
    if (!button || !item) return;
    const isUp = button.hasAttribute("data-order-up");
    const other = isUp ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (isUp) other.before(item);
    else other.after(item);
    button.focus();
    send(list);
  });
  list.addEventListener("dragstart", (event) => {
    dragged = (event.target as Element).closest<HTMLElement>("[data-order-item]");
    dragged?.setAttribute("data-dragged", "");
  });
  list.addEventListener("dragover", (event) => {
    const over = (event.target as Element).closest<HTMLElement>("[data-order-item]");
    if (!dragged || !over || over === dragged) return event.preventDefault();
    event.preventDefault();
    const box = over.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) over.before(dragged);
    else over.after(dragged);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    dragged?.removeAttribute("data-dragged");
    if (dragged) send(list);
    dragged = null;
  });
});
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest("[data-usual-columns]");
  const form = button?.closest("form");
  if (!form) return;
  form.querySelectorAll<HTMLInputElement>("input[name=columns]").forEach((box) => (box.disabled = true));
  form.requestSubmit();
});
