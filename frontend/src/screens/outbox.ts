// Words that could not be sent because the connection was gone: kept on this device, sent when it is back, once each.
import htmx from "htmx.org";
import { onLive } from "../live";
import { showToast } from "../toasts";
import { gettext, ngettext } from "../words";

interface Letter {
  id: string; // names the text: sent twice, it is there once
  url: string;
  number: string;
  fields: Record<string, string>;
  at: number;
  trouble?: string; // why the server did not take it
}

const KEY = `outbox:${document.querySelector<HTMLMetaElement>('meta[name="viewer"]')?.content ?? ""}`;
const FORM = "form.composer-form[hx-post]";

function read(): Letter[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Letter[];
  } catch {
    return [];
  }
}

function write(letters: Letter[]): void {
  localStorage.setItem(KEY, JSON.stringify(letters));
  draw();
}

function textId(form: HTMLFormElement): HTMLInputElement {
  let field = form.querySelector<HTMLInputElement>("input[name=text_id]");
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden", name: "text_id" });
    form.append(field);
  }
  field.value ||= crypto.randomUUID();
  return field;
}

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = (event as CustomEvent<{ elt: HTMLElement; parameters: Record<string, string> }>).detail;
  if (elt.matches(FORM)) parameters["text_id"] = textId(elt as HTMLFormElement).value;
});

/** The request never arrived, or its answer never came: which of the two, nobody knows, and it does not matter. */
function keep(event: Event): void {
  const { elt } = (event as CustomEvent<{ elt: HTMLElement }>).detail;
  if (!elt.matches(FORM)) return;
  const form = elt as HTMLFormElement;
  const area = form.querySelector("textarea");
  const fields: Record<string, string> = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && name !== "csrfmiddlewaretoken") fields[name] = value;
  if (!area?.value.trim()) return;
  const number = document.querySelector<HTMLElement>("#incident")?.dataset["number"] ?? "";
  write([...read(), { id: textId(form).value, url: form.getAttribute("hx-post") ?? "", number, fields, at: Date.now() }]);
  textId(form).value = "";
  area.value = "";
  area.dispatchEvent(new Event("input", { bubbles: true }));
  showToast(gettext("No connection. It is kept here and sent when the connection is back."), "warning");
}
document.addEventListener("htmx:sendError", keep);
document.addEventListener("htmx:timeout", keep);
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, xhr } = (event as CustomEvent<{ elt: HTMLElement; xhr: XMLHttpRequest }>).detail;
  if (elt.matches?.(FORM) && xhr.status < 300) textId(elt as HTMLFormElement).value = "";
});

async function post(letter: Letter): Promise<"sent" | "later" | string> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  const body = new URLSearchParams({ ...letter.fields, text_id: letter.id });
  try {
    const answer = await fetch(letter.url, { method: "POST", body, headers: { "X-CSRFToken": token, "HX-Request": "true" } });
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/account/")) return gettext("Log in again to send it.");
    if (answer.ok) return "sent";
    if (answer.status >= 500 || answer.status === 429) return "later";
    return answer.status === 409
      ? gettext("Somebody wrote or changed something meanwhile. Read it, then send yours again or change it.")
      : gettext("It could not be sent: the incident does not allow it any more.");
  } catch {
    return "later";
  }
}

let isBusy = false;
async function sendAll(): Promise<void> {
  if (isBusy || !navigator.onLine) return;
  isBusy = true;
  let sent = 0;
  try {
    for (const letter of read().filter((one) => !one.trouble)) {
      const result = await post(letter);
      if (result === "later") break;
      sent += Number(result === "sent");
      write(read().flatMap((one) => (one.id !== letter.id ? [one] : result === "sent" ? [] : [{ ...one, trouble: result }])));
    }
  } finally {
    isBusy = false;
  }
  if (!sent) return;
  showToast(ngettext("The connection is back: {count} text was sent.", "The connection is back: {count} texts were sent.", sent));
  const page = document.querySelector("#incident[data-number]");
  if (page) void htmx.ajax("get", location.pathname + location.search, { source: "#incident-live", target: "#incident", swap: "morph:outerHTML" });
}
const sendAlone = (): void => void navigator.locks?.request(KEY, sendAll); // one tab at a time

function giveBack(letter: Letter): void {
  write(read().filter((one) => one.id !== letter.id));
  const form = [...document.querySelectorAll<HTMLFormElement>(FORM)].find((one) => one.getAttribute("hx-post") === letter.url);
  const area = form?.querySelector("textarea");
  if (!area) return;
  area.value = [area.value, letter.fields["body"] ?? ""].filter((text) => text.trim()).join("\n\n");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

function button(label: string, act: () => void): HTMLButtonElement {
  const one = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
  one.dataset["size"] = "small";
  one.addEventListener("click", act);
  return one;
}

function line(letter: Letter): HTMLElement {
  const row = Object.assign(document.createElement("div"), { className: "outbox-row" });
  row.append(
    Object.assign(document.createElement("span"), { className: "outbox-text", textContent: letter.fields["body"] ?? "" }),
    Object.assign(document.createElement("span"), { className: "muted small", textContent: letter.trouble ?? gettext("waits for the connection") }),
    button(gettext("Edit"), () => giveBack(letter)),
  );
  return row;
}

function draw(): void {
  const composer = document.getElementById("composer");
  if (!composer) return;
  const number = document.querySelector<HTMLElement>("#incident")?.dataset["number"];
  const letters = read().filter((one) => one.number === number);
  let box = document.getElementById("outbox");
  if (!letters.length) return void box?.remove();
  if (!box) {
    box = Object.assign(document.createElement("div"), { id: "outbox", className: "outbox" });
    box.setAttribute("role", "status");
    box.dataset["keep"] = "";
    composer.prepend(box);
  }
  box.replaceChildren(...letters.map(line));
}

onLive("stream", ({ isOpen }) => {
  if (isOpen) sendAlone();
});
window.addEventListener("online", sendAlone);
window.addEventListener("storage", (event) => {
  if (event.key === KEY) draw();
});
document.addEventListener("htmx:afterSettle", draw);
window.setInterval(() => {
  if (read().some((one) => !one.trouble)) sendAlone();
}, 15_000);
draw();
if (read().length) sendAlone();
