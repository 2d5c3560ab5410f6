"""A real browser on a real server on a real database."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from allclear.accounts.models import User
from allclear.kernel import generation
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
    quiet = Quiet(fresh)
    yield fresh
    if fresh.pages:
        quiet.wait(fresh.pages[0], at_most=2)  # the server still reads tables, and they cannot be emptied meanwhile
    fresh.close()
    serious = [text for text in complaints if "status of 4" not in text]  # a 422 with the form's errors is no fault
    assert not serious, serious


class Quiet:
    """Knows what the pages of a context still ask for, the stream apart."""

    def __init__(self, context: BrowserContext) -> None:
        self.under_way: set[Request] = set()
        context.on("request", self._begun)
        context.on("requestfinished", lambda request: self.under_way.discard(request))
        context.on("requestfailed", lambda request: self.under_way.discard(request))

    def _begun(self, request: Request) -> None:
        if request.resource_type != "eventsource":
            self.under_way.add(request)

    def wait(self, page: Page, at_most: float = PATIENCE / 1000) -> None:
        """Until everything is answered, and what came of it asks for nothing more; gives up after some seconds."""
        end = time.monotonic() + at_most
        for _ in range(2):
            page.wait_for_timeout(20)
            while self.under_way and time.monotonic() < end:
                page.wait_for_timeout(20)


@pytest.fixture(scope="session")
def lasting_program(django_db_setup: None) -> Iterator[Program]:
    """Started for the first test that needs it: that takes longer than most of them."""
    running = Program()
    yield running
    running.kill()


@pytest.fixture
def program(transactional_db: None, lasting_program: Program) -> Program:
    """The program itself, for what the simple server of the other tests has not: the stream, and being killed.

    It keeps nothing of the test before: what it has cached is out of date once the numbers of all topics have moved.
    """
    import_module(settings.ROOT_URLCONF)  # with everything that is cached anywhere
    for topic in generation.topics():
        generation.bump(topic)
    if lasting_program.process is None:
        lasting_program.start()
    return lasting_program


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def until(page: Page, is_so: Callable[[], object], what: str) -> None:
    """Wait for what no locator tells, while the page goes on."""
    end = time.monotonic() + PATIENCE / 1000
    while not is_so():
        assert time.monotonic() < end, f"waited in vain: {what}"
        page.wait_for_timeout(25)


def log_in(page: Page, email: str, at: str = "") -> None:
    """With a session, as after the log-in page; `at` is the program's address when the page knows none."""
    client = Client()
    client.force_login(User.objects.get(email=email))
    value = client.cookies["sessionid"].value
    cookies = [
        {"name": "sessionid", "value": value, "domain": host, "path": "/"} for host in ("127.0.0.1", "localhost")
    ]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]  # plain dictionaries of that shape
    page.goto(f"{at}/incidents/")


def log_in_by_hand(page: Page, email: str) -> None:
    """Through the log-in page, as a person does."""
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/**")
