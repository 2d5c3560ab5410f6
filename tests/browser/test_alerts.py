"""The list of alerts: it stays true while others work, and its filter line is worked by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.models import Alert
from allclear.catalog.policies import body_of
from allclear.kernel.clock import now as read_clock
from allclear.testing import PASSWORD, person
from tests.browser.conftest import log_in
from tests.browser.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def alerts(program: Program) -> list[Alert]:
    """Three that fire, the newest first."""
    for name in ("Ines B", "Omar C"):
        person(name=name, password=PASSWORD, email=f"{name.split()[0].lower()}@x.example")
    row, _key = add_integration(SYSTEM_VIEWER, {"kind": "json", "name": "Probes"}, now=read_clock())
    return [
        Alert.objects.create(
            integration=row, dedup_key=f"given.1:{n}", title=f"Probe {n} fails", severity=severity, outcome="recorded",
            first_seen_at=read_clock() - timedelta(minutes=n), last_seen_at=read_clock() - timedelta(minutes=n),
            labels={"host": f"web{n}"},
        )
        for n, severity in enumerate(("critical", "error", "error"))
    ]  # fmt: skip


@pytest.fixture
def pages(browser: Browser, program: Program, alerts: list[Alert]) -> Iterator[tuple[Page, Page]]:
    """The list in Ines' browser, and an alert of it in Omar's."""
    contexts = [browser.new_context(viewport={"width": 1360, "height": 900}) for _ in range(2)]
    ines, omar = (context.new_page() for context in contexts)
    for page, name in ((ines, "ines"), (omar, "omar")):
        log_in(page, f"{name}@x.example", at=program.url)
    ines.goto(f"{program.url}/alerts/")
    omar.goto(f"{program.url}/alerts/{alerts[1].pk}/")
    yield ines, omar
    for context in contexts:
        context.close()


def test_rows_follow_what_a_colleague_does_and_keep_focus_and_selection(
    pages: tuple[Page, Page], alerts: list[Alert]
) -> None:
    ines, omar = pages
    row = ines.locator(f"#alert-{alerts[1].pk}")
    row.locator("[data-row-select]").check()
    row.locator("[data-row-link]").focus()
    omar.get_by_role("button", name="Acknowledge").click()
    expect(row.locator(".alert-state")).to_contain_text("Acknowledged")
    expect(row.locator("[data-row-select]")).to_be_checked()
    expect(row.locator("[data-row-link]")).to_be_focused()
    omar.get_by_role("button", name="Resolve").click()
    expect(row.locator(".gone-note")).to_have_text("no longer in this view")
    expect(ines.locator("[data-alerts] [data-row]")).to_have_count(3)


def test_the_tab_that_one_is_at_is_in_sight_on_a_phone(browser: Browser, program: Program, alerts: list[Alert]) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True)
    page = context.new_page()
    log_in(page, "ines@x.example", at=program.url)
    page.goto(f"{program.url}/alerts/noise/")
    expect(page.locator(".tabs > [aria-current]")).to_be_in_viewport(ratio=0.9)
    context.close()


def test_what_is_new_waits_for_a_click(pages: tuple[Page, Page], alerts: list[Alert]) -> None:
    ines, omar = pages
    new = Alert.objects.get(pk=alerts[2].pk)
    new.pk, new.dedup_key, new.title = None, "given.1:new", "Probe 9 fails"
    new.save(force_insert=True)
    omar.get_by_role("button", name="Useful").click()  # any change at all is heard of
    expect(ines.locator("#alert-news")).to_contain_text("1 new")
    expect(ines.locator("[data-alerts] [data-row]")).to_have_count(3)
    ines.locator("#alert-news a").click()
    expect(ines.locator("[data-alerts] [data-row]")).to_have_count(4)


def test_the_filter_line_is_worked_by_keys_alone(pages: tuple[Page, Page]) -> None:
    ines, _omar = pages
    ines.keyboard.press("l")
    field = ines.locator("#filter-text")
    field.press_sequentially("seve")
    expect(ines.locator("#filter-list [role=option]").first).to_contain_text("severity:")
    ines.keyboard.press("ArrowDown")
    ines.keyboard.press("Enter")
    expect(field).to_have_value("severity:")
    ines.keyboard.press("ArrowDown")
    ines.keyboard.press("Enter")
    expect(ines.locator(".chip")).to_have_count(2)
    expect(ines.locator("[data-alerts] [data-row]")).to_have_count(1)
    expect(field).to_be_focused()
    ines.keyboard.press("Backspace")
    expect(field).to_have_value("severity:critical")
    field.fill("colour:red")
    ines.keyboard.press("Enter")
    expect(ines.locator("#filter-error")).to_contain_text("There is no field colour")
    expect(field).to_be_focused()
    assert field.evaluate("field => [field.selectionStart, field.selectionEnd]") == [0, len("colour:red")]


def test_without_a_stream_it_asks_by_itself(pages: tuple[Page, Page], alerts: list[Alert]) -> None:
    ines, _omar = pages
    ines.clock.install()
    ines.route("**/live", lambda route: route.abort())
    ines.reload()
    Alert.objects.filter(pk=alerts[0].pk).update(event_count=41)
    for _ in range(100):
        ines.clock.run_for(3_000)
        if "×41" in ines.locator(f"#alert-{alerts[0].pk}").inner_text():
            break
        ines.wait_for_timeout(200)
    expect(ines.locator(f"#alert-{alerts[0].pk}")).to_contain_text("×41")


def test_rules_are_written_by_keys_alone(page: Page, program: Program) -> None:
    person("admin", name="Ada A", password=PASSWORD, email="ada@x.example")
    log_in(page, "ada@x.example")
    page.goto("/alerts/rules/")
    page.keyboard.press("a")
    name = page.locator("#r-name")
    expect(name).to_be_focused()
    name.press("Control+a")
    page.keyboard.type("Night backups")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("label.job:backup")
    page.locator("#up-1").press("Enter")
    expect(page.locator("#down-0")).to_be_focused()  # the first one cannot go further up
    page.keyboard.press("Enter")
    expect(page.locator("#up-1")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#down-0")).to_be_focused()
    page.keyboard.press("Tab")  # close it
    page.keyboard.press("Enter")
    expect(page.locator("#edit-0")).to_be_focused()
    page.locator("#note").focus()
    page.keyboard.type("Backups of the night")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".rule").first).to_contain_text("Night backups")
    assert body_of("alert_rules")[1]["rules"][0]["name"] == "Night backups"
