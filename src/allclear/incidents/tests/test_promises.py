"""SLA clocks follow the verbs: they start, pause, go on, stop, are counted anew, and say when they are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain.sla import Outcome
from allclear.incidents import actions
from allclear.incidents.actions.fire import fire
from allclear.incidents.models import Incident, SlaClock
from allclear.incidents.promises import clock_of
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Refused
from allclear.slas.actions.agreements import remove_agreement
from allclear.slas.queries import hours_of
from allclear.testing import (
    T0,
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

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
HOUR = timedelta(hours=1)


@pytest.fixture
def agent() -> User:
    codes()
    made = person("incident_manager")
    team(made)
    return made


def gold(**body: Any) -> Any:
    """Answer in 30 minutes, resolve in 4 hours (P1) or 8, by office hours; waiting for the requester pauses."""
    hours = calendar()
    return agreement(
        promise("response", 30, hours, pauses=["requester"]),
        promise("resolution", 240, hours, "P1", when={"priorities": [1]}, pauses=["requester"]),
        promise("resolution", 480, hours, "others", pauses=["requester"]),
        **body,
    )


def clock(row: Incident, metric: str = "resolution", **which: Any) -> SlaClock:
    return SlaClock.objects.get(incident=row, metric=metric, is_current=True, **which)


def outcome(row: SlaClock, at: int) -> str:
    return clock_of(row).outcome(hours_of(row.calendar_id, row.calendar_version), instant(at))


def used(row: SlaClock, at: int) -> timedelta:
    return clock_of(row).used(hours_of(row.calendar_id, row.calendar_version), instant(at))


def test_it_starts_both_clocks_when_an_incident_is_logged(agent: User) -> None:
    gold()
    row = logged(agent)
    assert clock(row, "response").due_at == T0 + timedelta(minutes=30)
    assert clock(row).due_at == T0 + 8 * HOUR
    row.refresh_from_db()
    assert (row.due_at, row.due_metric) == (T0 + timedelta(minutes=30), "response")


def test_it_counts_by_the_calendar_over_the_night(agent: User) -> None:
    gold()
    row = logged(agent, at=datetime(2026, 3, 6, 16, 0, tzinfo=UTC))  # a Friday
    assert clock(row).due_at == datetime(2026, 3, 9, 15, 0, tzinfo=UTC)


def test_it_pauses_while_it_waits_for_the_requester_and_goes_on(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.accept_incident(request_as(agent, 10), row.pk)
    actions.hold_incident(request_as(agent, 60), row.pk, reason="requester", note="Which building?")
    held = clock(row)
    assert (held.rule, held.due_at, used(held, 200)) == ("held", None, HOUR)
    row.refresh_from_db()
    assert row.due_at is None
    actions.resume_incident(request_as(agent, 95), row.pk)
    assert clock(row).due_at == datetime(2026, 3, 3, 8, 35, tzinfo=UTC)  # the day ends at 17:00


def test_it_does_not_pause_for_another_reason(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.hold_incident(request_as(agent, 60), row.pk, reason="evidence", note="Waits for the log")
    assert clock(row).due_at == T0 + 8 * HOUR


def test_it_stops_the_response_when_somebody_owns_it_and_the_resolution_when_it_is_resolved(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.accept_incident(request_as(agent, 31), row.pk)
    assert outcome(clock(row, "response"), 500) == Outcome.BREACHED
    actions.resolve_incident(request_as(agent, 480), row.pk, resolution())
    assert outcome(clock(row), 500) == Outcome.MET
    row.refresh_from_db()
    assert row.is_breached and row.due_at is None


def test_it_counts_anew_from_the_start_under_the_target_of_another_priority(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.prioritise_incident(request_as(agent, 60), row.pk, impact=1, urgency=1, reason="All are down")
    now = clock(row)
    assert (now.target_key, now.due_at, used(now, 60)) == ("P1", T0 + 4 * HOUR, HOUR)
    assert "P1" in now.why["summary"]


def test_it_counts_from_the_change_where_the_agreement_says_so(agent: User) -> None:
    gold(on_change="from_change")
    row = logged(agent)
    actions.prioritise_incident(request_as(agent, 60), row.pk, impact=1, urgency=1, reason="All are down")
    now = clock(row)
    assert (now.due_at, used(now, 60)) == (T0 + 5 * HOUR, timedelta())


def test_it_goes_on_after_a_reopening_without_the_time_it_was_resolved(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.resolve_incident(request_as(agent, 60), row.pk, resolution())
    actions.reopen_incident(request_as(agent, 120), row.pk, reason="It drops again")
    now = clock(row)
    assert (now.run, now.due_at) == (1, datetime(2026, 3, 3, 9, 0, tzinfo=UTC))  # 8 h, of which 1 h lay in between


def test_it_begins_a_new_run_after_a_reopening_where_the_agreement_says_so(agent: User) -> None:
    gold(on_reopen="restart")
    row = logged(agent)
    actions.resolve_incident(request_as(agent, 60), row.pk, resolution())
    actions.reopen_incident(request_as(agent, 120), row.pk, reason="It drops again")
    now = clock(row)
    assert (now.run, used(now, 180)) == (2, HOUR)
    assert SlaClock.objects.get(incident=row, metric="resolution", run=1).rule == "stopped"


def test_it_goes_on_as_if_never_stopped_when_that_is_taken_back(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.resolve_incident(request_as(agent, 60), row.pk, resolution())
    actions.undo_incident(request_as(agent, 65), row.pk)
    assert clock(row).due_at == T0 + 8 * HOUR
    assert used(clock(row), 65) == timedelta(minutes=65)


def test_it_voids_the_clocks_of_what_is_cancelled(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.cancel_incident(request_as(agent, 60), row.pk, reason="Logged twice")
    assert outcome(clock(row), 60 * 24 * 9) == Outcome.VOID


def test_it_keeps_the_version_that_it_began_under(agent: User) -> None:
    made = gold()
    row = logged(agent)
    hours = calendar()
    new_version(made, promise("resolution", 60, hours), at=5)
    actions.accept_incident(request_as(agent, 10), row.pk)
    assert clock(row).due_at == T0 + 8 * HOUR
    later = logged(agent, at=6)
    assert clock(later).due_at == instant(66)


def test_it_keeps_nothing_where_no_agreement_is_in_force(agent: User) -> None:
    row = logged(agent)
    assert not SlaClock.objects.filter(incident=row).exists()
    assert row.promised_at == T0


def test_it_counts_the_holding_time_of_a_team(agent: User) -> None:
    first, second = team(agent, name="First line"), team(agent, name="Second line")
    agreement(promise("resolution", 120, calendar()), kind="ola", party_ids=[second.pk])
    row = logged(agent, team_id=first.pk)
    assert not SlaClock.objects.filter(incident=row).exists()
    actions.assign_incident(request_as(agent, 30), row.pk, team_id=second.pk, assignee_id=None, reason="Network")
    assert used(clock(row, party=second.pk), 60) == timedelta(minutes=30)
    actions.assign_incident(request_as(agent, 60), row.pk, team_id=first.pk, assignee_id=None, reason="Not ours")
    assert (clock(row).rule, used(clock(row), 90)) == ("other_team", timedelta(minutes=30))
    assert timezone.is_aware(clock(row).counts_from)


def test_what_incidents_were_measured_under_cannot_be_removed(agent: User) -> None:
    made = gold()
    logged(agent)
    with pytest.raises(Refused, match="End it instead"):
        remove_agreement(viewer_for(agent.pk), made.pk, now=instant(2))
    assert made.versions.exists()


def test_a_breach_that_fired_is_not_forgotten_when_another_clock_moves(agent: User) -> None:
    hours = calendar()
    agreement(promise("response", 120, hours), promise("resolution", 30, hours))
    row = logged(agent)
    fire([clock(row, metric="resolution").pk], instant(30))  # in the very instant that it is due in
    actions.acknowledge_incident(request_as(agent, 40), row.pk)
    row.refresh_from_db()
    assert row.is_breached
    assert verify_projections().is_clean


def test_marks_are_in_universal_time_wherever_the_verb_was_called(agent: User) -> None:
    gold()
    row = logged(agent, at=T0.astimezone(ZoneInfo("America/Toronto")))
    assert clock(row).marks[0][0] == T0.isoformat()
    assert verify_projections().is_clean
