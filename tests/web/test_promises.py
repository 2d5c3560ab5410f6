"""Promises on screens: card, page of every minute, the queue's column, view and order, the portal, the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.incidents import actions
from allclear.incidents.actions.fire import due_clocks, fire
from allclear.incidents.models import Incident
from allclear.incidents.presets import counts, presets_for
from allclear.incidents.report import pdf_of, report_of
from allclear.kernel.clock import set_clock
from allclear.testing import (
    agreement,
    calendar,
    codes,
    instant,
    logged,
    new_version,
    person,
    promise,
    request_as,
    resolution,
    team,
)
from tests.web.screens import HTMX, as_
from tests.web.test_keys import assert_unique

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


class World:
    """Answer in 30 minutes, solve in 4 hours of office hours in Kathmandu; at 75 % the lead and the team are told."""

    def __init__(self) -> None:
        codes()
        self.agent = person("incident_manager", name="Ana Lind", time_zone="Europe/Berlin")
        self.requester = person("requester", time_zone="Europe/Berlin")
        self.team = team(self.agent, name="Network")
        week = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "08:00", "to": "20:00"}]
        self.hours = calendar("Kathmandu office", zone="Asia/Kathmandu", week=week)
        tells = [{"percent": 75, "actions": [{"do": "tell_team"}, {"do": "raise_priority"}]}]
        self.gold = agreement(
            promise("response", 30, self.hours),
            promise("resolution", 240, self.hours, "All", pauses=["requester"], thresholds=tells),
            name="Gold",
        )

    def log(self, at: int = 0, **form: Any) -> Incident:
        return logged(self.agent, at=at, team_id=self.team.pk, requester_id=self.requester.pk, **form)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def at_ten() -> Iterator[None]:
    with set_clock(instant(60)):
        yield


def seen(user: User, name: str, minutes: int, *args: Any, **query: Any) -> str:
    with set_clock(instant(minutes)):
        response = as_(user).get(reverse(f"incidents:{name}", args=args), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_page_says_each_promise_with_its_bar_and_why(world: World) -> None:
    row = world.log()
    html = seen(world.agent, "detail", 20, row.number)
    assert "Respond by 10:30" in html and "10 min left" in html  # in Berlin
    assert "Resolve by 14:00" in html and "3 h 40 min left" in html
    assert html.count('class="ledger-bar"') == 2
    assert "Target “All” of Gold" in html
    assert reverse("incidents:promises", args=[row.number]) in html
    assert_unique(html)


def test_what_is_over_is_one_line_without_a_bar(world: World) -> None:
    row = world.log()
    actions.accept_incident(request_as(world.agent, 40), row.pk)
    html = seen(world.agent, "detail", 50, row.number)
    assert "Answered too late" in html and "10 min over" in html
    assert html.count('class="ledger-bar"') == 1


def test_a_bar_shows_what_paused_by_another_pattern_than_what_counted(world: World) -> None:
    row = world.log()
    actions.accept_incident(request_as(world.agent, 5), row.pk)
    actions.hold_incident(request_as(world.agent, 60), row.pk, reason="requester", note="Which?")
    html = seen(world.agent, "detail", 120, row.number)
    assert "The time to resolve is paused" in html and "paused, 3 h left" in html
    assert {"counted", "paused"} <= set(re.findall(r'class="ledger-span" data-kind="(\w+)"', html))


def test_a_browser_gets_what_it_needs_to_count_on(world: World) -> None:
    row = world.log()
    html = seen(world.agent, "detail", 20, row.number)
    found = re.search(r'data-left="(\d+)" data-total="(\d+)" data-counted-from="(\d+)" data-spans="([^"]+)"', html)
    assert found is not None
    left, total, since, spans = found.groups()
    assert (int(left), int(total), int(since)) == (600, 1800, int(instant(20).timestamp()))
    start, end = map(int, spans.split(" ")[0].split("-"))
    closes = instant(0).replace(hour=14, minute=15)  # 20:00 in Kathmandu
    assert (start, end) == (int(since), int(closes.timestamp()))


def test_every_minute_is_explained_in_the_readers_zone_and_in_the_calendars(world: World) -> None:
    row = world.log()
    html = seen(world.agent, "promises", 20, row.number)
    assert "Mon 2 Mar 2026, 10:00:00" in html and "Asia/Kathmandu" in html
    assert "Used of 4 h" in html and "<b>20 min</b>" in html
    there = seen(world.agent, "promises", 20, row.number, zone="calendar")
    assert "Mon 2 Mar 2026, 14:45:00" in there and "Mon 2 Mar 2026, 10:00:00" not in there


def test_it_says_which_thresholds_fired_and_whom_they_told(world: World) -> None:
    row = world.log(impact=3, urgency=3)
    actions.accept_incident(request_as(world.agent, 5), row.pk)
    late = instant(190)
    assert fire(due_clocks(late, (), 10), late) == 1
    html = seen(world.agent, "promises", 200, row.number)
    assert "told Ana Lind, raised the priority" in html and "10 min late" in html
    page = seen(world.agent, "detail", 200, row.number)
    assert "75 % of the time to resolve is used (Gold), told Ana Lind, raised the priority, 10 min late" in page


def test_the_timeline_says_that_newer_agreements_apply(world: World) -> None:
    row = world.log()
    new_version(world.gold, promise("resolution", 60, world.hours), at=5)
    actions.rebase_incident(request_as(person("admin"), 10), row.pk, reason="The contract changed")
    html = seen(world.agent, "detail", 20, row.number)
    assert "let the agreements of now apply to it, counted from its start" in html and "The contract changed" in html
    assert "Resolve by 11:00" in html


def test_a_requester_reads_by_when_and_nothing_of_agreements(world: World) -> None:
    row = world.log()
    html = seen(world.requester, "detail", 20, row.number)
    assert "We will answer by 10:30. Expected to be solved by 14:00." in html
    assert "Gold" not in html and "ledger" not in html
    with set_clock(instant(20)):
        assert as_(world.requester).get(reverse("incidents:promises", args=[row.number])).status_code == 403


def test_the_queue_says_how_each_promise_stands_in_words_and_shape(world: World) -> None:
    rows = {name: world.log(at) for name, at in (("due", 200), ("risk", 40), ("over", 0))}
    for row in rows.values():
        actions.accept_incident(request_as(world.agent, 205), row.pk)
    html = seen(world.agent, "queue", 245)
    cells = {name: _cell(html, row) for name, row in rows.items()}
    assert "Resolve in" in cells["due"] and "3:15" in cells["due"] and 'data-level="ok"' in cells["due"]
    assert "0:35" in cells["risk"] and 'data-standing="at_risk"' in cells["risk"] and "<svg" in cells["risk"]
    assert "Overdue by" in cells["over"] and "0:05" in cells["over"] and "<svg" in cells["over"]


def _cell(html: str, row: Incident) -> str:
    line = html.split(f'id="incident-{row.number}"')[1]
    return line.split('data-column="due"')[1].split("</div>")[0]


def test_the_queue_reads_promises_in_one_query_however_many_rows(world: World) -> None:
    def cost() -> int:
        from django.db import connection

        with CaptureQueriesContext(connection) as captured:
            seen(world.agent, "queue", 30)
        return sum("incidents_sla_clock" in query["sql"] for query in captured.captured_queries)

    world.log()
    assert cost() == 1
    for n in range(10):
        world.log(n)
    assert cost() == 1


def test_without_agreements_the_queue_says_whose_turn_it_is() -> None:
    agent = person()
    logged(agent)
    html = seen(agent, "queue", 1)
    assert "Waits for" in html and 'data-column="due"' not in html


def test_the_view_at_risk_has_what_is_due_soon_and_what_is_overdue_the_soonest_first(world: World) -> None:
    fresh, soon, late = world.log(230), world.log(20), world.log(0)
    for row in (fresh, soon, late):
        actions.accept_incident(request_as(world.agent, 231), row.pk)
    html = seen(world.agent, "queue", 250, view="risk")
    assert re.findall(r'data-row data-number="(\w+)"', html) == [late.number, soon.number]
    viewer = viewer_for(world.agent.pk)
    assert counts(viewer, presets_for(viewer), instant(250))["risk"].number == 2


def test_what_is_due_sorts_first_and_what_is_not_due_comes_last(world: World) -> None:
    first, held = world.log(0), world.log(1)
    actions.accept_incident(request_as(world.agent, 2), held.pk)
    actions.hold_incident(request_as(world.agent, 3), held.pk, reason="requester", note="Which?")
    second = world.log(5)
    for sort, order in (("due", [first, second, held]), ("-due", [second, first, held])):
        html = seen(world.agent, "queue", 10, sort=sort)
        assert re.findall(r'data-row data-number="(\w+)"', html) == [row.number for row in order], sort


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("breached:yes", ["late"]),
        ("breached:no status:open", ["fresh"]),
        ("at_risk:yes", ["late"]),
        ("at-risk:no status:open", ["fresh"]),
        ("due:<now", ["late"]),
        ("due:<4h due:>now", ["fresh"]),
        ("is:late", ["late"]),
    ],
)
def test_it_filters_by_what_was_promised(world: World, text: str, names: list[str]) -> None:
    rows = {"late": world.log(0), "fresh": world.log(200)}
    actions.accept_incident(request_as(world.agent, 31), rows["late"].pk)
    html = seen(world.agent, "queue", 250, filter=text)
    assert re.findall(r'data-row data-number="(\w+)"', html) == [rows[name].number for name in names]


def test_the_filter_line_offers_the_fields_of_promises(world: World) -> None:
    html = seen(world.agent, "filter_complete", 1, text="at-", cursor=3)
    assert "at-risk:" in html
    assert "yes" in seen(world.agent, "filter_complete", 1, text="at-risk:", cursor=8)


def test_the_report_has_each_promise_with_its_ledger(world: World) -> None:
    row = world.log()
    actions.accept_incident(request_as(world.agent, 31), row.pk)
    actions.resolve_incident(request_as(world.agent, 100), row.pk, resolution())
    data = report_of(Incident.objects.get(pk=row.pk), viewer_for(world.agent.pk), instant(200))
    told = {one["name"]: one for one in data["promises"]}
    assert (told["Response"]["state"], told["Resolution"]["state"]) == ("breached", "met")
    assert told["Resolution"]["used_seconds"] == 6000
    assert [line["counted"] for line in told["Resolution"]["ledger"]] == ["1 h 40 min"]
    assert pdf_of(data).startswith(b"%PDF")
    public = report_of(Incident.objects.get(pk=row.pk), viewer_for(world.requester.pk), instant(200))
    assert "promises" not in public
    assert "Promises" in seen(world.agent, "report", 200, row.number)


def test_the_card_comes_with_the_live_page(world: World) -> None:
    row = world.log()
    with set_clock(instant(1) + timedelta(seconds=5)):
        part = as_(world.agent).get(reverse("incidents:detail", args=[row.number]), headers=HTMX).content.decode()
    assert 'id="promises"' in part and "<html" not in part
