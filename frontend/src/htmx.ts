// htmx with the settings of the house: nothing that needs eval, nothing from elsewhere, no pages kept on the device.
import htmx from "htmx.org";
import "idiomorph/htmx";
import { onLive } from "./live";
import { showToast } from "./toasts";
import { gettext } from "./words";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  attributesToSettle: ["class", "width", "height"], // not "style": the content policy forbids the attribute
  defaultSettleDelay: 0, // what is seen answers at once: no key is lost between an exchange and its set-up
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollBehavior: "instant",
  timeout: 30_000,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "409|422", swap: true, error: false }, // a form with its errors, or a conflict to settle
    { code: "[45]..", swap: false, error: true },
  ],
});

function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  const { detail } = event as CustomEvent<{ verb: string; headers: Record<string, string> }>;
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = csrfToken();
});

// A whole page must never land inside a part of another: after a redirect go where the server pointed;
// when that is the log-in page, load this page again so that the person comes back to it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event as CustomEvent<{
    xhr: XMLHttpRequest;
    target: Element;
    boosted?: boolean;
    shouldSwap: boolean;
    requestConfig: { path: string; boosted?: boolean };
  }>;
  const start = detail.xhr.responseText.slice(0, 400);
  if (!/^\s*<!doctype html/i.test(start) || detail.target === document.body) return;
  if (detail.xhr.status >= 400) {
    detail.shouldSwap = false;
    return;
  }
  detail.shouldSwap = false;
  if (/<html[^>]*\sdata-plain/i.test(start)) location.reload();
  else location.assign(detail.xhr.responseURL);
});

const banner = (): HTMLElement | null => document.getElementById("connection");
let lostAt = 0;
const sentAt = new WeakMap<XMLHttpRequest, number>();

function connectionLost(isLost: boolean): void {
  if (isLost) lostAt = performance.now();
  const element = banner();
  if (element) element.hidden = !isLost;
}
document.addEventListener("htmx:beforeSend", (event) => {
  sentAt.set((event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr, performance.now());
});

/** A late answer to what was sent before the connection was lost does not tell that it is back. */
function answered(event: Event): void {
  const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
  if ((sentAt.get(xhr) ?? 0) >= lostAt) connectionLost(false);
}

onLive("stream", ({ isOpen }) => connectionLost(!isOpen || !navigator.onLine));
document.addEventListener("htmx:sendError", () => connectionLost(true));
document.addEventListener("htmx:timeout", () => connectionLost(true));
document.addEventListener("htmx:afterOnLoad", answered);
window.addEventListener("offline", () => connectionLost(true));
window.addEventListener("online", () => connectionLost(false));

const reasons: Record<number, string> = {
  400: gettext("The request could not be read. Reload the page and try again."),
  403: gettext("You may not do this. Your rights may have changed: reload the page to see what you can do."),
  404: gettext("This is gone, or you may no longer see it. Reload the page."),
  413: gettext("This is too large to send."),
  429: gettext("Too many requests. Wait a minute and try again."),
  503: gettext("The system is busy or being upgraded. Try again in a minute; what you typed is kept."),
};

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
  const id = xhr.getResponseHeader("X-Request-ID");
  const text = reasons[xhr.status] ?? gettext("Something went wrong on our side. What you typed is kept; try again.");
  showToast(id && xhr.status >= 500 ? gettext("{text} Reference: {id}", { text, id }) : text, "error");
});

// The thin line at the top: the style sheet shows it only when a request takes longer than 150 ms.
let underWay = 0;
function count(change: number): void {
  underWay = Math.max(0, underWay + change);
  document.documentElement.toggleAttribute("data-loading", underWay > 0);
}
const isSilent = (event: Event): boolean => !!(event.target as Element | null)?.closest?.("[data-silent]");
document.addEventListener("htmx:beforeSend", (event) => {
  if (!isSilent(event)) count(1);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!isSilent(event)) count(-1);
});
