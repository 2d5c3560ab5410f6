"""Everything with the keyboard alone: the whole main job, the palette, lists, and letters that can be switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from allclear.accounts.models import User
from allclear.catalog.models import Question
from allclear.incidents.models import Incident
from allclear.incidents.verify import verify_projections
from allclear.testing import PASSWORD, category, codes, logged, person, service, team
from tests.browser.conftest import log_in
from tests.browser.hands import assert_focus_is_seen, choose, palette, pick, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def agent(live_server: object) -> User:
    """An agent of the network team; a requester, a category that asks a question, and a service."""
    codes()
    ana = person("agent", name="Ana Lind", password=PASSWORD, email="ana@example.org")
    person("requester", name="Claire Moreau", email="claire@example.org")
    network = team(ana, name="Network")
    remote = category("Remote access")
    Question.objects.create(category=remote, text="Since when does it drop?", is_required=True)
    service("VPN for everybody", owner_team=network)
    return ana


@pytest.fixture(autouse=True)
def quiet_end(page: Page) -> Iterator[None]:
    """What the page still asks for must be answered before the database is emptied."""
    yield
    page.goto("about:blank")


def dialog(page: Page, key: str) -> None:
    """Open a verb's dialog by its key; the focus is inside."""
    page.keyboard.press(key)
    expect(page.locator("#dialog")).to_be_visible()
    page.wait_for_function("() => document.querySelector('#dialog').contains(document.activeElement)")
    assert_focus_is_seen(page)


def send(page: Page) -> None:
    """Send the dialog; the focus comes back to the page, where it is seen."""
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dialog")).not_to_be_visible()
    page.wait_for_load_state("networkidle")
    assert_focus_is_seen(page)


def test_the_whole_main_job_goes_by_keyboard_alone(agent: User, page: Page) -> None:
    page.goto("/account/login/")
    if not page.evaluate("document.activeElement.matches('[name=login]')"):
        tab_to(page, "E-mail")
    page.keyboard.type(agent.email or "")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/**")

    page.keyboard.press("n")
    page.wait_for_url("**/incidents/new/**")
    number = log_it(page)

    dialog(page, "a")
    choose_team(page)
    send(page)
    page.keyboard.press("c")
    expect(page.locator("#incident .page-head")).to_contain_text("In progress")
    page.wait_for_load_state("networkidle")
    assert_focus_is_seen(page)

    page.keyboard.press("i")
    page.keyboard.type("vpn-gw-2 fails over every 4 min")
    assert_focus_is_seen(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("vpn-gw-2 fails over every 4 min")
    page.keyboard.press("Escape")

    end_it(page)
    palette(page, "repo", "Report")
    page.wait_for_url(f"**/{number}/report/")
    for words in (number, "Rolled the change back.", "Claire works again."):
        expect(page.locator("main")).to_contain_text(words)
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    tab_to(page, "PDF")

    row = Incident.objects.get(number=number)
    assert (row.status, row.team_id, row.assignee_id) == ("closed", agent.teams.get().pk, agent.pk)
    assert row.requester and row.requester.name == "Claire Moreau"
    assert row.service and row.acknowledged_at and row.verified_at
    assert verify_projections().is_clean


def log_it(page: Page) -> str:
    if not page.evaluate("document.activeElement.matches('#id_title')"):
        tab_to(page, "What is wrong")
    assert_focus_is_seen(page)
    page.keyboard.type("VPN drops every few minutes, Lyon site")
    choose(page, r"^Who reports it", "claire", "Claire Moreau")
    about = page.locator("details[data-part=about]")
    if about.count() and about.get_attribute("open") is None:
        page.keyboard.press("Alt+c")
    choose(page, r"^Category\b(?! and)", "remote", "Remote access")
    expect(page.get_by_label("Since when does it drop?")).to_be_visible()
    tab_to(page, "Since when does it drop")
    page.keyboard.type("Since the change at 11:30")
    choose(page, r"^Service\b", "vpn", "VPN for everybody")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/incidents/INC\d+/"))
    if page.url.endswith("/logged/"):  # the number for the caller
        page.keyboard.press("o")
        page.wait_for_url(re.compile(r"/incidents/INC\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("VPN drops every few minutes, Lyon site")
    return re.search(r"INC\d+", page.url)[0]  # type: ignore[index]  # the URL was waited for


def choose_team(page: Page) -> None:
    page.keyboard.press("Shift+Tab")
    if page.locator("#dialog select[name=team]").count():
        pick(page, "Team", "Netw")
    else:
        choose(page, "Team", "netw", "Network")


def end_it(page: Page) -> None:
    dialog(page, "r")
    page.keyboard.press("Shift+Tab")
    pick(page, "How it was resolved", "Fixed")
    tab_to(page, "What was done")
    page.keyboard.type("Rolled the change back.")
    send(page)
    expect(page.locator("#incident .page-head")).to_contain_text("Resolved")
    dialog(page, "v")
    page.keyboard.press("Shift+Tab")
    tab_to(page, "How it was checked")
    page.keyboard.type("Claire works again.")
    send(page)
    dialog(page, str(page.locator("#verb-close").get_attribute("data-key")))
    send(page)
    expect(page.locator("#incident .page-head")).to_contain_text("Closed")


def test_it_finds_and_does_anything_from_the_palette(agent: User, page: Page) -> None:
    row = logged(agent, title="Printer jams on floor 3", team_id=agent.teams.get().pk)
    log_in(page, agent.email or "")
    palette(page, "jams", "Printer jams on floor 3")
    page.wait_for_url(f"**/{row.number}/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list")).to_contain_text("This incident")
    for typed, found in (
        ("hodl", "Hold"),
        ("atm", "Assigned to me"),
        ("@ana", "Ana Lind"),
        ("vpn", "VPN for everybody"),
    ):
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
        expect(page.locator("#palette [aria-selected=true]")).to_contain_text(found)
        active = page.locator("#palette-input").get_attribute("aria-activedescendant")
        assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    expect(page.locator("#palette-said")).to_contain_text(re.compile(r"\d+ results?"))
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    palette(page, "prioritise", "Prioritise")
    expect(page.locator("#dialog")).to_contain_text("How much does")
    page.keyboard.press("Escape")
    palette(page, "dark", "Dark theme")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list [role=group]").first).to_contain_text("Dark theme")  # chosen lately


def test_it_opens_the_palette_from_a_text_and_gives_the_focus_back(agent: User, page: Page) -> None:
    row = logged(agent, title="Printer jams")
    log_in(page, agent.email or "")
    page.goto(f"/incidents/{row.number}/")
    page.keyboard.press("p")
    page.keyboard.type("We are > looking ? at it, g q")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#reply-text")).to_be_focused()
    expect(page.locator("#reply-text")).to_have_value("We are > looking ? at it, g q")


def test_it_goes_to_pages_and_walks_through_rows(agent: User, page: Page) -> None:
    for n in range(3):
        logged(agent, title=f"Fault {n}")
    log_in(page, agent.email or "")
    page.keyboard.press("g")
    expect(page.locator(".go-panel")).to_contain_text("Drafts")
    page.keyboard.press("d")
    page.wait_for_url("**/drafts/")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/incidents/?view=open")
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
        assert_focus_is_seen(page)
    second = page.locator("[data-rows] [data-row]").nth(1)
    expect(second.locator("[data-row-link]")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/incidents/INC\d+/"))


def test_it_lists_every_key_and_finds_one(agent: User, page: Page) -> None:
    row = logged(agent)
    log_in(page, agent.email or "")
    page.goto(f"/incidents/{row.number}/")
    page.keyboard.press("?")
    overlay = page.locator("#keys")
    expect(overlay.locator("[data-key-list]")).to_contain_text("Resolve")
    expect(overlay).to_contain_text("Go to: G, then")
    page.keyboard.type("refuse")
    expect(overlay.get_by_text("Refuse what is handed over")).to_be_visible()
    expect(overlay.locator("[data-key-list]")).to_be_hidden()
    page.keyboard.press("Escape")  # empties the field
    page.keyboard.press("Escape")
    expect(overlay).to_be_hidden()
    page.goto("/help/keys/")
    expect(page.get_by_role("heading", name="All keys")).to_be_visible()


def test_letters_are_silent_when_they_are_switched_off(agent: User, page: Page) -> None:
    row = logged(agent)
    log_in(page, agent.email or "")
    page.goto(f"/incidents/{row.number}/")
    palette(page, "single-letter", "Switch single-letter keys")
    expect(page.locator("kbd[data-single]:visible")).to_have_count(0)
    for loaded_again in (False, True):
        if loaded_again:
            page.reload()
        for key in ("r", "?", "n", ">", "g", "d", "."):
            page.keyboard.press(key)
        page.wait_for_timeout(300)
        assert page.url.endswith(f"/{row.number}/")
        expect(page.locator("dialog[open]")).to_have_count(0)
    palette(page, "resol", "Resolve")
    expect(page.locator("#dialog")).to_be_visible()


def test_letters_never_fire_with_modifiers_in_dialogs_or_in_controls_of_their_own(agent: User, page: Page) -> None:
    row = logged(agent)
    log_in(page, agent.email or "")
    page.goto(f"/incidents/{row.number}/")
    for key in ("Alt+r", "Shift+R", "Control+Shift+e", "Alt+Shift+a"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    expect(page.locator("dialog[open]")).to_have_count(0)
    dialog(page, "e")
    tab_to(page, "^Back$|^Cancel$|Dismiss|Close")
    for key in ("?", "n", "r", ">"):
        page.keyboard.press(key)
    expect(page.locator("dialog[open]")).to_have_count(1)
    expect(page.locator("#dialog")).to_contain_text("Edit")
    assert page.url.endswith(f"/{row.number}/")
