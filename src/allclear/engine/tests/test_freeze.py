"""What has been on call is written down once, and no later change of the schedule moves it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.engine import freeze
from allclear.oncall.actions import freezing, schedules
from allclear.oncall.models import Schedule, Shift
from allclear.oncall.queries import final_of
from allclear.testing import T0, person, schedule

pytestmark = pytest.mark.django_db
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def go(now: datetime) -> int:
    return sum(loop.process(now) for loop in freeze.loops())


def past(row: Schedule) -> list[tuple[int, datetime, datetime]]:
    rows = Shift.objects.filter(schedule=row, is_shadow=False)
    return [(shift.user_id, shift.starts_at, shift.ends_at) for shift in rows]


def test_it_writes_once_an_hour_and_never_twice() -> None:
    ana, ben = person(name="Ana"), person(name="Ben")
    row = schedule(ana, ben)
    assert go(T0 + HOUR - timedelta(seconds=1)) == 0
    assert go(T0 + HOUR) == 1
    assert go(T0 + HOUR) == 0
    assert go(T0 + 2 * HOUR) == 1
    assert past(row) == [(ana.pk, T0, T0 + 2 * HOUR)]  # one shift that goes on, not two
    go(T0 + WEEK + HOUR)
    assert past(row) == [(ana.pk, T0, T0 + WEEK), (ben.pk, T0 + WEEK, T0 + WEEK + HOUR)]
    row.refresh_from_db()
    assert row.frozen_until == T0 + WEEK + HOUR
    assert Shift.objects.first().why == "It is their turn in layer “Primary”."  # type: ignore[union-attr]  # there


def test_the_engine_goes_round_it() -> None:
    from allclear.engine import run

    assert "freeze" in run.main.__code__.co_names


def test_a_change_leaves_what_has_been_as_it_was() -> None:
    ana, ben = person(name="Ana"), person(name="Ben")
    row = schedule(ana)
    other = {**row.layers[0], "rotation": {**row.layers[0]["rotation"], "members": [[ben.pk]]}}
    changed = schedules.change_schedule(SYSTEM_VIEWER, row.pk, {"layers": [other]}, now=T0 + DAY)
    assert changed.frozen_until == T0 + DAY
    spans = final_of(changed, T0, T0 + 2 * DAY)
    assert [(span.people, span.start, span.end) for span in spans] == [
        ((ana.pk,), T0, T0 + DAY),
        ((ben.pk,), T0 + DAY, T0 + 2 * DAY),
    ]


def test_an_override_that_begins_in_the_past_acts_from_now_on() -> None:
    ana, ben = person(name="Ana"), person(name="Ben")
    row = schedule(ana, ben)
    values = {"schedule_id": row.pk, "kind": "replace", "people": [ben.pk], "instead_of_id": ana.pk}
    span = {"starts_at": T0, "ends_at": T0 + 2 * DAY}
    made = schedules.add_override(SYSTEM_VIEWER, {**values, **span}, now=T0 + DAY)
    row.refresh_from_db()
    assert [s.people for s in final_of(row, T0, T0 + 2 * DAY)] == [(ana.pk,), (ben.pk,)]
    schedules.withdraw_override(SYSTEM_VIEWER, made.pk, now=T0 + DAY + HOUR)
    row.refresh_from_db()
    told = [(s.people, s.end - s.start) for s in final_of(row, T0, T0 + 2 * DAY)]
    assert told == [((ana.pk,), DAY), ((ben.pk,), HOUR), ((ana.pk,), DAY - HOUR)]


def test_leave_said_late_takes_nobody_out_of_the_past() -> None:
    ana = person(name="Ana")
    row, other = schedule(ana), schedule(person(name="Ben"))
    schedules.add_leave(SYSTEM_VIEWER, {"user_id": ana.pk, "starts_at": T0, "ends_at": T0 + 2 * DAY}, now=T0 + DAY)
    row.refresh_from_db()
    other.refresh_from_db()
    assert [s.people for s in final_of(row, T0, T0 + 2 * DAY)] == [(ana.pk,), ()]
    assert other.frozen_until == T0


def test_a_schedule_out_of_use_has_no_shifts_for_that_time() -> None:
    row = schedule(person(name="Ana"))
    schedules.change_schedule(SYSTEM_VIEWER, row.pk, {"is_active": False}, now=T0 + DAY)
    go(T0 + 2 * DAY)
    schedules.change_schedule(SYSTEM_VIEWER, row.pk, {"is_active": True}, now=T0 + 3 * DAY)
    go(T0 + 4 * DAY)
    assert [(start, end) for _, start, end in past(row)] == [(T0, T0 + DAY), (T0 + 3 * DAY, T0 + 4 * DAY)]


def test_shadows_are_written_as_shadows() -> None:
    ana, sam = person(name="Ana"), person(name="Sam")
    rotation = {"kind": "daily", "length": 1, "start": T0.isoformat()}
    layers = [
        {"name": "Primary", "rotation": {**rotation, "members": [[ana.pk]]}},
        {"name": "Learning", "is_shadow": True, "rotation": {**rotation, "members": [[sam.pk]]}},
    ]
    row = schedules.add_schedule(SYSTEM_VIEWER, {"name": "Rota", "layers": layers}, now=T0)
    assert freezing.freeze(row.pk, T0 + DAY)
    assert {(s.user_id, s.is_shadow) for s in Shift.objects.all()} == {(ana.pk, False), (sam.pk, True)}
