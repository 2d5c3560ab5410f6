// G, then a letter: the pages that are visited all day. While the letter is awaited, a panel shows what there is.
import { letters, places } from "./palette-lines";
import { gettext } from "./words";

const PATIENCE = 6_000;

let panel: HTMLElement | null = null;
let timer = 0;

export const isGoing = (): boolean => panel !== null;

export function closeGo(): void {
  clearTimeout(timer);
  panel?.remove();
  panel = null;
}

async function fill(): Promise<void> {
  const groups = await places();
  if (!panel) return;
  for (const { element, label } of groups.flatMap((group) => group.lines)) {
    const letter = element.dataset["keys"]?.split(" ")[1];
    if (!letter) continue;
    const line = document.createElement("div");
    line.append(Object.assign(document.createElement("kbd"), { textContent: letter }), label);
    panel.append(line);
  }
}

export function startGo(): boolean {
  if (!Object.keys(letters()).length) return false;
  closeGo();
  panel = Object.assign(document.createElement("div"), { className: "go-panel", ariaHidden: "true" });
  panel.append(Object.assign(document.createElement("b"), { textContent: gettext("Go to") }));
  document.body.append(panel);
  timer = window.setTimeout(closeGo, PATIENCE);
  void fill();
  return true;
}

/** The letter after G. True when it was for us, also when it goes nowhere. */
export function going(key: string): boolean {
  closeGo();
  if (key.length !== 1) return key === "Escape";
  const address = letters()[key.toLowerCase()];
  if (address) location.assign(address);
  return true;
}

document.addEventListener("click", closeGo);
window.addEventListener("blur", closeGo);
