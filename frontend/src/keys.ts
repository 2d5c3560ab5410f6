// Keys: data-key="r" clicks its element; G and a letter goes to a page; Ctrl+K opens the commands, also from a text.
// Letters never fire while somebody types, in a dialog, with a modifier, in a control that takes letters itself, or
// when the person switched them off. No role=application anywhere: what a screen reader does with letters comes first.
import { isTyping } from "./dom";
import { closeGo, isGoing, going, startGo } from "./go";
import { showKeys } from "./key-help";
import { openPalette, togglePalette } from "./palette";
import { move, selectRange, toggleRow } from "./rows";
import { isMac, isOn, press, scope } from "./verbs";

const keysOn = (): boolean => document.documentElement.dataset["keys"] !== "off";

// What uses letters itself, or what a screen reader steps into.
const OWN_LETTERS =
  "[role=listbox], [role=combobox], [role=menu], [role=menubar], [role=tree], [role=grid], [role=slider], " +
  "[role=spinbutton], [role=textbox], [role=searchbox], [role=application], [popover]:popover-open";

function isElsewhere(target: EventTarget | null): boolean {
  return isTyping(target) || (target instanceof Element && !!target.closest(OWN_LETTERS));
}

/** "r", "Shift+x", "Ctrl+Enter". Signs such as ? are what they are, with whatever key they are typed. */
function nameOf(event: KeyboardEvent): string {
  const isLetter = /^\p{L}$/u.test(event.key);
  const parts = [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", event.shiftKey && isLetter ? "Shift" : ""];
  return [...parts.filter(Boolean), event.key.length === 1 ? (behindAlt(event) ?? event.key.toLowerCase()) : event.key].join("+");
}

/** On a Mac Alt makes other signs of letters and digits; the key itself is meant. */
function behindAlt(event: KeyboardEvent): string | undefined {
  return isMac && event.altKey ? /^(?:Key|Digit)(.)$/.exec(event.code)?.[1]?.toLowerCase() : undefined;
}

const norm = (key: string): string => (key.length === 1 ? key.toLowerCase() : key);

function bearer(name: string, target: EventTarget | null): HTMLElement | null {
  const all = [...scope().querySelectorAll<HTMLElement>("[data-key]")].filter(
    (element) => norm(element.dataset["key"] ?? "") === name && isOn(element),
  );
  if (!name.includes("+")) return all[0] ?? null;
  const form = target instanceof Element ? target.closest("form") : null;
  return all.find((element) => form?.contains(element)) ?? (form ? null : (all[0] ?? null));
}

const fixed: Record<string, () => boolean> = {
  j: () => move(1),
  k: () => move(-1),
  x: toggleRow,
  "Shift+x": selectRange,
  g: startGo,
  "?": () => (showKeys(), true),
  ">": () => openPalette(">"),
  "/": () => {
    const search = document.querySelector<HTMLInputElement>("[data-search]");
    search?.focus();
    search?.select();
    return !!search;
  },
};

/** Ctrl+K deletes to the end of the line on a Mac; there it is Cmd+K. */
const isPaletteKey = (event: KeyboardEvent): boolean =>
  event.key.toLowerCase() === "k" && !event.altKey && !event.shiftKey && (isMac ? event.metaKey : event.ctrlKey);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  if (isPaletteKey(event)) {
    if (!event.repeat && togglePalette()) event.preventDefault();
    return;
  }
  if (event.repeat && !["j", "k"].includes(event.key)) return;
  const name = nameOf(event);
  const isChord = name.startsWith("Ctrl+") || name.startsWith("Alt+");
  if (isGoing()) {
    if (!isChord && going(event.key)) return event.preventDefault();
    closeGo();
  }
  if (!isChord && (isElsewhere(event.target) || !keysOn() || scope() !== document)) return;
  const element = bearer(name, event.target);
  if (element) {
    event.preventDefault();
    press(element);
  } else if (!isChord && fixed[name]?.()) event.preventDefault();
});
