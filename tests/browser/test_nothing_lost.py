"""What somebody typed survives: the death of the server, another device, a lost connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from allclear.incidents.models import Draft, Incident, InternalNote
from allclear.testing import PASSWORD, logged, person
from tests.browser.conftest import log_in
from tests.browser.program import Program
from tests.browser.waiting import until_kept

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def incident(program: Program) -> Incident:
    return logged(person(name="Ines B", password=PASSWORD, email="ines@x.example"), title="VPN drops")


@pytest.fixture
def devices(browser: Browser) -> Iterator[list[BrowserContext]]:
    contexts = [browser.new_context(viewport={"width": 1360, "height": 900}) for _ in range(2)]
    yield contexts
    for context in contexts:
        context.close()


def test_it_keeps_a_draft_through_the_death_of_the_server_and_on_another_device(
    program: Program, incident: Incident, devices: list[BrowserContext]
) -> None:
    desk, phone = (device.new_page() for device in devices)
    address = f"{program.url}/incidents/{incident.number}/"
    log_in(desk, "ines@x.example", at=program.url)
    desk.goto(address)
    desk.locator("label[data-key=i]").click()
    desk.locator("#note-text").click()
    desk.keyboard.type("The gateway restarts")
    until_kept(desk, "The gateway restarts")
    assert Draft.objects.get().fields == {"body": "The gateway restarts"}

    program.kill()
    desk.keyboard.type(" every ten minutes")
    desk.wait_for_function("() => Object.values(localStorage).some((draft) => draft.includes('every ten minutes'))")
    program.start()
    desk.goto(address)
    expect(desk.locator("#note-text")).to_have_value("The gateway restarts every ten minutes")

    log_in(phone, "ines@x.example", at=program.url)
    phone.goto(f"{program.url}/drafts/")
    expect(phone.locator(".draft-row")).to_contain_text("The gateway restarts")
    phone.locator(".draft-row a").click()
    phone.locator("label[data-key=i]").click()
    expect(phone.locator("#note-text")).to_have_value("The gateway restarts every ten minutes")
    phone.locator("#note-text").press("Control+Enter")
    expect(phone.locator(".timeline")).to_contain_text("every ten minutes")
    assert not Draft.objects.exists()


def test_it_sends_later_what_met_no_connection_and_only_once(
    program: Program, incident: Incident, devices: list[BrowserContext]
) -> None:
    page = devices[0].new_page()
    log_in(page, "ines@x.example", at=program.url)
    page.goto(f"{program.url}/incidents/{incident.number}/")
    page.locator("label[data-key=i]").click()
    devices[0].set_offline(True)
    page.locator("#note-text").fill("Written in the lift")
    page.locator("#note-text").press("Control+Enter")
    expect(page.locator("#outbox")).to_contain_text("Written in the lift")
    expect(page.locator("#connection")).to_be_visible()
    devices[0].set_offline(False)
    expect(page.locator(".timeline")).to_contain_text("Written in the lift")
    expect(page.locator("#outbox")).to_have_count(0)
    assert InternalNote.objects.count() == 1


def test_a_late_answer_does_not_say_that_the_connection_is_back(
    program: Program, incident: Incident, devices: list[BrowserContext]
) -> None:
    page = devices[0].new_page()
    log_in(page, "ines@x.example", at=program.url)
    late: list[Route] = []
    page.route("**/around/", lambda route: late.append(route))
    page.goto(f"{program.url}/incidents/{incident.number}/")
    page.locator("#around.htmx-request").wait_for()
    devices[0].set_offline(True)
    expect(page.locator("#connection")).to_be_visible()
    late.pop().fulfill(body="<p>What others had</p>", content_type="text/html")
    expect(page.locator("#around")).to_contain_text("What others had")
    expect(page.locator("#connection")).to_be_visible()
    devices[0].set_offline(False)
    expect(page.locator("#connection")).to_be_hidden()


def test_it_offers_a_log_form_that_was_not_sent(
    program: Program, incident: Incident, devices: list[BrowserContext]
) -> None:
    page = devices[0].new_page()
    log_in(page, "ines@x.example", at=program.url)
    page.goto(f"{program.url}/incidents/new/")
    page.locator("#id_title").press_sequentially("The till is dead")
    until_kept(page, "The till is dead")
    page.goto(f"{program.url}/incidents/new/")
    expect(page.locator("#id_title")).to_have_value("")
    page.locator(".unsent a").first.click()
    expect(page.locator("#id_title")).to_have_value("The till is dead")
    page.locator("#id_title").press("Control+Enter")
    page.wait_for_url("**/incidents/INC*/logged/")
    assert not Draft.objects.exists()
