import { showToast } from "../toasts";
import { gettext } from "../words";

// A button with data-copy="id" copies the value of that field.
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
  const field = document.getElementById(button?.dataset["copy"] ?? "");
  if (!button || !(field instanceof HTMLInputElement)) return;
  field.select();
  void navigator.clipboard.writeText(field.value).then(
    () => showToast(gettext("Copied.")),
    () => showToast(gettext("The browser did not allow copying: the text is selected, press Ctrl+C."), "warning"),
  );
});
