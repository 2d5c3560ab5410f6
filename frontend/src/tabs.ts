// On a narrow screen tabs scroll sideways: the one that somebody is at is brought into sight.
import { onEach } from "./dom";

onEach<HTMLElement>(".tabs > [aria-current]", (tab) => {
  const tabs = tab.parentElement;
  if (tabs) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
});
