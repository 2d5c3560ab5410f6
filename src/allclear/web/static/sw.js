// Shows pages and notices while no tab is open, and acknowledges a page from its notification. It answers no request of
// the pages: they work without it. What could not be sent is kept until there is a connection.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Links name the address that people use; the worker may only ask the one that it came from.
const here = (address) => {
  const { pathname, search, hash } = new URL(address || "/", self.location.origin);
  return new URL(pathname + search + hash, self.location.origin).href;
};

const ICON = "/static/icon-192.png";
const LATER = "/kept/"; // what waits for a connection, on the shelf
const SHELF = "allclear-push"; // frontend/src/screens/push.ts puts the subscription there
const SUBSCRIPTION = "/subscription";

// The notification

function show(title, options) {
  return self.registration.showNotification(title, { icon: ICON, badge: ICON, ...options });
}

function verbs({ ack, url, words }) {
  const found = [];
  if (ack) found.push({ action: "ack", title: words.acknowledge || "Acknowledge" });
  if (url) found.push({ action: "open", title: words.open || "Open" });
  return found;
}

/** Says what became of it where the page stood. Without `isOver` it stays, and can be tried again. */
function tell(page, text, { isOver }) {
  const { title, tag, url, words } = page;
  if (isOver) return show(title, { body: text, tag, data: { title, tag, url, words }, actions: verbs({ url, words }) });
  const again = { renotify: Boolean(tag), requireInteraction: true, actions: verbs(page) };
  return show(title, { body: text, tag, data: page, ...again });
}

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    told = { title: "Allclear" }; // browsers insist that something is shown
  }
  const tag = told.tag || told.key || "";
  const { key, url, ack, title = "Allclear", words = {} } = told;
  const page = { title, tag, key, url, ack, words };
  const shown = show(page.title, {
    body: told.body || "",
    tag,
    renotify: Boolean(tag),
    requireInteraction: Boolean(told.page),
    lang: told.language || "",
    data: page,
    actions: verbs(page),
  });
  event.waitUntil(Promise.all([shown.then(() => report("delivered", page)), sendKept().catch(() => {})]));
});

self.addEventListener("notificationclick", (event) => {
  const page = { words: {}, ...event.notification.data };
  event.notification.close();
  const isAck = event.action === "ack" && page.ack;
  event.waitUntil(isAck ? acknowledge(page) : Promise.all([open(page.url), report("opened", page)]));
});

async function open(url) {
  const wanted = here(url);
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = open.find((client) => client.url === wanted);
  return same ? same.focus() : self.clients.openWindow(wanted);
}

/** Evidence for those who ask later whether a page arrived; one that is lost changes nothing. */
async function report(what, { ack, key }) {
  if (!ack) return;
  const body = new URLSearchParams({ what, key });
  await fetch(`${here(ack)}evidence/`, { method: "POST", body, credentials: "omit" }).catch(() => {});
}

// Acknowledging

/** What the server says: `text` for people, `isOver` when there is nothing left to try. Null when nobody answers. */
async function answerTo(ack) {
  let answer;
  try {
    answer = await fetch(here(ack), { method: "POST", headers: { Accept: "application/json" }, credentials: "omit" });
  } catch {
    return null;
  }
  const { text = "" } = await answer.json().catch(() => ({}));
  return { text, isOver: Boolean(text) && answer.status < 500 };
}

const FAILED = "This could not be acknowledged. Try again, or open it.";

async function acknowledge(page) {
  const { words } = page;
  const answer = await answerTo(page.ack);
  if (answer?.isOver) {
    await (await caches.open(SHELF)).delete(place(page.ack)); // kept when there was no connection
    return tell(page, answer.text, { isOver: true });
  }
  if (answer) return tell(page, words.failed || FAILED, { isOver: false });
  const goesOut = await keep(page.ack, { page });
  const text = goesOut ? words.kept : words.offline;
  return tell(page, text || words.failed || FAILED, { isOver: false });
}

// What waits for a connection

const place = (name) => LATER + encodeURIComponent(name);

/** Keeps it for later; gives whether the browser says when there is a connection. Else it goes with the next push. */
async function keep(name, what) {
  const shelf = await caches.open(SHELF);
  await shelf.put(place(name), new Response(JSON.stringify(what)));
  try {
    await self.registration.sync.register("kept");
    return true;
  } catch {
    return false;
  }
}

self.addEventListener("sync", (event) => event.waitUntil(sendKept({ isLast: event.lastChance })));

/** Sends what waits. Rejects while there is still no connection, so that the browser calls again. */
async function sendKept({ isLast = false } = {}) {
  const shelf = await caches.open(SHELF);
  let waiting = 0;
  for (const request of await shelf.keys()) {
    if (!new URL(request.url).pathname.startsWith(LATER)) continue;
    const { page, renewal } = await (await shelf.match(request)).json();
    const isDone = renewal ? await sendRenewal(renewal) : await sendAcknowledgement(page, isLast);
    if (isDone) await shelf.delete(request);
    else waiting += 1;
  }
  if (waiting && !isLast) throw new Error(`${waiting} wait for a connection`);
}

async function sendAcknowledgement(page, isLast) {
  const answer = await answerTo(page.ack);
  if (answer?.isOver) await tell(page, answer.text, { isOver: true });
  else if (answer || isLast) await tell(page, page.words.failed || FAILED, { isOver: false });
  return Boolean(answer) || isLast;
}

// The subscription

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

/** The browser has given its subscription up: the new one takes the place of the old one on the server too. */
async function renew({ oldSubscription, newSubscription }) {
  const shelf = await caches.open(SHELF);
  const noted = await (await shelf.match(SUBSCRIPTION))?.json(); // browsers need not say what the old one was
  const old = oldSubscription?.toJSON() ?? noted?.subscription;
  const applicationServerKey = oldSubscription?.options?.applicationServerKey ?? noted?.key;
  const fresh =
    newSubscription ?? (await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }));
  if (!old) return;
  const renewal = { old, new: fresh.toJSON() };
  await shelf.put(SUBSCRIPTION, new Response(JSON.stringify({ subscription: renewal.new, key: noted?.key })));
  if (!(await sendRenewal(renewal))) await keep("renewal", { renewal });
}

/** Whether the server has taken it, or will never: one that it does not know is switched on by hand. */
async function sendRenewal(renewal) {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(renewal);
  try {
    const answer = await fetch("/profile/told/push/renewed/", { method: "POST", headers, body, credentials: "omit" });
    return answer.status < 500;
  } catch {
    return false;
  }
}
