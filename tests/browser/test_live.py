"""Two people at one incident: changes appear by themselves, and nothing that somebody types is disturbed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from allclear.incidents.models import Incident
from allclear.testing import PASSWORD, logged, person, team
from tests.browser.conftest import log_in
from tests.browser.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def incident(program: Program) -> Incident:
    ines, omar = (
        person(name=name, password=PASSWORD, email=f"{name.split()[0].lower()}@x.example")
        for name in ("Ines B", "Omar C")
    )
    team(ines, omar, name="Network")
    return logged(ines, title="VPN drops every ten minutes")


@pytest.fixture
def pages(browser: Browser, program: Program, incident: Incident) -> Iterator[tuple[Page, Page]]:
    """The page of the incident in Ines' browser and in Omar's."""
    contexts = [browser.new_context(viewport={"width": 1360, "height": 900}) for _ in range(2)]
    ines, omar = (context.new_page() for context in contexts)
    for page, name in ((ines, "ines"), (omar, "omar")):
        log_in(page, f"{name}@x.example", at=program.url)
        page.goto(f"{program.url}/incidents/{incident.number}/")
    yield ines, omar
    for context in contexts:
        context.close()


def _note(page: Page, text: str) -> None:
    page.locator("#note-text").click()
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text(text)
    page.keyboard.press("Escape")


def test_it_shows_what_a_colleague_did_without_reload(pages: tuple[Page, Page]) -> None:
    ines, omar = pages
    ines.evaluate("window.stayed = true")
    omar.locator("label[data-key=i]").click()
    _note(omar, "The gateway restarts by itself")
    expect(ines.locator(".timeline")).to_contain_text("The gateway restarts by itself")
    assert ines.evaluate("window.stayed")


def test_it_waits_while_the_reader_writes_and_keeps_the_text(pages: tuple[Page, Page]) -> None:
    ines, omar = pages
    ines.locator("label[data-key=i]").click()
    ines.locator("#note-text").click()
    ines.keyboard.type("I am in the middle of")
    omar.locator("label[data-key=i]").click()
    _note(omar, "Found the cause")
    expect(ines.locator("#incident-news")).to_be_visible()
    expect(ines.locator(".timeline")).not_to_contain_text("Found the cause")
    ines.locator("#incident-news").click()
    expect(ines.locator(".timeline")).to_contain_text("Found the cause")
    expect(ines.locator("#note-text")).to_have_value("I am in the middle of")


def test_it_says_who_else_is_there_and_who_types(pages: tuple[Page, Page]) -> None:
    ines, omar = pages
    expect(ines.locator("#presence")).to_contain_text("Omar C is looking")
    omar.locator("label[data-key=i]").click()
    omar.locator("#note-text").click()
    omar.keyboard.type("hm")
    expect(ines.locator("#presence")).to_contain_text("Omar C is typing")
    omar.close()
    expect(ines.locator("#presence")).to_be_hidden()


def test_it_comes_back_after_the_server_was_killed(pages: tuple[Page, Page], program: Program) -> None:
    ines, omar = pages
    program.kill()
    expect(ines.locator("#connection")).to_be_visible()
    program.start()
    expect(ines.locator("#connection")).to_be_hidden()
    omar.reload()
    omar.locator("label[data-key=i]").click()
    _note(omar, "Still here")
    expect(ines.locator(".timeline")).to_contain_text("Still here")
