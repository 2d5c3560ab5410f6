// What changes anywhere arrives here. One tab of this browser holds the stream and passes everything on to the others:
// browsers allow only a few connections to one host. Screens listen for `allclear:changed`, `allclear:lost`,
// `allclear:paging`, `allclear:alerts`, `allclear:people`, `allclear:behind` and `allclear:stream` on the document.

export interface LiveEvents {
  changed: Record<string, number>; // number of the incident -> its version
  lost: string[]; // numbers of incidents that this person could see and no longer can
  paging: string[]; // numbers of incidents whose paging stands otherwise, at the same version
  alerts: Record<string, never>; // some have changed
  people: { incident: string; people: Person[] };
  behind: Record<string, never>; // too much was missed: load anew
  stream: { isOpen: boolean };
  signed_out: Record<string, never>;
}
export interface Person {
  id: number;
  name: string;
  is_typing: boolean;
}

const viewer = document.querySelector<HTMLMetaElement>('meta[name="viewer"]')?.content ?? "";
const name = `allclear-live-${viewer}`;

/** Tell the screens of this tab. */
export function deliver<K extends keyof LiveEvents>(kind: K, data: LiveEvents[K]): void {
  document.dispatchEvent(new CustomEvent(`allclear:${kind}`, { detail: data }));
}

/** Listen for one kind of news. */
export function onLive<K extends keyof LiveEvents>(kind: K, act: (data: LiveEvents[K]) => void): void {
  document.addEventListener(`allclear:${kind}`, (event) => act((event as CustomEvent<LiveEvents[K]>).detail));
}

let isLeading = false;
/** Whether this tab holds the stream: what one tab is enough for (a notification) is done by it. */
export const leads = (): boolean => isLeading;

function lead(tell: <K extends keyof LiveEvents>(kind: K, data: LiveEvents[K]) => void): void {
  isLeading = true;
  const stream = new EventSource("/live");
  let silence = 0;
  stream.addEventListener("open", () => {
    clearTimeout(silence);
    silence = 0;
    tell("stream", { isOpen: true });
  });
  stream.addEventListener("error", () => {
    // it tries again by itself; a short gap is nobody's concern
    silence ||= window.setTimeout(() => tell("stream", { isOpen: false }), 4_000);
  });
  for (const kind of ["changed", "lost", "paging", "alerts", "people", "behind", "signed_out"] as const) {
    stream.addEventListener(kind, (event) => {
      tell(kind, JSON.parse((event as MessageEvent<string>).data) as LiveEvents[typeof kind]);
      if (kind === "signed_out") stream.close();
    });
  }
}

if (viewer && "EventSource" in window) {
  const others = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
  others?.addEventListener("message", (event: MessageEvent<{ kind: keyof LiveEvents; data: never }>) =>
    deliver(event.data.kind, event.data.data),
  );
  const tell = <K extends keyof LiveEvents>(kind: K, data: LiveEvents[K]): void => {
    deliver(kind, data);
    others?.postMessage({ kind, data });
  };
  if (others && "locks" in navigator) {
    // The lock is held until this tab closes; then the next one leads.
    void navigator.locks.request(name, () => {
      lead(tell);
      return new Promise<never>(() => undefined);
    });
  } else {
    lead(tell);
  }
}
