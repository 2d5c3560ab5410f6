import { onEach } from "../dom";
import { showToast } from "../toasts";
import { gettext } from "../words";

// A button with data-copy="id" copies the value of that field, or the text of that element.
function marked(element: HTMLElement): string {
  if (element instanceof HTMLInputElement) {
    element.select();
    return element.value;
  }
  window.getSelection()?.selectAllChildren(element);
  return element.textContent ?? "";
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
  const source = document.getElementById(button?.dataset["copy"] ?? "");
  if (!button || !source) return;
  void navigator.clipboard.writeText(marked(source)).then(
    () => showToast(gettext("Copied.")),
    () => showToast(gettext("The browser did not allow copying: the text is selected, press Ctrl+C."), "warning"),
  );
});

// A page that answers a button says with data-focus="id id" where one goes on: at the first of these that is there.
onEach<HTMLElement>("[data-focus]", (page) => {
  const ids = (page.dataset["focus"] ?? "").split(" ");
  ids.map((id) => document.getElementById(id)).find((one) => one)?.focus();
});

// The answer to a form that must not be sent again by a reload says with data-reload where that leads instead.
onEach<HTMLElement>("[data-reload]", (page) => history.replaceState(history.state, "", page.dataset["reload"]));
