"""Dragging over the calendar of a schedule opens the override with from, until and the person filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from allclear.kernel.clock import now as read_clock
from allclear.oncall.models import Override, Schedule
from allclear.testing import PASSWORD, person, schedule
from tests.browser.conftest import log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DAY = timedelta(days=1)


@pytest.fixture
def rota(transactional_db: None) -> Schedule:
    """Ana is on call all the time; Ben stands in as little as once, so that he has a lane with room in it."""
    ana = person("team_lead", name="Ana", password=PASSWORD, email="ana@x.example")
    ben = person(name="Ben")
    row = schedule([ana], [ben], kind="daily", time_zone="Europe/Berlin")
    row.refresh_from_db()
    return row


def next_week(page: Page, row: Schedule, view: str) -> datetime:
    """Open the calendar where everything is still to come; gives the Monday that its last week begins with."""
    day = (read_clock() + 14 * DAY).date()
    monday = day - timedelta(days=day.weekday())
    page.goto(f"/oncall/schedules/{row.pk}/?view={view}&day={monday}")
    page.wait_for_load_state("load")
    return datetime(monday.year, monday.month, monday.day, tzinfo=UTC)


def lanes(page: Page, monday: datetime) -> Locator:
    return page.locator(f".oncall-lanes[data-first='{monday:%Y-%m-%d}']")


def box_of(found: Locator) -> FloatRect:
    found.scroll_into_view_if_needed()
    box = found.bounding_box()
    assert box is not None
    return box


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], *, let_go: bool = True) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
    page.mouse.move(*end, steps=3)
    if let_go:
        page.mouse.up()


@pytest.fixture
def shown(page: Page, rota: Schedule) -> Iterator[Page]:
    log_in(page, "ana@x.example")
    yield page


@pytest.mark.parametrize("view", ["week", "month"])
def test_over_a_shift_it_asks_who_takes_it_over(shown: Page, rota: Schedule, view: str) -> None:
    monday = next_week(shown, rota, view)
    week = lanes(shown, monday)
    bar = box_of(week.locator(".oncall-bar").nth(1))
    y = bar["y"] + bar["height"] / 2
    drag(shown, (bar["x"] + 2, y), (bar["x"] + bar["width"] * 0.6, y))
    dialog = shown.locator("#dialog")
    expect(dialog.get_by_label("What happens")).to_have_value("replace")
    begins, ends = (dialog.get_by_label(name).input_value() for name in ("From", "Until"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:00", begins), begins
    assert monday.date().isoformat() <= begins < ends
    assert dialog.get_by_label("Instead of").input_value() != ""
    assert not Override.objects.exists()


def test_over_an_empty_stretch_it_adds_the_person_of_the_row_and_saves(shown: Page, rota: Schedule) -> None:
    monday = next_week(shown, rota, "week")
    week = box_of(lanes(shown, monday))
    lane = lanes(shown, monday).locator(".oncall-lane").last
    name = lane.locator("title").first.text_content() or ""
    y = box_of(lane)["y"] + 12
    day = week["width"] / 7
    empty = next(
        n
        for n in range(1, 6)
        if not shown.evaluate(
            "([x, y]) => !!document.elementFromPoint(x, y).closest('.oncall-bar')", [week["x"] + day * n + day / 4, y]
        )
    )
    left = week["x"] + day * empty
    drag(shown, (left + day * 0.13, y), (left + day * 0.2, y))
    dialog = shown.locator("#dialog")
    expect(dialog.get_by_label("What happens")).to_have_value("add")
    expect(dialog.get_by_role("checkbox", name=name.split(" · ")[0], exact=True)).to_be_checked()
    assert dialog.get_by_label("From").input_value().startswith((monday + empty * DAY).date().isoformat())
    shown.keyboard.press("Control+Enter")
    expect(shown.locator(".toasts")).to_contain_text("The override is made.")
    row = Override.objects.get()
    assert (row.kind, row.ends_at - row.starts_at < timedelta(hours=6)) == ("add", True)


def test_escape_lets_go_and_a_click_does_nothing(shown: Page, rota: Schedule) -> None:
    monday = next_week(shown, rota, "week")
    bar = box_of(lanes(shown, monday).locator(".oncall-bar").nth(1))
    y = bar["y"] + bar["height"] / 2
    drag(shown, (bar["x"] + 3, y), (bar["x"] + 60, y), let_go=False)
    expect(shown.locator(".oncall-selection")).to_have_count(1)
    shown.keyboard.press("Escape")
    expect(shown.locator(".oncall-selection")).to_have_count(0)
    shown.mouse.up()
    shown.mouse.click(bar["x"] + 5, y)
    shown.keyboard.press("o")  # the same by keyboard: the form, empty but for whoever is on call
    expect(shown.locator("#dialog").get_by_label("What happens")).to_be_visible()
    assert shown.locator("#dialog").get_by_label("From").input_value()[:10] != monday.date().isoformat()


def test_a_finger_presses_long(browser: Browser, live_server: LiveServer, rota: Schedule) -> None:
    phone = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}, has_touch=True)
    page = phone.new_page()
    log_in(page, "ana@x.example")
    monday = next_week(page, rota, "week")
    bar = box_of(lanes(page, monday).locator(".oncall-bar").nth(1))
    touch = phone.new_cdp_session(page)
    point = {"x": bar["x"] + bar["width"] / 2, "y": bar["y"] + bar["height"] / 2}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(page.locator("#dialog").get_by_label("What happens")).to_have_value("replace")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.locator("#dialog").get_by_label("From").input_value() != ""
    phone.close()
