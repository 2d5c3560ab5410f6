"""Resolved incidents close and agreed waits end by themselves; nothing that fails holds the others up."""

from __future__ import annotations

import logging
import os
import signal
import time
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.catalog.policies import save_policy
from allclear.domain.terms import HoldReason, Role
from allclear.engine import autoclose, run
from allclear.engine.loop import Loop
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel.clock import set_clock
from allclear.kernel.events import stream
from allclear.kernel.models import Event, Heartbeat
from allclear.testing import T0, in_status, instant, person, request_as, resolution, security_class, team

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = T0 + 6 * DAY  # the policy closes after 5 days


def closing() -> Loop:
    return autoclose.loops()[0]


def resuming() -> Loop:
    return autoclose.loops()[1]


def lifecycle(admin: User, **body: Any) -> None:
    save_policy(viewer_for(admin.pk), "lifecycle", body, note="", expected_version=0, now=T0)


def status_of(row: Incident) -> str:
    row.refresh_from_db()
    return row.status


def test_it_closes_what_was_resolved_for_as_long_as_the_policy_says() -> None:
    row = in_status("resolved")
    due = instant(2) + 5 * DAY
    assert closing().process(due - timedelta(seconds=1)) == 0
    assert closing().process(due) == 1
    assert status_of(row) == "closed"
    assert (row.closed_at, row.closed_by_id) == (due, None)
    assert row.completeness and row.completeness > 0
    event = Event.objects.get(kind="closed_automatically")
    assert (event.actor_kind, event.actor_id) == ("system", None)
    assert event.cause == {"rule": "lifecycle", "version": 0, "close_after_days": 5}
    assert closing().process(due + DAY) == 0


@pytest.mark.parametrize("status", ["new", "assigned", "in_progress", "on_hold", "closed", "cancelled"])
def test_it_closes_nothing_that_is_not_resolved(status: str) -> None:
    row = in_status(status)
    assert closing().process(LATER + 100 * DAY) == 0
    assert status_of(row) == status


def test_it_never_closes_when_the_policy_says_zero_days() -> None:
    row = in_status("resolved")
    lifecycle(person(Role.ADMIN), close_after_days=0)
    assert closing().process(LATER + 1000 * DAY) == 0
    assert status_of(row) == "resolved"


def test_it_counts_from_the_policy_in_force() -> None:
    row = in_status("resolved")
    lifecycle(person(Role.ADMIN), close_after_days=30)
    assert closing().process(LATER) == 0
    assert closing().process(LATER + 30 * DAY) == 1
    assert status_of(row) == "closed"


def test_it_closes_even_when_closing_by_hand_asks_for_a_verification() -> None:
    row = in_status("resolved")
    lifecycle(person(Role.ADMIN), needs_verification=True)
    assert closing().process(LATER) == 1
    assert status_of(row) == "closed"


def test_it_waits_again_after_a_word_of_the_requester() -> None:
    requester, agent = person(Role.REQUESTER), person()
    row = in_status("resolved", by=agent, requester_id=requester.pk)
    actions.reply_publicly(request_as(requester, T0 + 4 * DAY), row.pk, "It still drops now and then")
    actions.reply_publicly(request_as(agent, T0 + 5 * DAY), row.pk, "We look again")  # staff's word does not count
    assert closing().process(LATER) == 0
    assert closing().process(T0 + 9 * DAY) == 1


def test_it_leaves_open_what_still_has_a_task() -> None:
    agent = person()
    row = in_status("resolved", by=agent)
    actions.add_task(request_as(agent, 10), row.pk, title="Order a spare")
    assert closing().process(LATER) == 0
    actions.finish_task(request_as(agent, 20), row.pk, str(row.tasks.get().pk))
    assert closing().process(LATER) == 1


def test_it_closes_incidents_of_every_security_class() -> None:
    secret = in_status("resolved")
    Incident.objects.filter(pk=secret.pk).update(security_class=security_class())
    assert closing().process(LATER) == 1
    assert status_of(secret) == "closed"


def test_it_looks_again_before_it_closes() -> None:
    agent = person()
    row = in_status("resolved", by=agent)
    actions.reopen_incident(request_as(agent, 60), row.pk, reason="It drops again")
    assert autoclose.close(row.pk, LATER) is False  # found before it was reopened
    assert status_of(row) == "in_progress"


def test_it_resumes_when_the_agreed_wait_is_over() -> None:
    agent = person()
    row = in_status("in_progress", by=agent)
    until = T0 + DAY
    actions.hold_incident(request_as(agent, 10), row.pk, reason=HoldReason.CHANGE, until=until)
    assert resuming().process(until - timedelta(seconds=1)) == 0
    assert resuming().process(until) == 1
    assert status_of(row) == "in_progress"
    assert (row.hold_reason, row.hold_until, row.assignee_id) == ("", None, agent.pk)
    event = stream("incident", row.pk)[-1]
    assert (event.kind, event.actor_kind) == ("resumed", "system")
    assert event.cause["rule"] == "hold until"
    assert event.trace[0]["summary"] == "The agreed wait is over: the work goes on"
    assert "change" in event.trace[0]["steps"][0]["because"]
    assert resuming().process(until) == 0


def test_it_lets_wait_what_has_no_end_agreed() -> None:
    row = in_status("on_hold")
    assert resuming().process(LATER) == 0
    assert status_of(row) == "on_hold"


def test_it_does_not_resume_twice() -> None:
    agent = person()
    row = in_status("in_progress", by=agent)
    actions.hold_incident(request_as(agent, 10), row.pk, reason=HoldReason.CHANGE, until=T0 + DAY)
    actions.resume_incident(request_as(agent, 20), row.pk)
    assert autoclose.resume(row.pk, LATER) is False


def test_it_pushes_a_bad_row_on_and_goes_on_with_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    agent = person()
    bad, good = in_status("resolved", by=agent), in_status("resolved", by=agent, at=5)
    real = actions.close_incident

    def close(request: Any, incident_id: int, **more: Any) -> Any:
        if incident_id == bad.pk:
            raise RuntimeError("a bad row")
        return real(request, incident_id, **more)

    monkeypatch.setattr(actions, "close_incident", close)
    loop = closing()
    with caplog.at_level(logging.ERROR):
        assert loop.process(LATER) == 1
    assert (status_of(bad), status_of(good)) == ("resolved", "closed")
    assert f"row {bad.pk} failed" in caplog.text
    assert Heartbeat.objects.get(loop="autoclose").error == f"Row {bad.pk}: a bad row"

    caplog.clear()
    assert loop.process(LATER + timedelta(seconds=30)) == 0  # it waits its minute
    assert caplog.text == ""
    monkeypatch.setattr(actions, "close_incident", real)
    assert loop.process(LATER + timedelta(minutes=1)) == 1
    assert status_of(bad) == "closed"
    assert Heartbeat.objects.get(loop="autoclose").error == ""


def test_it_lets_no_bad_rows_fill_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def act(key: int, now: Any) -> bool:
        tried.append(key)
        raise RuntimeError

    loop = Loop("bad", lambda now, without, limit: [k for k in range(1, 9) if k not in without][:limit], act)
    for _ in range(3):
        loop.process(T0, limit=3)
    assert tried == [1, 2, 3, 4, 5, 6, 7, 8]


def test_it_waits_longer_each_time_but_never_more_than_an_hour() -> None:
    tried: list[int] = []

    def act(key: int, now: Any) -> bool:
        tried.append((now - T0) // timedelta(minutes=1))
        raise RuntimeError

    loop = Loop("bad", lambda now, without, limit: [] if 1 in without else [1], act)
    for minute in range(240):
        loop.process(T0 + timedelta(minutes=minute))
    assert tried == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_it_works_on_no_more_than_the_limit() -> None:
    agent = person()
    rows = [in_status("resolved", by=agent, at=n) for n in range(3)]
    assert closing().process(LATER, limit=2) == 2
    assert [status_of(row) for row in rows] == ["closed", "closed", "resolved"]


def test_it_beats_each_round() -> None:
    loop = closing()
    loop.process(T0)
    loop.process(LATER)
    beat = Heartbeat.objects.get(loop="autoclose")
    assert (beat.beat_at, beat.worked, beat.error) == (LATER, 0, "")


LOOPS = {
    "autoclose", "handovers", "resume", "freeze", "thresholds", "escalate", "sla", "fold", "decide", "heartbeats",
    "audit", "deliver", "stale", "storms",
}  # fmt: skip


def test_it_goes_round_until_nothing_is_due() -> None:
    agent = person()
    closed = in_status("resolved", by=agent)
    held = in_status("in_progress", by=agent)
    actions.hold_incident(request_as(agent, 10), held.pk, reason=HoldReason.EVIDENCE, until=T0 + DAY)
    with set_clock(LATER):
        run.main(once=True)
    assert (status_of(closed), status_of(held)) == ("closed", "in_progress")
    assert set(Heartbeat.objects.values_list("loop", flat=True)) == LOOPS


def _all_beat() -> bool:
    return set(Heartbeat.objects.values_list("loop", flat=True)) == LOOPS


@pytest.mark.django_db(transaction=True)  # the loops run on threads
def test_it_ends_soon_after_a_signal_and_gives_the_handlers_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def end_it() -> None:
        until = time.monotonic() + 60
        while not _all_beat() and time.monotonic() < until:
            time.sleep(0.02)
        connection.close()
        if signal.getsignal(signal.SIGTERM) is not before:  # else it would end the tests
            os.kill(os.getpid(), signal.SIGTERM)

    thread = Thread(target=end_it)
    thread.start()
    run.main()  # would go on for ever
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before
    assert _all_beat()


def test_it_survives_a_loop_that_breaks_and_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    def broken(now: Any, without: Any, limit: int) -> list[int]:
        raise RuntimeError("broken for good")

    done: list[int] = []

    def act(key: int, now: Any) -> bool:
        done.append(key)
        return True

    loops = [Loop("broken", broken, act), Loop("fine", lambda now, without, limit: [7], act)]
    assert run.go_round(loops, run.Stop()) == 1
    assert done == [7]
    assert "Loop broken broke" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_it_opens_a_new_connection_when_the_database_was_away(caplog: pytest.LogCaptureFixture) -> None:
    row = in_status("resolved")
    away = [OperationalError("the server is restarting")]

    def act(key: int, now: Any) -> bool:
        if away:
            connection.close()  # what a restart does to it
            raise away.pop()
        return autoclose.close(key, LATER)

    loop = Loop("autoclose", lambda now, without, limit: autoclose.due_to_close(LATER, without, limit), act)
    assert run.go_round([loop], run.Stop()) == 0
    assert "does not answer" in caplog.text
    assert run.go_round([loop], run.Stop()) == 1  # at once: it was no fault of the row
    assert status_of(row) == "closed"


@pytest.mark.django_db(transaction=True)
def test_it_passes_by_what_somebody_else_holds() -> None:
    agent = person()
    row = in_status("resolved", by=agent)
    answers: list[bool] = []

    def elsewhere() -> None:
        answers.append(autoclose.close(row.pk, LATER))
        connection.close()

    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=row.pk)
        thread = Thread(target=elsewhere)
        thread.start()
        thread.join(60)
        assert answers == [False]  # it did not wait for us
    assert autoclose.close(row.pk, LATER) is True


@pytest.mark.django_db(transaction=True)
def test_it_closes_each_once_with_several_replicas() -> None:
    agent = person()
    rows = [in_status("resolved", by=agent, at=n) for n in range(8)]
    resolution()
    worked: list[int] = []

    def replica() -> None:
        worked.append(closing().process(LATER))
        connection.close()

    threads = [Thread(target=replica) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(worked) == len(rows)
    assert Event.objects.filter(kind="closed_automatically").count() == len(rows)


def test_it_tells_once_of_an_offer_that_nobody_answered() -> None:
    agent, other = person(), person()
    row = in_status("in_progress", by=agent, team_id=team(agent).pk)
    actions.hand_over_incident(request_as(agent, 10), row.pk, team_id=team(other).pk, reason="Theirs")
    loop, due = autoclose.loops()[2], instant(10) + timedelta(hours=4)
    assert loop.process(due - timedelta(seconds=1)) == 0
    assert loop.process(due) == 1
    assert loop.process(due + DAY) == 0
    row.refresh_from_db()
    assert (row.handover_unanswered_at, row.team_id) == (due, row.team_id)
    event = Event.objects.get(kind="handover_unanswered")
    assert (event.actor_kind, event.cause["handover_answer_hours"]) == ("system", 4)
    assert event.trace[0]["steps"][0]["text"] == "An offer is to be answered within 4 hours"
    actions.accept_handover(request_as(other, due), row.pk)
    row.refresh_from_db()
    assert row.handover_unanswered_at is None


def test_it_leaves_offers_alone_when_the_policy_says_never() -> None:
    agent = person()
    row = in_status("in_progress", by=agent, team_id=team(agent).pk)
    actions.hand_over_incident(request_as(agent, 10), row.pk, team_id=team(person()).pk, reason="Theirs")
    lifecycle(person(Role.ADMIN), handover_answer_hours=0)
    assert autoclose.loops()[2].process(LATER) == 0
