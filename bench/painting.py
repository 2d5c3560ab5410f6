"""What a real browser sees: when the first contents are painted, and how many bytes come over the line."""

from __future__ import annotations

import shutil
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench.stand import Web

TIMES = 5
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_QUIET += ["--disable-component-update", "--disable-sync"]
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_ANSWERED = "() => performance.getEntriesByType('navigation')[0].responseEnd"


def measure(web: Web, session: str, pages: dict[str, str]) -> dict[str, Any]:
    """For each page: ms to the first paint with an empty cache and with a full one, and kB of both visits."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        return {"skipped": "No Chromium was found; `scripts/chromium` brings one."}
    address = f"http://127.0.0.1:{web.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        _context(browser, address, session).new_page().goto(address)  # the browser itself warms up
        found = {name: _measure(browser, address, session, path) for name, path in pages.items()}
        browser.close()
    return found


def _measure(browser: Browser, address: str, session: str, path: str) -> dict[str, Any]:
    cold, warm, first, later, answered = [], [], [], [], []
    for _ in range(TIMES):
        context = _context(browser, address, session)
        painted, weight, _ = _visit(context, address + path)
        cold.append(painted)
        first.append(weight)
        painted, weight, end = _visit(context, address + path)
        warm.append(painted)
        later.append(weight)
        answered.append(end)
        context.close()
    return {
        "first_paint_ms": round(median(cold)),
        "again_paint_ms": round(median(warm)),
        "answered_ms": round(median(answered)),
        "first_kb": round(median(first) / 1000, 1),
        "again_kb": round(median(later) / 1000, 1),
    }


def _context(browser: Browser, address: str, session: str) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    return context


def _visit(context: BrowserContext, url: str) -> tuple[float, float, float]:
    """Ms to the first paint, bytes over the line (heads and compressed bodies), ms until the page was there."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(url, wait_until="load")
    page.wait_for_function(_PAINTED)
    page.wait_for_timeout(500)  # what scripts ask for after the first paint
    painted, answered = page.evaluate(_PAINTED), page.evaluate(_ANSWERED)
    page.close()
    return float(painted), sum(sizes), float(answered)
