// Shows pages and notices while no tab is open, and acknowledges a page from its notification. It keeps nothing and
// answers no request of the pages: they work without it.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Links name the address that people use; the worker may only ask the one that it came from.
const here = (address) => {
  const { pathname, search, hash } = new URL(address || "/", self.location.origin);
  return new URL(pathname + search + hash, self.location.origin).href;
};

const ICON = "/static/icon-192.png";

function show(title, options) {
  return self.registration.showNotification(title, { icon: ICON, badge: ICON, ...options });
}

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    told = { title: "Allclear" }; // browsers insist that something is shown
  }
  const words = told.words || {};
  const actions = [];
  if (told.ack) actions.push({ action: "ack", title: words.acknowledge || "Acknowledge" });
  if (told.url) actions.push({ action: "open", title: words.open || "Open" });
  event.waitUntil(
    show(told.title || "Allclear", {
      body: told.body || "",
      tag: told.tag || told.key || "",
      renotify: Boolean(told.tag || told.key),
      requireInteraction: Boolean(told.page),
      lang: told.language || "",
      data: { title: told.title, tag: told.tag || told.key || "", url: told.url, ack: told.ack, words },
      actions,
    }),
  );
});

async function acknowledge({ title, tag, url, ack, words }) {
  let text = "";
  try {
    const answer = await fetch(here(ack), {
      method: "POST",
      headers: { Accept: "application/json" },
      credentials: "omit",
    });
    if (answer.ok) text = (await answer.json()).text;
  } catch {
    // no connection: said below
  }
  if (text) return show(title, { body: text, tag, data: { url, words } });
  const failed = words.failed || "This could not be acknowledged. Try again, or open it.";
  const actions = [
    { action: "ack", title: words.acknowledge || "Acknowledge" },
    { action: "open", title: words.open || "Open" },
  ];
  return show(title, {
    body: failed,
    tag,
    renotify: true,
    requireInteraction: true,
    data: { title, tag, url, ack, words },
    actions,
  });
}

async function open(url) {
  const wanted = here(url);
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = open.find((client) => client.url === wanted);
  return same ? same.focus() : self.clients.openWindow(wanted);
}

self.addEventListener("notificationclick", (event) => {
  const data = event.notification.data || {};
  event.notification.close();
  const isAck = event.action === "ack" && data.ack;
  event.waitUntil(isAck ? acknowledge({ title: event.notification.title, ...data }) : open(data.url));
});
