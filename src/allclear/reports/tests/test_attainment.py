"""How many promises were kept, of the incidents that one may see."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test.utils import CaptureQueriesContext

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_of
from allclear.incidents import actions
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.reports.attainment import Line, attainment
from allclear.reports.spans import span
from allclear.testing import T0, agreement, calendar, codes, logged, person, promise, request_as, resolution, team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
MARCH = span(date(2026, 3, 1), date(2026, 4, 1), ZoneInfo("UTC"))
LATER = T0 + timedelta(days=3)


@pytest.fixture
def agent() -> User:
    codes()
    made = person("incident_manager")
    team(made)
    return made


def gold() -> int:
    hours = calendar(zone="UTC", is_always=True)
    return agreement(promise("response", 30, hours), promise("resolution", 240, hours)).pk


def told(lines: object) -> list[tuple[object, ...]]:
    assert isinstance(lines, list)
    return [(one.metric, one.met, one.breached, one.running, one.share) for one in lines if isinstance(one, Line)]


def test_it_counts_what_was_met_what_was_not_and_what_still_runs(agent: User) -> None:
    gold()
    quick, slow, _ = logged(agent), logged(agent), logged(agent, at=60 * 71)
    actions.accept_incident(request_as(agent, 30), quick.pk)
    actions.accept_incident(request_as(agent, 31), slow.pk)
    actions.resolve_incident(request_as(agent, 240), quick.pk, resolution())
    assert told(attainment(viewer_of(agent), MARCH, LATER, by=())) == [
        ("resolution", 1, 1, 1, 50.0), ("response", 1, 2, 0, 33.3),
    ]  # fmt: skip


def test_it_tells_apart_what_it_is_asked_to(agent: User) -> None:
    key = gold()
    logged(agent, impact=1, urgency=1)
    logged(agent)
    lines = attainment(viewer_of(agent), MARCH, LATER, by=("priority", "month", "agreement"))
    assert [one.priority for one in lines if one.metric == "response"] == [1, 3]
    assert {(one.month, one.agreement_id) for one in lines} == {(date(2026, 3, 1), key)}
    assert attainment(viewer_of(agent), MARCH, LATER, kind="ola") == []


def test_a_month_is_that_of_the_zone_that_is_asked_for(agent: User) -> None:
    gold()
    logged(agent, at=T0.replace(month=3, day=31, hour=23))
    berlin = span(date(2026, 3, 1), date(2026, 5, 1), ZoneInfo("Europe/Berlin"))
    assert {one.month for one in attainment(viewer_of(agent), berlin, LATER)} == {date(2026, 4, 1)}


def test_what_was_cancelled_does_not_count(agent: User) -> None:
    gold()
    actions.cancel_incident(request_as(agent, 5), logged(agent).pk, reason="Twice")
    assert attainment(viewer_of(agent), MARCH, LATER) == []


def test_it_asks_the_database_once_and_refuses_what_it_does_not_know(agent: User) -> None:
    from django.db import connection

    viewer = viewer_of(agent)
    with CaptureQueriesContext(connection) as seen:
        attainment(viewer, MARCH, LATER)
    assert len(seen) == 1
    for bad in ({"by": ("weather",)}, {"kind": "wish"}):
        with pytest.raises(Invalid):
            attainment(viewer, MARCH, LATER, **bad)
    with pytest.raises(NotPermitted):
        attainment(viewer_of(person("requester")), MARCH, LATER)
