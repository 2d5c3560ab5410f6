"""What hands do: press twice, press Esc, hold a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from allclear.incidents.models import Incident, PublicReply
from allclear.testing import PASSWORD, logged, person, team
from tests.browser.conftest import log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
THRICE = "b => { b.click(); setTimeout(() => b.click(), 10); setTimeout(() => b.click(), 25); }"


def test_it_logs_and_replies_once_however_often_the_button_is_pressed(live_server: object, page: Page) -> None:
    agent = person(password=PASSWORD)
    team(agent)
    log_in(page, agent.email or "")
    page.goto("/incidents/new/")
    page.locator("#id_title").fill("Printer jams")
    page.locator("#log-form").get_by_role("button", name="Log incident").evaluate(THRICE)
    page.get_by_role("link", name="Open the incident").click()
    page.wait_for_url(re.compile(r"/incidents/INC\d+/$"))
    page.get_by_placeholder(re.compile("what happens next")).fill("We are looking at it.")
    page.get_by_role("button", name="Send reply").evaluate(THRICE)
    expect(page.locator(".timeline")).to_contain_text("We are looking at it.")
    page.wait_for_load_state("networkidle")
    assert (Incident.objects.count(), PublicReply.objects.count()) == (1, 1)
    expect(page.get_by_text("needs your attention")).to_have_count(0)


def test_it_gives_the_focus_back_to_the_menu_that_the_verb_was_in(live_server: object, page: Page) -> None:
    agent = person(password=PASSWORD)
    row = logged(agent)
    log_in(page, agent.email or "")
    page.goto(f"/incidents/{row.number}/")
    page.locator("body").press(".")
    page.locator("[hx-get*='/do/split/']").click()
    expect(page.locator("#dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(page.locator("summary", has_text="More").first).to_be_focused()


def test_it_shows_no_keys_to_a_finger(live_server: LiveServer, browser: Browser) -> None:
    agent = person(password=PASSWORD)
    logged(agent)
    for size, is_shown in (({"width": 390, "height": 844}, False), ({"width": 1280, "height": 800}, True)):
        context = browser.new_context(base_url=live_server.url, viewport=size)  # type: ignore[arg-type]  # a ViewportSize
        page = context.new_page()
        log_in(page, agent.email or "")
        expect(page.locator(".page-note")).to_be_visible(visible=is_shown)
        page.evaluate("document.documentElement.dataset.keys = 'off'")
        expect(page.locator(".page-note")).not_to_be_visible()
        context.close()
