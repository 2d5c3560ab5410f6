"""Promises in words: due when, how much is used, what does not count; in the reader's zone and over clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from allclear.accounts.models import User
from allclear.domain.sla import Standing
from allclear.incidents import actions, promise_ledger, promise_told, promise_words
from allclear.incidents.models import Incident
from allclear.incidents.promised import Promise, foremost, promised, promises_of
from allclear.kernel.generation import held_still
from allclear.testing import agreement, calendar, codes, instant, logged, person, promise, request_as, resolution, team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
UTC_ZONE, BERLIN, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WEEK = [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}]


@pytest.fixture
def agent() -> User:
    codes()
    made = person("incident_manager")
    team(made)
    return made


def gold(**body: Any) -> Any:
    """Answer in 30 minutes, resolve in 4 hours, by office hours; waiting for the requester pauses."""
    hours = calendar("Office")
    return agreement(
        promise("response", 30, hours, pauses=["requester"]),
        promise("resolution", 240, hours, pauses=["requester"]),
        name="Gold",
        **body,
    )


def of(row: Incident, now: datetime | int, metric: str = "resolution") -> Promise:
    return next(one for one in promises_of(row.pk, instant(now)) if one.metric == metric)


def test_it_says_when_it_is_due_and_how_much_is_used(agent: User) -> None:
    gold()
    row = logged(agent)
    one = of(row, 130)
    assert promise_words.head(one, UTC_ZONE) == "Resolve by 13:00"
    assert promise_words.remaining(one) == "1 h 50 min left"
    assert promise_words.sentence(one, UTC_ZONE) == "Due 13:00: 2 h 10 min of 4 h used."
    assert promise_words.source(one) == "Gold, version 1, target “resolution 240”. Calendar Office (UTC)."


def test_it_names_the_days_that_do_not_count_and_the_pauses(agent: User) -> None:
    gold()
    friday = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)
    row = logged(agent, at=friday)
    actions.accept_incident(request_as(agent, friday + timedelta(minutes=5)), row.pk)
    held = friday + timedelta(minutes=10)
    actions.hold_incident(request_as(agent, held), row.pk, reason="requester", note="Which building?")
    actions.resume_incident(request_as(agent, held + timedelta(minutes=35)), row.pk)
    one = of(row, datetime(2026, 3, 8, 9, 0, tzinfo=UTC))
    assert promise_words.sentence(one, UTC_ZONE) == (
        "Due 09:35 tomorrow: 2 h 25 min of 4 h used; Saturday, Sunday and time outside working hours do not count; "
        "paused 35 min for the requester."
    )


def test_it_tells_the_same_instant_in_the_zone_of_each_reader(agent: User) -> None:
    gold()
    one = of(logged(agent), 10)
    assert promise_words.head(one, BERLIN) == "Resolve by 14:00"
    assert promise_words.head(one, NEW_YORK) == "Resolve by 08:00"
    assert promise_words.exactly(one.due_at or instant(0), ZoneInfo("Asia/Kathmandu")) == "Mon 2 Mar 2026, 18:45:00"


def test_it_counts_no_hour_twice_when_the_clocks_go_back(agent: User) -> None:
    """Office hours from 01:00 to 05:00 in Berlin on the night of 25 October: 02:00 to 03:00 comes twice."""
    hours = calendar(zone="Europe/Berlin", week=[{"days": [7], "from": "01:00", "to": "05:00"}])
    agreement(promise("resolution", 300, hours))
    row = logged(agent, at=datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    one = of(row, datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert promise_words.sentence(one, BERLIN).startswith("Due 05:00: 2 h 30 min of 5 h used")
    lines = promise_ledger.lines(one)
    assert [(line.length, line.counted) for line in lines] == [("1 h", ""), ("2 h 30 min", "2 h 30 min")]


def test_it_says_why_it_is_paused_and_what_is_left(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.accept_incident(request_as(agent, 10), row.pk)
    actions.hold_incident(request_as(agent, 60), row.pk, reason="requester", note="Which building?")
    one = of(row, 90)
    assert one.standing == Standing.PAUSED
    assert promise_words.head(one, UTC_ZONE) == "The time to resolve is paused"
    assert promise_words.remaining(one) == "paused, 3 h left"
    assert promise_words.sentence(one, UTC_ZONE) == (
        "Paused, it waits for the requester: 1 h of 4 h used; paused 30 min for the requester."
    )


@pytest.mark.parametrize(
    ("at", "standing", "words"),
    [
        (179, Standing.ON_TRACK, "1 h 1 min left"),
        (180, Standing.AT_RISK, "1 h left"),
        (240, Standing.AT_RISK, "0 s left"),
        (275, Standing.OVERDUE, "35 min over"),
    ],
)
def test_it_goes_from_on_track_to_at_risk_to_overdue(agent: User, at: int, standing: Standing, words: str) -> None:
    gold()
    one = of(logged(agent), at)
    assert (one.standing, promise_words.remaining(one)) == (standing, words)


def test_it_says_how_it_ended(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.accept_incident(request_as(agent, 31), row.pk)
    actions.resolve_incident(request_as(agent, 200), row.pk, resolution())
    late, met = of(row, 5000, "response"), of(row, 5000)
    assert promise_words.head(late, UTC_ZONE) == "Answered too late"
    assert promise_words.sentence(late, UTC_ZONE) == "Breached, 1 min over: 31 min used, 30 min were promised."
    assert (promise_words.head(met, UTC_ZONE), promise_words.remaining(met)) == ("Resolved in time", "met")
    assert promise_words.sentence(met, UTC_ZONE) == "Met: 3 h 20 min of 4 h used."


def test_it_says_why_it_is_not_measured(agent: User) -> None:
    gold()
    row = logged(agent)
    actions.cancel_incident(request_as(agent, 60), row.pk, reason="Logged twice")
    one = of(row, 100)
    assert promise_words.head(one, UTC_ZONE) == "Resolution: not measured"
    assert promise_words.sentence(one, UTC_ZONE).startswith("Not measured, it was cancelled: 1 h of 4 h used")


def test_the_ledger_explains_every_minute_and_adds_up(agent: User) -> None:
    gold()
    row = logged(agent, at=datetime(2026, 3, 6, 15, 0, tzinfo=UTC))
    actions.accept_incident(request_as(agent, datetime(2026, 3, 6, 15, 5, tzinfo=UTC)), row.pk)
    now = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
    one = of(row, now)
    lines = promise_ledger.lines(one)
    assert [line.start for line in lines[1:]] == [line.end for line in lines[:-1]]
    assert (lines[0].start, lines[-1].end) == (row.logged_at, now)
    assert [(line.rule, line.kind) for line in lines] == [
        ("Counts", "counted"),
        ("Does not count: outside working hours", "closed"),
        ("Does not count: Saturday", "closed"),
        ("Does not count: Sunday", "closed"),
        ("Does not count: outside working hours", "closed"),
        ("Counts", "counted"),
        ("Counts, after it was due", "late"),
    ]
    counted = sum((line.end - line.start for line in lines if line.counted), timedelta())
    assert counted == one.used == timedelta(hours=6)


def test_an_agreement_between_teams_names_the_team_and_what_others_held(agent: User) -> None:
    first, second = team(agent, name="First line"), team(agent, name="Network")
    agreement(promise("resolution", 120, calendar()), kind="ola", party_ids=[second.pk])
    row = logged(agent, team_id=second.pk)
    actions.assign_incident(request_as(agent, 30), row.pk, team_id=first.pk, assignee_id=None, reason="Not ours")
    one = of(row, 90)
    assert promise_words.title(one) == "Resolution, Network"
    assert promise_words.sentence(one, UTC_ZONE) == (
        "Paused, another team has it: 30 min of 2 h used; 1 h with another team."
    )


def test_it_says_the_rebate_of_a_breach_only(agent: User) -> None:
    gold(penalty={"currency": "EUR", "per_breach": "100", "per_hour": "10"})
    row = logged(agent)
    assert promise_told.rebate(of(row, 240)) == ""
    assert promise_told.rebate(of(row, 241)) == "110.00 EUR"


def test_a_requester_reads_by_when_and_nothing_of_how_it_is_counted(agent: User) -> None:
    gold()
    row = logged(agent)
    read = promised([row.pk], instant(10))[row.pk]
    assert promise_words.to_requester(read, BERLIN) == "We will answer by 10:30. Expected to be solved by 14:00."
    assert promise_words.to_requester(promised([row.pk], instant(300))[row.pk], BERLIN) == ""


def test_it_reads_the_promises_of_many_incidents_in_one_query(agent: User, django_assert_num_queries: Any) -> None:
    gold()
    rows = [logged(agent, at=n) for n in range(5)]
    promised([row.pk for row in rows], instant(10))  # agreements are read once for a process
    with held_still(), django_assert_num_queries(2):  # the first reads which agreements are in force
        found = promised([row.pk for row in rows], instant(20))
    assert [str(foremost(found[row.pk]).metric) for row in rows] == ["response"] * 5  # type: ignore[union-attr]


def test_it_speaks_the_readers_language(agent: User) -> None:
    gold()
    one = of(logged(agent), 10)
    with translation.override("de"):
        assert promise_words.head(one, UTC_ZONE) == "Lösen bis 13:00"
