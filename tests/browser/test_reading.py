"""Reading an incident and changing its facts: what is new, filters that stay, places that are kept, forms in place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from allclear.accounts.models import User
from allclear.incidents import actions
from allclear.incidents.actions import Request
from allclear.incidents.models import Incident, Look
from allclear.kernel.clock import now
from allclear.testing import PASSWORD, logged, person, request_as, team
from tests.browser.conftest import log_in
from tests.browser.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def omar() -> User:
    return person(name="Omar C", email="omar@x.example")


@pytest.fixture
def incident(omar: User) -> Incident:
    ines = person(name="Ines B", password=PASSWORD, email="ines@x.example")
    team(ines, omar, name="Network")
    return logged(ines, title="VPN drops every ten minutes", description="Since this morning")


def _by(user: User, minutes: int = 0) -> Request:
    return request_as(user, now() + timedelta(minutes=minutes))


def _read(page: Page, incident: Incident) -> None:
    """Open it and stay until the server knows that it was read."""
    with page.expect_response("**/look/"):
        page.goto(f"/incidents/{incident.number}/")


def _is_read(incident: Incident) -> bool:
    incident.refresh_from_db()
    return Look.objects.filter(incident=incident, version=incident.version).exists()


def test_it_marks_what_is_new_and_keeps_the_mark_while_one_works(page: Page, incident: Incident, omar: User) -> None:
    log_in(page, "ines@x.example")
    _read(page, incident)
    expect(page.locator("#new-since")).to_have_count(0)
    actions.add_note(_by(omar), incident.pk, "The gateway restarts by itself")
    _read(page, incident)
    expect(page.locator("#new-since")).to_contain_text("New since you last looked")
    expect(page.locator("#new-since + .entry")).to_contain_text("The gateway restarts")
    page.keyboard.press(",")
    expect(page.locator("#new-since")).to_be_focused()
    with page.expect_response("**/do/accept/**"):
        page.keyboard.press("c")
    expect(page.locator(".timeline")).to_contain_text("accepted it")
    expect(page.locator("#new-since + .entry")).to_contain_text("The gateway restarts")
    until(page, lambda: _is_read(incident), "what was accepted is read")
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("accepted it")
    expect(page.locator("#new-since")).to_have_count(0)


def test_it_counts_as_read_only_what_was_in_sight(page: Page, incident: Incident) -> None:
    log_in(page, "ines@x.example")
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => true})")
    page.goto(f"/incidents/{incident.number}/")
    page.wait_for_timeout(1_500)
    assert not Look.objects.exists()


def test_it_remembers_the_filter_and_the_closed_card(page: Page, incident: Incident) -> None:
    log_in(page, "ines@x.example")
    page.goto(f"/incidents/{incident.number}/")
    page.locator("#card-complete summary").click()
    page.keyboard.press("-")
    expect(page.locator('#timeline-filter input[value="public"]')).to_be_checked()
    expect(page.locator('.entry[data-kind="system"]').first).to_be_hidden()
    page.reload()
    expect(page.locator('#timeline-filter input[value="public"]')).to_be_checked()
    expect(page.locator('.entry[data-kind="system"]').first).to_be_hidden()
    expect(page.locator("#card-complete .missing")).to_be_hidden()
    expect(page.locator("#card-people dl")).to_be_visible()


def test_it_changes_a_fact_where_it_stands_by_keys(page: Page, incident: Incident) -> None:
    log_in(page, "ines@x.example")
    page.goto(f"/incidents/{incident.number}/")
    page.locator("#fact-title .fact-change").focus()
    page.keyboard.press("e")
    expect(page.locator("#fact-title input[name=title]")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("Nothing of this")
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text("VPN drops every ten minutes")
    expect(page.locator("#fact-title .fact-change")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#fact-title input[name=title]")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("VPN drops in Lyon")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("VPN drops in Lyon")
    expect(page.locator("#fact-title .fact-change")).to_be_focused()
    incident.refresh_from_db()
    assert incident.title == "VPN drops in Lyon"


def test_it_says_at_the_fact_what_is_wrong(page: Page, incident: Incident) -> None:
    log_in(page, "ines@x.example")
    page.goto(f"/incidents/{incident.number}/")
    page.locator("h1").click()
    page.locator("#fact-title input[name=title]").fill("")
    page.keyboard.press("Enter")
    expect(page.locator("#fact-title .field-error")).to_have_text("Please fill this in.")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_it_keeps_a_form_in_place_while_another_verb_is_done(page: Page, incident: Incident) -> None:
    log_in(page, "ines@x.example")
    page.goto(f"/incidents/{incident.number}/")
    page.locator("#unsaid summary").click()
    page.locator("#fact-location .fact-change").click()
    page.locator("#fact-location input[name=location]").fill("Lyon, second floor")
    page.locator("#verb-accept").click()
    expect(page.locator(".timeline")).to_contain_text("accepted it")
    expect(page.locator("#fact-location input[name=location]")).to_have_value("Lyon, second floor")
    page.locator("#fact-location").get_by_role("button", name="Save").click()
    expect(page.locator("#card-facts > details > .card-body > dl")).to_contain_text("Lyon, second floor")


def test_it_brings_earlier_entries_and_leads_to_one_of_them(page: Page, incident: Incident, omar: User) -> None:
    for number in range(130):
        actions.add_note(_by(omar), incident.pk, f"Finding {number} of many")
    log_in(page, "ines@x.example")
    page.goto(f"/incidents/{incident.number}/")
    expect(page.locator("#timeline")).not_to_contain_text("Finding 3 of many")
    shown = page.locator("#timeline > .entry").first
    words = shown.locator(".entry-body").inner_text()
    page.locator("#earlier a").click()
    expect(page.locator("#timeline")).to_contain_text("Finding 31 of many")
    expect(page.locator("#timeline > .entry").filter(has_text=words)).to_be_in_viewport()
    page.goto("about:blank")
    page.goto(f"/incidents/{incident.number}/#entry-5")
    expect(page.locator("#entry-5")).to_be_in_viewport()
    expect(page.locator("#entry-5")).to_have_attribute("data-linked", "")


def test_it_quotes_a_note_in_a_note_and_never_towards_the_requester(page: Page, incident: Incident, omar: User) -> None:
    actions.add_note(_by(omar), incident.pk, "Looks like\nthe firmware")
    log_in(page, "ines@x.example")
    page.goto(f"/incidents/{incident.number}/")
    entry = page.locator(".entry", has_text="the firmware")
    entry.hover()
    entry.get_by_role("button", name="Quote").click()
    expect(page.locator("#note-text")).to_have_value("> Looks like\n> the firmware\n\n")
    expect(page.locator("#reply-text")).to_have_value("")
    page.keyboard.type("Agreed")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline blockquote")).to_contain_text("the firmware")


def test_it_explains_a_step_when_asked(page: Page, incident: Incident) -> None:
    log_in(page, "ines@x.example")
    page.goto(f"/incidents/{incident.number}/")
    page.locator(".entry .why summary").first.click()
    expect(page.locator(".entry .why .trace-step").first).to_be_visible()


def test_it_takes_a_task_by_typing_and_stays_there_for_the_next(page: Page, incident: Incident) -> None:
    log_in(page, "ines@x.example")
    page.goto(f"/incidents/{incident.number}/")
    page.locator("#task-new-title").fill("Capture the gateway log")
    page.keyboard.press("Enter")
    expect(page.locator("#card-tasks .task")).to_contain_text("Capture the gateway log")
    expect(page.locator("#task-new-title")).to_be_focused()
    expect(page.locator("#task-new-title")).to_have_value("")
