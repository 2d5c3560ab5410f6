// Notifications by the browser: chosen in the queue, asked for on a click only, told by the one tab that leads.
import { onLive, leads } from "../live";
import { onEach } from "../dom";
import { gettext } from "../words";

const CHOICE = "allclear-tell";
const TOLD = "allclear-told";
const WAIT = 800;

interface News {
  key: string;
  title: string;
  text: string;
  url: string;
}

const chosen = (): string[] => (localStorage.getItem(CHOICE) ?? "").split(",").filter(Boolean);
const mayTell = (): boolean => "Notification" in window && Notification.permission === "granted";
let waiting = new Set<string>();
let timer = 0;

/** True once for each piece of news, in all tabs of this browser. */
function isNew(key: string): boolean {
  const told = (localStorage.getItem(TOLD) ?? "").split(" ").filter(Boolean);
  if (told.includes(key)) return false;
  localStorage.setItem(TOLD, [...told.slice(-80), key].join(" "));
  return true;
}

async function ask(): Promise<void> {
  timer = 0;
  const numbers = [...waiting].slice(0, 50);
  waiting = new Set();
  const query = new URLSearchParams({ numbers: numbers.join(","), kinds: chosen().join(",") });
  try {
    const response = await fetch(`/incidents/live/news/?${query}`, { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) return;
    for (const piece of ((await response.json()) as { news: News[] }).news) {
      if (isNew(piece.key)) tell(piece);
    }
  } catch {
    // without a connection there is no news
  }
}

function tell(piece: News): void {
  if (document.visibilityState === "visible" && location.pathname === piece.url) return; // they are looking at it
  const note = new Notification(piece.title, { body: piece.text, tag: piece.url });
  note.addEventListener("click", () => {
    window.focus();
    location.assign(piece.url);
  });
}

onLive("changed", (changes) => {
  if (!leads() || !chosen().length || !mayTell()) return;
  Object.keys(changes).forEach((number) => waiting.add(number));
  timer ||= window.setTimeout(() => void ask(), WAIT);
});

function say(panel: HTMLElement): void {
  const note = panel.querySelector<HTMLElement>("[data-tell-note]");
  if (note && Notification.permission === "denied") {
    note.textContent = gettext("This browser blocks notifications of Allclear. Allow them in its settings for this page.");
  }
}

onEach<HTMLElement>("[data-tell]", (panel) => {
  if (!("Notification" in window)) return;
  panel.hidden = false;
  say(panel);
  for (const box of panel.querySelectorAll<HTMLInputElement>("[data-tell-kind]")) {
    const kind = box.dataset["tellKind"] ?? "";
    box.checked = mayTell() && chosen().includes(kind);
    box.addEventListener("change", async () => {
      if (box.checked && !mayTell() && (await Notification.requestPermission()) !== "granted") {
        box.checked = false;
        return say(panel);
      }
      const others = chosen().filter((one) => one !== kind);
      localStorage.setItem(CHOICE, (box.checked ? [...others, kind] : others).join(","));
    });
  }
});
