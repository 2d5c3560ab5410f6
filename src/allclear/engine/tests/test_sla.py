"""Thresholds of clocks: each fires once, tells who is to be told, changes what it is to change, and says when late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.models import Membership, User
from allclear.engine import sla
from allclear.incidents import actions, firing
from allclear.incidents.models import FiredThreshold, Incident, SlaClock
from allclear.incidents.verify import verify_projections
from allclear.kernel.models import Event
from allclear.notifications.models import Notification
from allclear.oncall.models import Escalation
from allclear.testing import (
    agreement,
    calendar,
    codes,
    contact,
    instant,
    logged,
    person,
    policy,
    promise,
    request_as,
    resolution,
    team,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


@pytest.fixture
def agent() -> User:
    codes()
    made = person("agent")
    contact(made)
    return made


def thresholds(*wanted: tuple[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"percent": percent, "actions": [action]} for percent, action in wanted]


def hours(*wanted: tuple[int, dict[str, Any]], **more: Any) -> None:
    """Resolve within 100 minutes, so that percents are minutes."""
    agreement(promise("resolution", 100, calendar(), thresholds=thresholds(*wanted), **more), name="Gold")


def go(minute: int) -> int:
    return sla.loops()[0].process(instant(minute))


def told() -> list[tuple[int | None, str]]:
    return [(one.user_id, one.message["subject"]) for one in Notification.objects.order_by("pk")]


def reached() -> list[Event]:
    return list(Event.objects.filter(kind="threshold_reached").order_by("pk"))


def test_it_warns_the_assignee_when_so_much_is_used_and_not_before(agent: User) -> None:
    hours((75, {"do": "warn_assignee"}))
    row = logged(agent)
    actions.accept_incident(request_as(agent, 1), row.pk)
    assert go(74) == 0
    assert told() == []
    assert go(75) == 1
    assert told() == [(agent.pk, f"P{row.priority} {row.number}: 75 % of the time to resolve is used (Gold)")]
    assert go(76) == 0


def test_it_tells_the_history_what_it_did_and_keeps_the_row_in_line(agent: User) -> None:
    hours((75, {"do": "warn_assignee"}))
    row = logged(agent)
    actions.accept_incident(request_as(agent, 1), row.pk)
    go(75)
    (event,) = reached()
    assert event.data["percent"] == 75
    assert event.data["told"] == [{"do": "warn_assignee", "user_ids": [agent.pk]}]
    assert event.data["late_seconds"] == 0
    report = verify_projections()
    assert report.is_clean, report.differences


def test_it_tells_of_the_breach_even_if_no_threshold_is_named(agent: User) -> None:
    hours()
    row = logged(agent)
    go(100)
    assert [event.data["percent"] for event in reached()] == [100]
    row.refresh_from_db()
    assert row.is_breached


def test_it_fires_all_that_are_due_after_a_downtime_and_says_how_late(agent: User) -> None:
    hours((50, {"do": "warn_assignee"}), (75, {"do": "warn_assignee"}))
    row = logged(agent)
    actions.accept_incident(request_as(agent, 1), row.pk)
    assert go(200) == 3
    assert [(event.data["percent"], event.data["late_seconds"]) for event in reached()] == [
        (50, 9000), (75, 7500), (100, 6000),
    ]  # fmt: skip
    assert "late" in str(reached()[0].trace)
    assert len(told()) == 2


def test_it_tells_nobody_of_what_was_over_meanwhile(agent: User) -> None:
    hours((50, {"do": "warn_assignee"}), (99, {"do": "warn_assignee"}))
    row = logged(agent)
    actions.resolve_incident(request_as(agent, 60), row.pk, resolution())
    assert go(200) == 1  # half was used before it was resolved; nobody needs to hear of it any more
    assert told() == []
    assert [event.data["told"] for event in reached()] == [[]]


def test_it_does_not_fire_while_the_clock_is_paused(agent: User) -> None:
    hours((50, {"do": "warn_assignee"}), pauses=["requester"])
    row = logged(agent)
    actions.hold_incident(request_as(agent, 40), row.pk, reason="requester", note="Which one?")
    assert go(300) == 0
    actions.resume_incident(request_as(agent, 310), row.pk)
    assert go(319) == 0
    assert go(320) == 1


def test_it_tells_the_leads_or_the_whole_team_where_nobody_leads(agent: User) -> None:
    lead, other = person("team_lead"), person()
    for one in (lead, other):
        contact(one)
    led, unled = team(agent, other), team(agent, other)
    Membership.objects.create(team=led, user=lead, is_lead=True)
    hours((50, {"do": "tell_lead"}))
    logged(agent, team_id=led.pk)
    go(50)
    assert [user for user, _ in told()] == [lead.pk]
    logged(agent, at=60, team_id=unled.pk)
    go(110)
    assert {user for user, _ in told()[1:]} == {agent.pk, other.pk}


def test_it_says_no_words_of_a_restricted_incident_to_those_outside(agent: User) -> None:
    from allclear.testing import security_class

    hours((50, {"do": "tell_person", "user_id": agent.pk}))
    insider = person("incident_manager")
    kind = security_class(insider)
    logged(insider, title="Payroll leak", security_class_id=kind.pk)
    go(50)
    (one,) = Notification.objects.all()
    assert "Payroll" not in str(one.message)


def test_it_begins_an_escalation_policy(agent: User) -> None:
    rules = policy(agent, exhausted=agent, name="Breach")
    hours((100, {"do": "escalate", "policy_id": rules.pk}))
    row = logged(agent)
    go(100)
    begun = Escalation.objects.get(subject_id=row.pk)
    assert begun.policy_id == rules.pk
    assert begun.facts["threshold"]["percent"] == 100


def test_it_moves_the_work_to_a_higher_tier(agent: User) -> None:
    first, second = team(agent, tier=1), team(person(), tier=2)
    hours((80, {"do": "higher_tier", "team_id": second.pk}))
    row = logged(agent, team_id=first.pk)
    go(80)
    row.refresh_from_db()
    assert row.team_id == second.pk
    assert verify_projections().is_clean


def test_it_raises_the_priority_by_one_and_counts_under_the_new_target(agent: User) -> None:
    hours_ = calendar()
    raise_ = thresholds((50, {"do": "raise_priority"}))
    agreement(
        promise("resolution", 60, hours_, "P2", when={"priorities": [1, 2]}),
        promise("resolution", 100, hours_, "others", thresholds=raise_),
    )
    row = logged(agent, impact=2, urgency=2)
    before = row.priority or 0
    go(50)
    row.refresh_from_db()
    assert row.priority == before - 1
    clock = SlaClock.objects.get(incident=row)
    assert (clock.target_key, clock.due_at) == ("P2", instant(60))
    assert verify_projections().is_clean


def test_it_passes_by_what_cannot_be_done_and_has_fired_all_the_same(agent: User) -> None:
    gone = policy(agent, exhausted=agent, name="Gone")
    hours((50, {"do": "escalate", "policy_id": gone.pk}))
    gone.is_active = False
    gone.save()
    row = logged(agent)
    assert go(50) == 1
    assert FiredThreshold.objects.filter(clock__incident=row, percent=50).exists()
    assert not Escalation.objects.filter(subject_id=row.pk).exists()


def test_it_fires_again_in_the_next_silence_of_a_progress_clock(agent: User) -> None:
    stalled = thresholds((100, {"do": "warn_assignee"}))
    agreement(promise("progress", 60, calendar(), thresholds=stalled))
    row = logged(agent)
    actions.accept_incident(request_as(agent, 10), row.pk)
    assert go(69) == 0
    assert go(70) == 1
    actions.add_note(request_as(agent, 80), row.pk, "Looked at the switch")
    assert go(139) == 0
    assert go(140) == 1
    assert len(told()) == 2


def test_it_tries_each_alone_when_one_breaks_the_round(agent: User, monkeypatch: pytest.MonkeyPatch) -> None:
    hours((50, {"do": "warn_assignee"}))
    bad, good = logged(agent), logged(agent)
    real = firing.trace_of

    def trace_of(one: Any) -> Any:
        if one.incident.pk == bad.pk:
            raise RuntimeError("broken")
        return real(one)

    monkeypatch.setattr("allclear.incidents.actions.fire.trace_of", trace_of)
    loop = sla.loops()[0]
    assert loop.process(instant(50)) == 1
    assert list(FiredThreshold.objects.values_list("clock__incident", flat=True)) == [good.pk]
    monkeypatch.setattr("allclear.incidents.actions.fire.trace_of", real)
    assert loop.process(instant(50) + timedelta(seconds=30)) == 0  # not yet
    assert loop.process(instant(52)) == 1


def test_it_keeps_the_older_version_until_the_incident_is_based_anew(agent: User) -> None:
    from allclear.testing import new_version

    made = agreement(promise("resolution", 100, calendar(), "slow"))
    row = logged(agent)
    new_version(made, promise("resolution", 50, calendar(), "fast"), at=5)
    manager = person("incident_manager")
    outcome = actions.rebase_incident(request_as(manager, 10), row.pk, reason="The contract has changed")
    assert [event.kind for event in outcome.events] == ["rebased"]
    clock = SlaClock.objects.get(incident=row)
    assert (clock.target_key, clock.due_at) == ("fast", instant(50))
    assert Incident.objects.get(pk=row.pk).promised_at == instant(10)
    assert verify_projections().is_clean
