// Where drafts are kept: at once on this device, a moment later on the server, so that they survive anything.

export type Fields = Record<string, string | string[]>;
export interface Draft {
  fields: Fields;
  at: number;
  revision: number; // the server's; 0: not there yet
  isDirty: boolean; // newer than what the server has
  number?: string; // of the incident
  version?: number; // of the incident, as the writer saw it
}
interface Remote {
  key: string;
  fields: Fields;
  revision: number;
  updated_at: string;
}

const URL_AT = "/drafts/at/";
const PREFIX = "draft:";
const MAX_AGE = 14 * 86_400_000;
const WAIT = 1_000;
const token = (): string => document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
const isKnown = !!document.querySelector('meta[name="viewer"]'); // else there is nobody to keep it for

const keys = (): string[] => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));

export function read(key: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") as Draft | null;
    return draft?.fields && Date.now() - draft.at < MAX_AGE ? draft : null;
  } catch {
    return null;
  }
}

export const isEmpty = (fields: Fields): boolean => Object.values(fields).every((value) => !String(value).trim());
export const isSame = (one: Fields, other: Fields): boolean =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].every(
    (name) => JSON.stringify(one[name] ?? "") === JSON.stringify(other[name] ?? ""),
  );

function write(key: string, draft: Draft): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // a full or forbidden store: the server's copy follows, and the text still stands in the field
  }
}

const timers = new Map<string, number>();
const onTheirWay = new Set<string>(); // in a form that is being sent: the server forgets them, and must not hear of them after that
window.addEventListener("pageshow", () => onTheirWay.clear());

/** Keep it here only, until the next page tells whether the form went through. */
export const hold = (key: string): unknown => onTheirWay.add(key);

/** Keep it here now, and on the server when the writer pauses. */
export function save(key: string, fields: Fields, about: Pick<Draft, "number" | "version">): void {
  const old = read(key);
  if (isEmpty(fields) && !old) return;
  write(key, { ...about, fields, at: Date.now(), revision: old?.revision ?? 0, isDirty: true });
  clearTimeout(timers.get(key));
  timers.set(key, window.setTimeout(() => void send(key), WAIT));
}

/** Bring it to the server. `keepalive`: the page is going away. */
export async function send(key: string, keepalive = false): Promise<void> {
  const draft = read(key);
  if (!draft?.isDirty || !isKnown || onTheirWay.has(key)) return;
  if (isEmpty(draft.fields)) return void drop(key);
  try {
    const answer = await fetch(URL_AT, {
      method: "POST",
      keepalive,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({ key, fields: draft.fields, number: draft.number, seen_version: draft.version, revision: draft.revision }),
    });
    const now = read(key);
    if (!now) return;
    if (answer.ok && !answer.redirected) {
      const { revision } = (await answer.json()) as { revision: number };
      write(key, { ...now, revision, isDirty: now.at !== draft.at });
    } else if (answer.status === 409) {
      // another device wrote here too: this one goes on, the other text is offered by the page when it is opened again
      const { draft: other } = (await answer.json()) as { draft: Remote };
      write(key, { ...now, revision: other.revision });
      document.dispatchEvent(new CustomEvent("allclear:other-draft", { detail: { key, fields: other.fields, at: Date.parse(other.updated_at) } }));
      await send(key);
    }
  } catch {
    // no connection: it is kept here and goes when there is one
  }
}

/** Forget it everywhere: it was sent, or is not wanted. */
export function drop(key: string): void {
  clearTimeout(timers.get(key));
  const was = read(key);
  localStorage.removeItem(PREFIX + key);
  if (was?.revision && isKnown) {
    const headers = { "X-CSRFToken": token() };
    fetch(`${URL_AT}?key=${encodeURIComponent(key)}`, { method: "DELETE", headers, keepalive: true }).catch(() => undefined);
  }
}

/** It went through: the server has forgotten it already. */
export function forget(key: string): void {
  clearTimeout(timers.get(key));
  localStorage.removeItem(PREFIX + key);
}

/** Log-out on a shared device leaves no text behind; the server keeps it for its writer. */
export function forgetAllHere(): void {
  for (const name of keys()) localStorage.removeItem(name);
}

/** What the server keeps under these keys, as far as it is newer than what is here. */
export async function fetchNewer(wanted: string[]): Promise<Map<string, Draft>> {
  const found = new Map<string, Draft>();
  if (!wanted.length || !isKnown) return found;
  try {
    const answer = await fetch(`${URL_AT}?${wanted.map((key) => `key=${encodeURIComponent(key)}`).join("&")}`);
    if (!answer.ok || answer.redirected) return found;
    const { drafts } = (await answer.json()) as { drafts: Remote[] };
    for (const { key, fields, revision, updated_at } of drafts) {
      const local = read(key);
      const draft: Draft = { fields, at: Date.parse(updated_at), revision, isDirty: false };
      if (local && (local.isDirty || local.revision >= revision)) continue;
      write(key, draft);
      found.set(key, draft);
    }
  } catch {
    // no connection: what is here has to do
  }
  return found;
}

export const sendAll = (keepalive = false): void => keys().forEach((name) => void send(name.slice(PREFIX.length), keepalive));

window.addEventListener("online", () => sendAll());
window.addEventListener("pagehide", () => sendAll(true));
document.addEventListener("allclear:stream", (event) => {
  if ((event as CustomEvent<{ isOpen: boolean }>).detail.isOpen) sendAll();
});
