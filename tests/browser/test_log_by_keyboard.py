"""A caller on the phone, by keyboard alone: how many keys a log takes, and that nothing of it needs the mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from allclear.catalog.models import Dependency, Question
from allclear.domain.terms import Role
from allclear.incidents.actions.contact import contacts
from allclear.incidents.models import Incident
from allclear.testing import PASSWORD, category, ci, codes, logged, organisation, person, service, team
from tests.browser.conftest import log_in
from tests.browser.waiting import until_kept

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Keys:
    """A keyboard that counts how often it is pressed."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def type(self, text: str) -> None:
        self.count += len(text)
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        self.count += 1
        self.page.wait_for_load_state("load")  # a busy machine shows the words before the script listens
        self.page.keyboard.press(key)


class Desk:
    """An agent, a caller with a till, and a fault that two others had before."""

    def __init__(self) -> None:
        codes()
        self.crew = team(name="Store systems")
        self.agent = person(
            "agent", name="Ana Lind", password=PASSWORD, email="ana@example.org", teams=[self.crew]
        )  # fmt: skip
        self.caller = person(
            Role.REQUESTER, name="Mehmet Kaya", phone="+49 40 555 0135", organisation=organisation("Stores Germany")
        )
        self.category, self.service = category("Receipt printer"), service("Store tills")
        Question.objects.create(category=self.category, text="Which till?", is_required=True)
        self.till = ci("till-027-1", kind="till")
        self.till.used_by.add(self.caller)
        Dependency.objects.create(upper_service=self.service, lower_ci=self.till)
        for title in ("Receipt printer jams at the till", "Receipt printer jams again"):
            self.known = logged(
                self.agent, title=title, category_id=self.category.pk, service_id=self.service.pk, team_id=self.crew.pk
            )


@pytest.fixture
def desk(live_server: object) -> Desk:
    return Desk()


@pytest.fixture
def form(desk: Desk, page: Page) -> Iterator[Page]:
    """The log form, opened with N; the focus stands where one begins."""
    log_in(page, desk.agent.email or "")
    page.keyboard.press("n")
    page.wait_for_url("**/incidents/new/")
    expect(page.get_by_role("combobox", name="Who reports it?")).to_be_focused()
    yield page
    for tab in page.context.pages:  # what a page asked for last ends before the tables are emptied
        tab.goto("about:blank")
    page.wait_for_timeout(800)


def choose_caller(form: Page, keys: Keys, typed: str = "kaya") -> None:
    keys.type(typed)
    expect(form.get_by_role("option", name=re.compile("Mehmet Kaya"))).to_be_visible()
    keys.press("Enter")
    expect(form.get_by_label("What is wrong")).to_be_focused()


def test_a_plain_log_takes_no_key_more_than_its_words(desk: Desk, form: Page) -> None:
    keys, title = Keys(form), "Screen stays black"
    choose_caller(form, keys)
    keys.type(title)
    keys.press("Control+Enter")
    expect(form.get_by_role("heading", level=1)).to_have_text(re.compile(r"INC\d{7}"))
    assert keys.count == len("kaya") + len(title) + 2  # Enter for the person, Ctrl+Enter to log
    row = Incident.objects.get(title=title)
    assert (row.requester, row.channel) == (desk.caller, "phone")


def test_a_full_log_with_asset_suggestions_question_and_solution_takes_few(desk: Desk, form: Page) -> None:
    keys, title, answer, done = Keys(form), "Receipt printer jams", "Till 2", "Took the paper out"
    choose_caller(form, keys, "040 555 0135")
    expect(form.locator("#log-caller").get_by_text("Stores Germany")).to_be_visible()
    keys.type(title)
    expect(form.locator("[data-hint=category]")).to_be_visible()
    keys.press("Alt+1")
    expect(form.get_by_role("checkbox", name="till-027-1")).to_be_checked()
    keys.press("Alt+s")
    expect(form.get_by_label("Which till?")).to_be_focused()
    keys.type(answer)
    keys.press("Alt+r")
    expect(form.get_by_label("How it was resolved")).to_be_focused()
    keys.type("Fi")
    keys.press("Tab")
    keys.type(done)
    keys.press("Control+Enter")
    expect(form.get_by_text("Logged and solved.")).to_be_visible()
    words = len("040 555 0135" + title + answer + done)
    assert keys.count <= words + 8, "besides the words: eight keys"
    row = Incident.objects.get(title=title)
    assert (row.status, row.service, row.category, row.ci_ids) == (
        "resolved", desk.service, desk.category, [desk.till.pk],
    )  # fmt: skip


def test_what_is_known_already_takes_one_key_and_the_next_call_another(desk: Desk, form: Page) -> None:
    keys = Keys(form)
    choose_caller(form, keys)
    keys.type("Receipt printer jams")
    expect(form.get_by_role("button", name=re.compile("Add the call to INC")).first).to_be_visible()
    keys.press("Alt+i")
    expect(form.get_by_text("contact 2")).to_be_visible()
    assert Incident.objects.count() == 2
    assert 2 in [contacts(row.pk) for row in Incident.objects.all()]
    keys.press("n")
    expect(form.get_by_role("combobox", name="Who reports it?")).to_be_focused()


def test_another_for_the_same_caller_begins_with_them(desk: Desk, form: Page) -> None:
    keys = Keys(form)
    choose_caller(form, keys)
    keys.type("First thing")
    keys.press("Control+Enter")
    expect(form.get_by_text("The number for the caller")).to_be_visible()
    keys.press("l")
    expect(form.get_by_role("combobox", name="Who reports it?")).to_have_value("Mehmet Kaya")
    expect(form.get_by_label("What is wrong")).to_be_focused()
    expect(form.get_by_text("First thing")).to_be_visible()


def test_somebody_unknown_is_added_without_leaving_the_form(desk: Desk, form: Page) -> None:
    keys = Keys(form)
    keys.type("Nina Neu")
    expect(form.get_by_role("option", name=re.compile("Not in the list"))).to_be_visible()
    keys.press("Enter")
    expect(form.get_by_label("Phone or e-mail")).to_be_focused()
    keys.type("040 777 12")
    keys.press("Enter")
    expect(form.get_by_label("Add this person to the list")).to_be_focused()
    keys.press("Tab")
    keys.type("Cannot log in")
    keys.press("Control+Enter")
    expect(form.get_by_text("The number for the caller")).to_be_visible()
    row = Incident.objects.get(title="Cannot log in")
    assert row.requester and (row.requester.name, row.requester.phone) == ("Nina Neu", "040 777 12")


def test_what_was_chosen_by_hand_is_never_overwritten(desk: Desk, form: Page) -> None:
    other = service("Mail")
    keys = Keys(form)
    choose_caller(form, keys)
    form.get_by_role("combobox", name="Service").fill("Mail")
    form.get_by_role("option", name=re.compile("Mail")).click()
    form.get_by_label("What is wrong").focus()
    keys.type("Receipt printer jams")
    expect(form.locator("[data-hint=service]")).to_be_visible()
    keys.press("Alt+s")
    expect(form.get_by_role("combobox", name="Category")).to_have_value("Receipt printer")
    keys.press("Alt+1")
    expect(form.get_by_role("checkbox", name="till-027-1")).to_be_checked()
    expect(form.get_by_role("combobox", name="Service")).to_have_value("Mail")
    assert form.locator("#id_service").input_value() == str(other.pk)


def test_a_draft_comes_back_with_person_question_and_open_parts(
    desk: Desk, form: Page, context: BrowserContext
) -> None:
    keys = Keys(form)
    choose_caller(form, keys)
    keys.type("Receipt printer jams")
    expect(form.locator("[data-hint=category]")).to_be_visible()
    keys.press("Alt+s")
    expect(form.get_by_label("Which till?")).to_be_focused()
    keys.type("Till 4")
    keys.press("Alt+t")
    expect(form.get_by_label("Description")).to_be_focused()
    keys.type("Since this morning")
    until_kept(form, "Since this morning")
    again = context.new_page()
    again.goto("/incidents/new/")
    again.get_by_role("link", name=re.compile("Receipt printer jams")).click()
    again.wait_for_url("**/incidents/new/?draft=*")
    expect(again.get_by_role("combobox", name="Who reports it?")).to_have_value("Mehmet Kaya")
    expect(again.locator("#id_requester")).to_have_value(str(desk.caller.pk))
    expect(again.get_by_role("combobox", name="Category")).to_have_value("Receipt printer")
    expect(again.get_by_label("Which till?")).to_have_value("Till 4")
    expect(again.get_by_label("Description")).to_have_value("Since this morning")
    expect(again.locator("#log-caller")).to_contain_text("till-027-1")
