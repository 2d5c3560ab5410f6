"""The whole main job in a browser: reported, weighed, assigned, worked, resolved, verified, closed and found again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from allclear.accounts.models import User
from allclear.catalog.models import Question
from allclear.incidents.models import Incident, InternalNote
from allclear.incidents.verify import verify_projections
from allclear.testing import PASSWORD, category, codes, person, service, team
from tests.browser.conftest import log_in, log_in_by_hand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Company:
    """An agent with a team, a requester, a category that asks a question, and a service."""

    def __init__(self) -> None:
        codes()
        self.agent = person("agent", name="Ana Lind", password=PASSWORD, email="ana@example.org")
        self.requester = person("requester", name="Claire Moreau", password=PASSWORD, email="claire@example.org")
        self.team = team(self.agent, name="Network")
        self.category = category("Remote access")
        Question.objects.create(category=self.category, text="Since when does it drop?", is_required=True)
        self.service = service("VPN for everybody", owner_team=self.team)


@pytest.fixture
def company(live_server: object) -> Company:
    return Company()


def choose(page: Page, label: str, typed: str, option: str) -> None:
    """Find somebody or something as one types, and take it."""
    page.get_by_role("combobox", name=re.compile(label)).fill(typed)
    page.get_by_role("option", name=re.compile(option)).first.click()


def dialog_verb(page: Page, key: str, submit: str, **answers: str) -> None:
    """Open a verb's dialog by its key, fill it, send it with Ctrl+Enter or its button."""
    page.locator("body").press(key)
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    for label, value in answers.items():
        field = dialog.get_by_label(re.compile(label.replace("_", " "), re.IGNORECASE)).first
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    dialog.get_by_role("button", name=submit, exact=True).click()
    expect(dialog).not_to_be_visible()


def test_an_incident_goes_from_the_phone_call_to_its_report(company: Company, page: Page) -> None:
    log_in_by_hand(page, company.agent.email or "")
    expect(page.get_by_text("No incident yet")).to_be_visible()

    page.locator("body").press("n")
    page.wait_for_url("**/incidents/new/**")
    page.get_by_label("What is wrong").fill("VPN drops every few minutes, Lyon site")
    page.keyboard.press("Alt+t")
    page.get_by_label("Description").fill("Reconnecting helps for a moment.")
    choose(page, "Who reports it", "claire", "Claire Moreau")
    choose(page, "Category", "remote", "Remote access")
    page.get_by_label("Since when does it drop?").fill("Since the change at 11:30")
    choose(page, "Service", "vpn", "VPN for everybody")
    page.keyboard.press("Alt+p")
    page.get_by_role("radio", name="High").first.check()
    page.get_by_role("button", name="Log incident").click()
    page.get_by_role("link", name="Open the incident").click()

    page.wait_for_url(re.compile(r"/incidents/INC\d+/$"))
    number = re.search(r"INC\d+", page.url)[0]  # type: ignore[index]  # the URL was waited for
    expect(page.get_by_role("heading", level=1)).to_contain_text("VPN drops every few minutes, Lyon site")
    expect(page.get_by_text("Since the change at 11:30")).to_be_visible()

    dialog_verb(page, "a", "Assign", Team="Network (tier 1)")
    page.locator("body").press("c")
    expect(page.get_by_text("In progress").first).to_be_visible()

    note = "vpn-gw-2 fails over every 4 min"
    page.locator("body").press("i")
    page.get_by_placeholder(re.compile("staff only", re.IGNORECASE)).fill(note)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(note)).to_be_visible()
    page.keyboard.press("Tab")  # out of the composer: letters are keys again

    dialog_verb(page, "r", "Resolve", How_it_was_resolved="Fixed", What_was_done="Rolled the change back.")
    expect(page.get_by_text("Resolved").first).to_be_visible()
    dialog_verb(page, "v", "Save", How_it_was_checked="Claire works again.")
    dialog_verb(page, "s", "Close")
    expect(page.get_by_text("Closed").first).to_be_visible()

    page.get_by_role("link", name="Report", exact=True).first.click()
    page.wait_for_url("**/report/")
    for words in (number, "Rolled the change back.", "Claire works again."):
        expect(page.locator("main")).to_contain_text(words)
    assert page.request.get(f"/incidents/{number}/report.pdf").body().startswith(b"%PDF-")

    page.get_by_role("combobox", name="Search", exact=True).fill("rolled")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("VPN drops"))).to_be_visible()

    row = Incident.objects.get(number=number)
    assert (row.status, row.requester, row.service, row.team) == (
        "closed", company.requester, company.service, company.team,
    )  # fmt: skip
    assert row.acknowledged_at and row.restored_at and row.verified_at
    assert verify_projections().is_clean


def test_a_requester_reports_follows_and_says_it_works_without_seeing_a_note(
    company: Company, context: BrowserContext, page: Page
) -> None:
    log_in_by_hand(page, company.requester.email or "")
    page.goto("/incidents/new/")
    page.get_by_label(re.compile("wrong", re.IGNORECASE)).first.fill("My screen stays black")
    page.get_by_role("button", name=re.compile("Send|Report|Log", re.IGNORECASE)).last.click()
    page.wait_for_url(re.compile(r"/incidents/INC\d+/"))
    incident = Incident.objects.get()
    work_on(incident, company.agent)

    page.reload()
    expect(page.locator("main")).to_contain_text("Please try again now.")
    assert "secret among us" not in page.content()
    assert InternalNote.objects.filter(incident=incident).exists()
    page.get_by_role("button", name=re.compile("works", re.IGNORECASE)).first.click()
    expect(page.get_by_text("Thank you. We are glad that it works.")).to_be_visible()
    incident.refresh_from_db()
    assert incident.verified_by == company.requester


def work_on(incident: Incident, agent: User) -> None:
    """What the agent does meanwhile."""
    from allclear.incidents import actions
    from allclear.kernel.clock import now
    from allclear.testing import request_as, resolution

    for verb in (
        lambda r: actions.accept_incident(r, incident.pk),
        lambda r: actions.add_note(r, incident.pk, "secret among us"),
        lambda r: actions.reply_publicly(r, incident.pk, "Please try again now."),
        lambda r: actions.resolve_incident(r, incident.pk, resolution("Changed the cable")),
    ):
        verb(request_as(agent, now()))


def test_two_people_at_once_keep_what_they_typed(company: Company, context: BrowserContext, page: Page) -> None:
    """Both open the same dialog; the second who saves is told what changed, and loses no word."""
    from allclear.testing import logged

    incident = logged(company.agent, title="Printer jams", team_id=company.team.pk)
    log_in(page, company.agent.email or "")
    other = context.new_page()
    for tab in (page, other):
        tab.goto(f"/incidents/{incident.number}/")
        tab.locator("body").press("e")
        expect(tab.locator("#dialog")).to_be_visible()
    page.locator("#dialog").get_by_label("Title").fill("Printer jams on floor 3")
    page.locator("#dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#dialog")).not_to_be_visible()

    other.locator("#dialog").get_by_label("Title").fill("Printer jams in Lyon")
    other.locator("#dialog").get_by_role("button", name="Save", exact=True).click()
    expect(other.locator("#dialog")).to_contain_text("Ana Lind")
    expect(other.locator("#dialog").get_by_label("Title")).to_have_value("Printer jams in Lyon")
    incident.refresh_from_db()
    assert incident.title == "Printer jams on floor 3"
