// "Switch on push in this browser": ask for leave, register the worker, subscribe, and tell the server.
import { onEach } from "../dom";
import { gettext } from "../words";

const WORKER = "/sw.js";
const SHELF = "allclear-push"; // the worker reads it when the browser replaces the subscription

/** A key in base64url as the bytes that browsers want. */
function bytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

async function subscribe(key: string): Promise<PushSubscription> {
  const registration = await navigator.serviceWorker.register(WORKER);
  await navigator.serviceWorker.ready;
  const old = await registration.pushManager.getSubscription();
  const isOurs = old && same(old.options.applicationServerKey, bytes(key));
  if (old && isOurs) return old;
  await old?.unsubscribe(); // another key: the server was set up anew
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

function same(one: ArrayBuffer | null, other: Uint8Array): boolean {
  const first = new Uint8Array(one ?? new ArrayBuffer(0));
  return first.length === other.length && first.every((byte, place) => byte === other[place]);
}

async function tell(url: string, subscription: PushSubscription): Promise<string> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(subscription),
  });
  if (response.ok) return "";
  return ((await response.json()) as { message?: string }).message ?? gettext("This did not work. Try again.");
}

async function note(subscription: PushSubscription, key: string): Promise<void> {
  const shelf = await caches.open(SHELF);
  await shelf.put("/subscription", new Response(JSON.stringify({ subscription, key })));
}

async function switchOn(card: HTMLElement, say: (text: string) => void): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") {
    say(gettext("The browser does not allow notifications. Allow them for this address in its settings, then try again."));
    return;
  }
  try {
    const key = card.dataset["pushKey"] ?? "";
    const subscription = await subscribe(key);
    await note(subscription, key);
    const problem = await tell(card.dataset["pushUrl"] ?? "", subscription);
    if (problem) say(problem);
    else location.reload();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(gettext("The browser could not subscribe: {reason}", { reason }));
  }
}

async function isOn(): Promise<boolean> {
  if (Notification.permission !== "granted") return false;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return Boolean(await registration?.pushManager.getSubscription());
}

onEach<HTMLElement>("[data-push]", (card) => {
  const button = card.querySelector<HTMLButtonElement>("[data-push-on]");
  const said = card.querySelector<HTMLElement>("[data-push-said]");
  if (!button || !said) return;
  const say = (text: string): void => void (said.textContent = text);
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    say(gettext("This browser cannot be pushed to, or the address is not one with TLS."));
    return;
  }
  button.disabled = false;
  void isOn().then((on) => {
    if (on) say(gettext("This browser is subscribed. If it is not in the list, switch it on again."));
  });
  button.addEventListener("click", () => {
    button.disabled = true;
    void switchOn(card, say).finally(() => void (button.disabled = false));
  });
});
