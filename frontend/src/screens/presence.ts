// Who else has this incident open, and who is typing. This tab says every 20 seconds that it is here.
import { deliver, onLive, type Person } from "../live";
import { gettext, interpolate } from "../words";

const EVERY = 20_000;
const PAUSE = 4_000; // without a key for so long, nobody types
const tab = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
const me = Number(document.querySelector<HTMLMetaElement>('meta[name="viewer"]')?.content ?? 0);

let number = "";
let state: "looking" | "typing" = "looking";
let lastKey = 0;

const place = (): HTMLElement | null => document.querySelector<HTMLElement>("#presence[data-url]");

function say(what: "looking" | "typing" | "gone"): void {
  const element = place();
  if (!element) return;
  const about = element.dataset["number"] ?? "";
  const body = new URLSearchParams({ tab, state: what });
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  void fetch(element.dataset["url"] ?? "", {
    method: "POST",
    body,
    headers: { "X-CSRFToken": token },
    keepalive: what === "gone",
  })
    .then(async (answer) => {
      if (answer.ok && what !== "gone") show(((await answer.json()) as { people: Person[] }).people);
      if (answer.status === 404) deliver("lost", [about]); // for those whom no stream tells
    })
    .catch(() => undefined); // offline: others see that we are gone, which is true
}

function initials(name: string): string {
  const parts = name.split(/\s+/).filter(Boolean);
  const last = parts.length > 1 ? (parts.at(-1)?.[0] ?? "") : (parts[0]?.[1] ?? "");
  return ((parts[0]?.[0] ?? "?") + last).toUpperCase();
}

function show(people: Person[]): void {
  const element = place();
  if (!element) return;
  const others = people.filter((person) => person.id !== me);
  element.hidden = others.length === 0;
  const words = others.map((person) =>
    interpolate(person.is_typing ? gettext("%(name)s is typing") : gettext("%(name)s is looking"), { name: person.name }),
  );
  const typing = others.filter((person) => person.is_typing).map((person) => person.name);
  element.replaceChildren(
    ...others.map((person, index) => {
      const avatar = document.createElement("span");
      avatar.className = "avatar";
      avatar.dataset["initials"] = initials(person.name);
      avatar.title = words[index] ?? "";
      avatar.toggleAttribute("data-typing", person.is_typing);
      avatar.ariaHidden = "true";
      return avatar;
    }),
  );
  const text = document.createElement("span");
  text.className = typing.length ? "presence-typing" : "visually-hidden";
  text.textContent = typing.length
    ? interpolate(gettext("%(name)s is typing"), { name: typing.join(", ") })
    : words.join(", ");
  element.append(text);
}

function arrive(): void {
  const element = place();
  const here = element?.dataset["number"] ?? "";
  if (here === number) return;
  number = here;
  if (number) say(state);
}

onLive("people", ({ incident, people }) => {
  if (incident === number) show(people);
});
document.addEventListener("input", (event) => {
  if (!place() || !(event.target as Element).closest("#incident textarea, dialog textarea")) return;
  lastKey = Date.now();
  if (state !== "typing") {
    state = "typing";
    say(state);
  }
});
window.setInterval(() => {
  if (state === "typing" && Date.now() - lastKey > PAUSE) {
    state = "looking";
    say(state);
  }
}, 1_000);
window.setInterval(() => {
  if (number && !document.hidden) say(state);
}, EVERY);
window.addEventListener("pagehide", () => say("gone"));
document.addEventListener("htmx:load", arrive);
arrive();
