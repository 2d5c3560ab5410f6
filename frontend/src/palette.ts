// The command palette: one field over the verbs of this page, places, actions, incidents, people and things.
// Follows the ARIA combobox pattern with a listbox in groups; the focus stays in the field.
import { act } from "./palette-acts";
import { dialog, fragment, groupsIn, keep, kept, places, searchLine, verbs, type Group, type Line } from "./palette-lines";
import { marked, score, STRONG } from "./palette-match";
import { scope } from "./verbs";
import { gettext, ngettext } from "./words";

const WAIT = 90;
const input = document.querySelector<HTMLInputElement>("#palette-input");
const list = document.querySelector<HTMLElement>("#palette-list");
const said = document.querySelector<HTMLElement>("#palette-said");

let here: Group = { kind: "verbs", label: "", lines: [] };
let known: Group[] = [];
let found: Group[] = [];
let answered = ""; // the text that `found` belongs to
let request: AbortController | null = null;
let timer = 0;
let telling = 0;
let active = -1;
let isMoved = false; // somebody chose a line by hand: it stays chosen
let isAwaited = false; // Enter was pressed before the answer was there
let shown: Line[] = [];

const typed = (): { sign: string; text: string; whole: string } => {
  const whole = input?.value.trim() ?? "";
  const sign = ["#", "@", ">"].includes(whole[0] ?? "") ? whole[0]! : "";
  return { sign, text: whole.slice(sign.length).trim(), whole };
};

/** The lines of a group that fit, the best first; of equal ones those that were chosen lately. */
function fitting(group: Group, text: string, recent: string[]): { group: Group; worth: number } {
  const place = (id: string): number => (recent.includes(id) ? recent.indexOf(id) : recent.length);
  const scored = group.lines.map((line) => ({ line, worth: score(text, line.label, line.words) })).filter((one) => one.worth > 0);
  scored.sort((one, other) => other.worth - one.worth || place(one.line.id) - place(other.line.id));
  const best = scored[0]?.worth ?? 0;
  const lines = scored.filter((one) => best < STRONG || one.worth >= STRONG).map((one) => one.line);
  return { group: { ...group, lines }, worth: best };
}

/** Nothing typed: chosen lately, the verbs of this page, looked at lately, then all places and actions. */
function beginning(recent: string[]): Group[] {
  const local = [here, ...known].flatMap((group) => group.lines);
  const byId = new Map(local.map((line) => [line.id, line]));
  const asked = found.find((group) => group.kind === "kept");
  for (const line of asked?.lines ?? []) byId.set(line.id, line);
  const again = recent.map((id) => byId.get(id)).filter((line): line is Line => !!line).slice(0, 4);
  const lately: Group = { kind: "kept", label: gettext("Chosen lately"), lines: again };
  const rest = known.map((group) => ({ ...group, lines: group.lines.filter((line) => !again.includes(line)) }));
  const verbsLeft = { ...here, lines: here.lines.filter((line) => !again.includes(line)) };
  return [lately, verbsLeft, ...found.filter((group) => group.kind !== "kept"), ...rest];
}

function groups(): Group[] {
  const { sign, text } = typed();
  const recent = kept();
  const isFresh = answered === typed().whole;
  const records = isFresh ? found.filter((group) => group.kind !== "kept") : [];
  if (!text && sign === "") return isFresh ? beginning(recent) : beginning(recent).filter((group) => group.kind !== "incident");
  if (!text && sign === ">") return [here, ...known];
  if (sign === "#" || sign === "@") return sign === "#" && text ? [...records, searchLine(text)] : records;
  const local = [here, ...known].map((group) => fitting(group, text, recent)).filter((one) => one.worth > 0);
  local.sort((one, other) => other.worth - one.worth);
  const strong = local.filter((one) => one.worth >= STRONG).map((one) => one.group);
  const weak = local.filter((one) => one.worth < STRONG).map((one) => one.group);
  if (sign === ">") return strong.length ? strong : weak;
  return [...strong, ...records, ...(strong.length ? [] : weak), searchLine(text)];
}

function tell(): void {
  clearTimeout(telling);
  telling = window.setTimeout(() => {
    if (!said || !dialog?.open) return;
    said.textContent = shown.length ? ngettext("{count} result", "{count} results", shown.length) : gettext("Nothing found");
  }, 400);
}

function nothing(): HTMLElement {
  const { sign } = typed();
  const words =
    sign === "@"
      ? gettext("Type a name, to find people and teams.")
      : sign === "#"
        ? gettext("Type a number or words, to find incidents.")
        : gettext("Nothing here is called so. Try fewer letters.");
  return Object.assign(document.createElement("p"), { className: "palette-none muted", textContent: words });
}

function draw(): void {
  if (!list || !input) return;
  const before = isMoved ? shown[active]?.id : undefined;
  const { text } = typed();
  shown = [];
  const parts = groups().filter((group) => group.lines.length).map((group, at) => drawGroup(group, at, text));
  list.replaceChildren(...(parts.length ? parts : [nothing()]));
  const again = before === undefined ? -1 : shown.findIndex((line) => line.id === before);
  isMoved = again >= 0;
  activate(again >= 0 ? again : 0);
  if (!isMoved) list.scrollTop = 0;
  tell();
}

function drawGroup(group: Group, at: number, text: string): HTMLElement {
  const part = document.createElement("div");
  part.setAttribute("role", "group");
  part.setAttribute("aria-labelledby", `palette-group-${at}`);
  const heading = Object.assign(document.createElement("div"), { className: "palette-heading", id: `palette-group-${at}`, textContent: group.label });
  heading.setAttribute("role", "presentation");
  part.append(heading);
  for (const line of group.lines) {
    const element = line.element.cloneNode(true) as HTMLElement;
    element.id = `palette-option-${shown.length}`;
    element.dataset["at"] = String(shown.length);
    const label = element.querySelector<HTMLElement>(".palette-label");
    if (label && text && group.kind !== "search") label.replaceChildren(...marked(label.textContent ?? "", text));
    part.append(element);
    shown.push({ ...line, element });
  }
  return part;
}

function activate(index: number): void {
  active = shown.length ? Math.max(0, Math.min(index, shown.length - 1)) : -1;
  shown.forEach((line, at) => line.element.setAttribute("aria-selected", String(at === active)));
  const element = shown[active]?.element;
  if (!element) return input?.removeAttribute("aria-activedescendant");
  input?.setAttribute("aria-activedescendant", element.id);
  if (active === 0 && list) list.scrollTop = 0;
  else element.scrollIntoView({ block: "nearest" });
}

function choose(line: Line | undefined, inNewTab: boolean): void {
  if (!line) return;
  const { url, does } = line.element.dataset;
  keep(line.id);
  if (url && inNewTab) return void window.open(url, "_blank", "noopener");
  dialog?.close();
  if (line.act) line.act();
  else if (does) act(does);
  else if (url) location.assign(url);
}

async function ask(): Promise<void> {
  request?.abort();
  const { whole, sign } = typed();
  if (sign === ">" || !dialog) return arrived(whole, []);
  request = new AbortController();
  const address = new URL(dialog.dataset["answer"] ?? "", location.href);
  address.searchParams.set("q", whole);
  address.searchParams.set("at", location.pathname);
  if (!whole) address.searchParams.set("kept", kept().filter((id) => /^\w+:\d+$/.test(id)).join(","));
  try {
    const answer = await fetch(address, { signal: request.signal, headers: { "HX-Request": "true" } });
    arrived(whole, answer.ok && !answer.redirected ? groupsIn(fragment(await answer.text())) : []);
  } catch (error) {
    if ((error as Error).name !== "AbortError") arrived(whole, []); // without connection: what is known here
  }
}

function arrived(whole: string, groups: Group[]): void {
  if (typed().whole !== whole) return;
  found = groups;
  answered = whole;
  draw();
  if (isAwaited) {
    isAwaited = false;
    choose(shown[active], false);
  }
}

/** True when it is open now. */
export function openPalette(text = ""): boolean {
  if (!dialog || !input || dialog.open) return !!dialog?.open;
  here = scope() === document ? verbs() : { kind: "verbs", label: "", lines: [] };
  found = [];
  answered = "\0";
  isMoved = isAwaited = false;
  input.value = text;
  dialog.showModal();
  input.focus();
  draw();
  void places().then((groups) => {
    known = groups;
    if (dialog?.open) draw();
  });
  void ask();
  return true;
}

export function togglePalette(): boolean {
  if (dialog?.open) dialog.close();
  else return openPalette();
  return true;
}

function moved(to: number): void {
  isMoved = true;
  activate((to + shown.length) % Math.max(1, shown.length));
}

function onKey(event: KeyboardEvent): void {
  if (event.isComposing) return;
  const step: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: Math.min(active + 8, shown.length - 1), PageUp: Math.max(active - 8, 0) };
  const isEmpty = input?.value === "";
  if (event.key in step) moved(step[event.key]!);
  else if (event.key === "Home" && isEmpty) moved(0);
  else if (event.key === "End" && isEmpty) moved(shown.length - 1);
  else if (event.key === "Enter") {
    const isSure = isMoved || answered === typed().whole || score(typed().text, shown[active]?.label ?? "", shown[active]?.words) >= STRONG;
    if (isSure) choose(shown[active], event.ctrlKey || event.metaKey);
    else isAwaited = true;
  } else return;
  event.preventDefault();
}

if (dialog && input && list) {
  input.addEventListener("keydown", onKey);
  input.addEventListener("input", () => {
    isMoved = isAwaited = false;
    draw();
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT);
  });
  list.addEventListener("pointerdown", (event) => event.pointerType === "mouse" && event.preventDefault()); // keep the focus in the field
  const lineAt = (event: Event): Line | undefined =>
    shown[Number((event.target as Element).closest<HTMLElement>("[role=option]")?.dataset["at"] ?? -1)];
  list.addEventListener("click", (event) => choose(lineAt(event), event.ctrlKey || event.metaKey));
  list.addEventListener("auxclick", (event) => {
    if (event.button === 1) choose(lineAt(event), true);
  });
  list.addEventListener("pointermove", (event) => {
    const at = Number((event.target as Element).closest<HTMLElement>("[role=option]")?.dataset["at"] ?? -1);
    if (at < 0 || at === active || event.pointerType !== "mouse") return;
    isMoved = true;
    shown.forEach((line, index) => line.element.setAttribute("aria-selected", String(index === at)));
    active = at;
    input.setAttribute("aria-activedescendant", shown[at]!.element.id);
  });
  dialog.addEventListener("click", (event) => {
    const sign = (event.target as Element).closest<HTMLElement>("[data-sign]")?.dataset["sign"];
    if (event.target === event.currentTarget) dialog?.close(); // outside of it
    if (!sign) return;
    input.value = `${sign} `;
    input.focus();
    input.dispatchEvent(new Event("input"));
  });
  dialog.addEventListener("close", () => {
    request?.abort();
    clearTimeout(timer);
    if (said) said.textContent = "";
  });
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-opens-palette]")) openPalette();
  });
}
