// Theme and single-letter keys are choices of the person on this device: a cookie, which the server renders on <html>.
import { onEach, setCookie } from "./dom";

onEach<HTMLInputElement>("input[data-theme-choice]", (choice) => {
  choice.checked = choice.value === (document.documentElement.dataset["theme"] ?? "system");
  choice.addEventListener("change", () => {
    document.documentElement.dataset["theme"] = choice.value;
    setCookie("theme", choice.value);
  });
});

onEach<HTMLInputElement>("input[data-keys-choice]", (choice) => {
  choice.checked = document.documentElement.dataset["keys"] !== "off";
  choice.addEventListener("change", () => {
    document.documentElement.dataset["keys"] = choice.checked ? "on" : "off";
    setCookie("keys", choice.checked ? "on" : "off");
    for (const same of document.querySelectorAll<HTMLInputElement>("input[data-keys-choice]")) same.checked = choice.checked;
  });
});
