"""Two people at one incident: changes appear by themselves, and nothing that somebody types is disturbed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from allclear.accounts.models import Team, User
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel.clock import now as read_clock
from allclear.oncall.actions import escalating
from allclear.testing import PASSWORD, contact, logged, person, policy, request_as, security_class, team
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


@pytest.mark.usefixtures("wired")
def test_the_card_of_paging_follows_though_no_version_tells(pages: tuple[Page, Page], incident: Incident) -> None:
    ines, omar = pages
    first, second = (User.objects.get(email=f"{name}@x.example") for name in ("omar", "ines"))
    for user in (first, second):
        contact(user)
    row = policy(first, second, exhausted=Team.objects.get())
    escalating.begin(row, "incident", incident.pk, now=read_clock())
    for page in pages:
        page.reload()
        page.wait_for_load_state("load")
    ines.evaluate("window.stayed = true")
    omar.get_by_role("button", name="Next step now").click()
    expect(ines.locator("#card-paging")).to_contain_text("step 2 of 2")
    assert ines.evaluate("window.stayed")
    before = incident.version
    incident.refresh_from_db()
    assert incident.version == before


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


def _classify(incident: Incident, *members: User) -> None:
    """An incident manager who may see it sets a security class."""
    secret = security_class(*members, name="Personnel")
    manager = person("incident_manager")
    secret.members.add(manager)
    request = request_as(manager, read_clock())
    actions.edit_incident(request, incident.pk, fields={"security_class_id": secret.pk})


def test_it_takes_off_the_screen_what_may_no_longer_be_seen(pages: tuple[Page, Page], incident: Incident) -> None:
    ines, omar = pages
    omar.locator("label[data-key=i]").click()
    omar.locator("#note-text").fill("I was about to say")
    _classify(incident, User.objects.get(email="ines@x.example"))
    expect(omar.get_by_role("heading", name="This incident is no longer visible to you")).to_be_focused()
    assert incident.title not in omar.content()
    assert incident.title not in omar.title()
    expect(ines.locator("h1")).to_contain_text(incident.title)
    expect(ines.locator("#incident")).to_contain_text("Personnel")
    omar.get_by_role("link", name="Go to the queue").click()
    expect(omar.locator("#queue .empty-title")).to_be_visible()


def test_it_empties_the_row_that_its_reader_may_no_longer_see(pages: tuple[Page, Page], incident: Incident) -> None:
    _, omar = pages
    omar.goto(omar.url.split("/incidents/")[0] + "/incidents/")
    row = omar.locator(f"#incident-{incident.number}")
    row.locator("[data-row-select]").check()
    _classify(incident)
    expect(row).to_have_text("An incident that stood here is no longer visible to you")
    assert incident.title not in omar.content()
    expect(omar.locator("#select-bar")).to_be_hidden()


def test_a_page_says_so_too_where_no_stream_tells_it(pages: tuple[Page, Page], incident: Incident) -> None:
    _, omar = pages
    secret = security_class(name="Personnel")
    omar.locator("label[data-key=i]").click()
    omar.locator("#note-text").click()
    Incident.objects.filter(pk=incident.pk).update(security_class=secret)  # silently
    omar.keyboard.type("hm")  # tells that somebody types
    expect(omar.locator("h1")).to_have_text("This incident is no longer visible to you")
