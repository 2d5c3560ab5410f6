"""The queue in a browser: live rows without a reload, the filter line, the back button, many at once, pages by key."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from allclear.accounts.models import User
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel.clock import now as read_clock
from allclear.testing import PASSWORD, logged, person, request_as, team
from tests.browser.conftest import log_in
from tests.browser.hands import tab_to
from tests.browser.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def omar(program: Program) -> User:
    ines, omar = (person(name=name, password=PASSWORD, email=f"{name.lower()}@x.example") for name in ("Ines", "Omar"))
    team(ines, omar, name="Network")
    return omar


@pytest.fixture
def rows(omar: User) -> list[Incident]:
    return [logged(omar, at=n, title=f"Printer {n} jams") for n in range(4)]


@pytest.fixture
def ines(browser: Browser, program: Program, rows: list[Incident]) -> Iterator[Page]:
    context = browser.new_context(base_url=program.url, viewport={"width": 1360, "height": 900})
    page = context.new_page()
    log_in(page, "ines@x.example", at=program.url)
    yield page
    context.close()


def test_it_changes_a_row_in_its_place_without_reload(ines: Page, omar: User, rows: list[Incident]) -> None:
    ines.goto("/incidents/?filter=printer status:open")
    ines.evaluate("window.stayed = true")
    row = ines.locator(f"#incident-{rows[1].number}")
    before = row.bounding_box()
    actions.accept_incident(request_as(omar, read_clock()), rows[1].pk)
    expect(row).to_contain_text("In progress")
    expect(row).to_contain_text("Omar")
    assert row.bounding_box() == before
    assert ines.evaluate("window.stayed")
    expect(ines.locator("#count-open")).to_have_text("4")


def test_it_leaves_what_no_longer_fits_and_lets_what_is_new_wait(ines: Page, omar: User, rows: list[Incident]) -> None:
    ines.goto("/incidents/?filter=printer status:open")
    actions.cancel_incident(request_as(omar, read_clock()), rows[0].pk, reason="duplicate")
    gone = ines.locator(f"#incident-{rows[0].number}")
    expect(gone).to_contain_text("no longer in this view")
    new = logged(omar, at=9, title="Printer on fire", impact=1, urgency=1)
    button = ines.locator(".new-rows")
    expect(button).to_have_text("1 new: show it")
    expect(ines.locator(f"#incident-{new.number}")).to_have_count(0)
    button.click()
    expect(ines.locator("#queue [data-row]").first).to_contain_text("Printer on fire")
    expect(gone).to_have_count(0)


def test_it_builds_a_filter_by_keyboard_and_goes_back(ines: Page, rows: list[Incident]) -> None:
    ines.goto("/incidents/?filter=")
    ines.keyboard.press("f")
    ines.keyboard.type("prio")
    expect(ines.locator("#filter-list [role=option]").first).to_contain_text("priority:")
    ines.keyboard.press("ArrowDown")
    ines.keyboard.press("Enter")
    expect(ines.locator("#filter-text")).to_have_value("priority:")
    ines.keyboard.type("1")
    ines.keyboard.press("Enter")
    expect(ines.locator(".chip")).to_contain_text("priority:1")
    expect(ines.locator(".empty-title")).to_have_text("Nothing matches")
    expect(ines.locator("#filter-text")).to_be_focused()
    ines.keyboard.press("Backspace")
    expect(ines.locator("#filter-text")).to_have_value("priority:1")
    ines.keyboard.press("Control+A")
    ines.keyboard.type("stauts:new")
    ines.keyboard.press("Enter")
    expect(ines.locator("#filter-error")).to_contain_text("status")
    ines.go_back()
    expect(ines.locator("#queue [data-row]")).to_have_count(4)
    assert "priority" not in ines.url


def test_what_is_chosen_faster_than_the_list_comes_takes_the_place_of_all_that_was_typed(
    ines: Page, rows: list[Incident]
) -> None:
    ines.route("**/filter/complete/**", later)
    ines.goto("/incidents/?filter=")
    ines.keyboard.press("f")
    ines.keyboard.type("p")
    expect(ines.locator("#filter-list [role=option]").first).to_be_visible()
    ines.keyboard.type("rio")  # the list still is the one for "p"
    ines.keyboard.press("ArrowDown")
    ines.keyboard.press("Enter")
    expect(ines.locator("#filter-text")).to_have_value("priority:")
    ines.keyboard.type("1")
    ines.keyboard.press("Enter")
    expect(ines.locator(".chip")).to_contain_text("priority:1")


def later(route: Route) -> None:
    answer = route.fetch()
    time.sleep(0.2)  # a slow network
    route.fulfill(response=answer)


def test_it_narrows_by_a_click_and_leaves_out_by_an_alt_click(ines: Page, omar: User, rows: list[Incident]) -> None:
    actions.accept_incident(request_as(omar, read_clock()), rows[2].pk)
    ines.goto("/incidents/")
    ines.locator(f"#incident-{rows[2].number} [data-pick='status:in_progress']").click()
    expect(ines.locator("#queue [data-row]")).to_have_count(1)
    ines.go_back()
    expect(ines.locator("#queue [data-row]")).to_have_count(4)
    ines.locator(f"#incident-{rows[2].number} [data-pick='status:in_progress']").click(modifiers=["Alt"])
    expect(ines.locator("#queue [data-row]")).to_have_count(3)


def test_it_selects_many_by_key_and_assigns_them_together(ines: Page, omar: User, rows: list[Incident]) -> None:
    ines.goto("/incidents/")
    for key in ("j", "x", "j", "j", "Shift+X"):
        ines.keyboard.press(key)
    expect(ines.locator("[data-select-count]")).to_have_text("3 selected")
    actions.accept_incident(request_as(omar, read_clock()), rows[0].pk)
    expect(ines.locator(f"#incident-{rows[0].number}")).to_contain_text("In progress")
    expect(ines.locator("[data-row-select]:checked")).to_have_count(3)
    ines.locator("#select-bar").get_by_role("button", name="Add a note").click()
    expect(ines.locator("#dialog .dialog-title")).to_have_text("Add a note: 3 incidents")
    ines.locator("#dialog textarea").fill("The same toner")
    ines.keyboard.press("Control+Enter")
    expect(ines.locator("#dialog")).to_contain_text("3 will change")
    ines.locator("#dialog").get_by_role("button", name="Add a note: 3").click()
    expect(ines.locator("#dialog")).to_contain_text("3 are done")
    ines.keyboard.press("Escape")
    ines.keyboard.press("Escape")
    expect(ines.locator("#select-bar")).to_be_hidden()


@pytest.fixture
def phone(browser: Browser, program: Program, rows: list[Incident]) -> Iterator[Page]:
    context = browser.new_context(
        base_url=program.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    log_in(page, "ines@x.example", at=program.url)
    page.goto("/incidents/")
    yield page
    context.close()


def row_of(page: Page, incident: Incident) -> Locator:
    return page.locator(f"#incident-{incident.number}")


def test_it_does_a_bulk_verb_by_touch_only(phone: Page, omar: User, rows: list[Incident]) -> None:
    select = phone.get_by_role("button", name="Select", exact=True)
    expect(select).to_have_attribute("aria-pressed", "false")
    select.tap()
    expect(select).to_have_attribute("aria-pressed", "true")
    bar = phone.locator("#select-bar")
    expect(bar.locator("[data-select-count]")).to_have_text("0 selected")
    for row in rows[:2]:
        row_of(phone, row).tap()
    expect(bar.locator("[data-select-count]")).to_have_text("2 selected")
    actions.accept_incident(request_as(omar, read_clock()), rows[0].pk)
    expect(row_of(phone, rows[0])).to_contain_text("In progress")
    row_of(phone, rows[2]).tap()
    expect(bar.locator("[data-select-count]")).to_have_text("3 selected")
    row_of(phone, rows[1]).tap()
    expect(bar.locator("[data-select-count]")).to_have_text("2 selected")
    assert phone.url.endswith("/incidents/")  # no tap has opened a row
    bar.get_by_role("button", name="Add a note").tap()
    phone.locator("#dialog textarea").fill("The same toner")
    phone.locator("#dialog").get_by_role("button", name="Preview").tap()
    phone.locator("#dialog").get_by_role("button", name="Add a note: 2").tap()
    expect(phone.locator("#dialog")).to_contain_text("2 are done")
    phone.locator("#dialog").get_by_role("button", name="Back to the queue").tap()
    bar.get_by_role("button", name="Done").tap()
    expect(bar).to_be_hidden()
    expect(select).to_have_attribute("aria-pressed", "false")
    row_of(phone, rows[3]).tap()
    expect(phone.locator("h1")).to_contain_text("Printer 3")


def test_it_keeps_the_bar_in_reach_of_the_thumb(phone: Page) -> None:
    phone.get_by_role("button", name="Select", exact=True).tap()
    phone.get_by_role("button", name="Select all", exact=True).tap()
    expect(phone.locator("[data-select-count]")).to_have_text("4 selected")
    expect(phone.locator(".bottombar")).to_be_hidden()
    box = phone.locator("#select-bar").bounding_box()
    assert box and box["y"] > 844 / 2 and box["y"] + box["height"] == 844
    for button in phone.locator("#select-bar .button:visible").all():
        size = button.bounding_box()
        assert size and size["height"] >= 40 and size["x"] >= 0 and size["x"] + size["width"] <= 390


def test_it_goes_on_selecting_after_a_long_press(phone: Page, rows: list[Incident]) -> None:
    press = {"bubbles": True, "pointerType": "touch", "clientX": 200, "clientY": 300}
    row_of(phone, rows[0]).dispatch_event("pointerdown", press)
    expect(phone.locator("[data-select-count]")).to_have_text("1 selected")
    row_of(phone, rows[0]).dispatch_event("pointerup", press)
    row_of(phone, rows[1]).tap()
    expect(phone.locator("[data-select-count]")).to_have_text("2 selected")


def test_it_selects_on_a_narrow_screen_by_keyboard(phone: Page, rows: list[Incident]) -> None:
    tab_to(phone, "^Select$")
    phone.keyboard.press("Space")
    tab_to(phone, f"Select {rows[0].number}")
    phone.keyboard.press("Space")
    expect(phone.locator("[data-select-count]")).to_have_text("1 selected")
    tab_to(phone, "^Done$")
    phone.keyboard.press("Enter")
    expect(phone.locator("#select-bar")).to_be_hidden()
    expect(phone.get_by_role("button", name="Select", exact=True)).to_be_focused()


def test_it_turns_the_page_under_j_and_stands_at_the_row_one_came_from(ines: Page, omar: User) -> None:
    for n in range(60):
        logged(omar, at=10 + n, title=f"Scanner {n}")
    ines.goto("/incidents/?filter=scanner&sort=oldest")
    ines.locator("#queue [data-row-link]").nth(49).focus()
    ines.keyboard.press("j")
    expect(ines.get_by_role("link", name="Scanner 50", exact=True)).to_be_focused()
    ines.keyboard.press("j")
    ines.keyboard.press("Enter")
    expect(ines.locator("h1")).to_contain_text("Scanner 51")
    ines.go_back()
    expect(ines.get_by_role("link", name="Scanner 51", exact=True)).to_be_focused()
    ines.keyboard.press("k")
    ines.keyboard.press("k")
    expect(ines.get_by_role("link", name="Scanner 49", exact=True)).to_be_focused()
