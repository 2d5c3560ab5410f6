"""A real browser on a real server on a real database."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from allclear.testing import PASSWORD
from tests.browser.program import Program

# Playwright runs a loop in this thread; Django must not mistake the tests for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
PATIENCE = 30_000  # milliseconds: machines that run tests are busy
expect.set_options(timeout=PATIENCE)

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A fresh profile; anything that the page logs as an error fails the test, breaches of the CSP among them."""
    fresh = browser.new_context(base_url=live_server.url, viewport={"width": 1360, "height": 900})
    fresh.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    fresh.on("weberror", lambda error: complaints.append(str(error.error)))
    fresh.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    under_way: set[Request] = set()
    fresh.on("request", lambda request: under_way.add(request) if request.resource_type != "eventsource" else None)
    fresh.on("requestfinished", lambda request: under_way.discard(request))
    fresh.on("requestfailed", lambda request: under_way.discard(request))
    yield fresh
    _let_end(fresh, under_way)
    fresh.close()
    serious = [text for text in complaints if "status of 4" not in text]  # a 422 with the form's errors is no fault
    assert not serious, serious


def _let_end(context: BrowserContext, under_way: set[Request]) -> None:
    """The server still reads tables for what is under way, and they cannot be emptied meanwhile."""
    end = time.monotonic() + 2
    while under_way and context.pages and time.monotonic() < end:
        context.pages[0].wait_for_timeout(25)


@pytest.fixture
def program(transactional_db: None) -> Iterator[Program]:
    """The program itself, for what the simple server of the other tests has not: the stream, and being killed."""
    running = Program()
    running.start()
    yield running
    running.kill()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def log_in(page: Page, email: str, at: str = "") -> None:
    """Through the log-in page, as a person does; `at` is the program's address when the page knows none."""
    page.goto(f"{at}/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/**")
