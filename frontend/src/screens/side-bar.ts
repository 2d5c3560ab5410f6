// The counts of the side bar: asked anew some time after something changed, and only while somebody can see them.
import { onLive } from "../live";

const LEAST = 10_000; // between two looks
let last = Date.now();
let timer = 0;
let isStale = false;

async function refresh(): Promise<void> {
  timer = 0;
  if (document.hidden || !document.querySelector(".sidebar .nav-count")) return;
  isStale = false;
  last = Date.now();
  try {
    const response = await fetch("/incidents/live/counts/", { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) return;
    for (const [key, text] of Object.entries((await response.json()) as Record<string, string>)) {
      const count = document.getElementById(`count-${key}`);
      if (count && count.textContent !== text) count.textContent = text;
    }
  } catch {
    isStale = true; // asked again with the next change
  }
}

function soon(): void {
  if (timer || document.hidden || !isStale) return;
  timer = window.setTimeout(() => void refresh(), Math.max(0, last + LEAST - Date.now()) + Math.random() * 1500);
}

function growOld(): void {
  isStale = true;
  soon();
}
onLive("changed", growOld);
onLive("lost", growOld);
document.addEventListener("visibilitychange", soon);

// Where counting takes long the page came without waiting for it.
if (document.querySelector(".sidebar[data-counts-old]")) void refresh();
