// What the actions of the palette do: with the buttons of the page where there are any.
import { toggleExactTimes } from "./exact";
import { showKeys } from "./key-help";
import { dialog } from "./palette-lines";
import { showToast } from "./toasts";
import { gettext } from "./words";

function click(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.click();
}

function letters(): void {
  click("#keys input[data-keys-choice]");
  const isOff = document.documentElement.dataset["keys"] === "off";
  showToast(isOff ? gettext("Single-letter keys are off on this device. Ctrl+K still works.") : gettext("Single-letter keys are on."));
}

async function copy(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    showToast(gettext("Copied."));
  } catch {
    showToast(gettext("The browser did not allow copying. Copy it from the address bar."), "warning");
  }
}

async function speak(language: string): Promise<void> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  const body = new URLSearchParams({ language });
  try {
    const answer = await fetch(dialog?.dataset["language"] ?? "", { method: "POST", body, headers: { "X-CSRFToken": token } });
    if (answer.ok && !answer.redirected) return location.reload();
  } catch {
    // said below
  }
  showToast(gettext("The language could not be changed. Try again."), "error");
}

export function act(does: string): void {
  const [what, which = ""] = does.split(":");
  if (what === "theme") click(`#user-menu input[data-theme-choice][value="${CSS.escape(which)}"]`);
  else if (what === "language") void speak(which);
  else if (what === "letters") letters();
  else if (what === "keys") showKeys();
  else if (what === "times") toggleExactTimes();
  else if (what === "copy") void copy();
  else if (what === "print") window.print();
  else if (what === "log-out") click("#user-menu form[data-forget-drafts] button");
}
