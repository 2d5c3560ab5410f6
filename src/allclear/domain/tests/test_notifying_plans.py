"""By what and when a message reaches a person: rules, broken methods, quiet hours, the digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from allclear.domain.notifying import (
    ContactMethod,
    MethodKind,
    PersonalRules,
    Plan,
    QuietHours,
    Rule,
    Urgency,
    plan,
)
from allclear.domain.tests.escalations import MIN
from allclear.domain.weekly import WeeklySpan

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
NIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
PUSH = ContactMethod(1, MethodKind.PUSH, is_verified=True)
SMS = ContactMethod(2, MethodKind.SMS, is_verified=True)
EMAIL = ContactMethod(3, MethodKind.EMAIL, is_verified=True)
ALL = (PUSH, SMS, EMAIL)
QUIET = QuietHours((WeeklySpan(frozenset(range(1, 8)), time(22), time(6)),), is_agreed=True)
RULES = PersonalRules(high=(Rule(0 * MIN, 1), Rule(5 * MIN, 2)), low=(Rule(0 * MIN, 3),))


def planned(
    rules: PersonalRules = RULES,
    methods: tuple[ContactMethod, ...] = ALL,
    urgency: Urgency = Urgency.HIGH,
    priority: int | None = 2,
    now: datetime = NOON,
    zone: str = "UTC",
) -> Plan:
    return plan(rules, methods, urgency, priority, now, zone)


def told(made: Plan) -> list[tuple[int, datetime, str]]:
    return [(one.method, one.at, one.why) for one in made.planned]


def left_out(made: Plan) -> list[tuple[str, str]]:
    return [(line.text, line.because) for line in made.trace.steps if line.matched is False]


def test_it_follows_the_rules_of_the_urgency_in_their_order() -> None:
    made = planned(replace(RULES, high=RULES.high[::-1]))
    assert told(made) == [(1, NOON, "Your rule: at once."), (2, NOON + 5 * MIN, "Your rule: after 5 min.")]
    assert (made.hole, left_out(made)) == (None, [])
    assert (made.trace.rule, made.trace.summary) == ("notification_rules", "First by push at 2026-03-02 12:00 UTC")
    assert told(planned(urgency=Urgency.LOW)) == [(3, NOON, "Your rule: at once.")]


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"is_verified": False}, "It is not verified; confirm it in your profile."),
    ({"is_enabled": False}, "It is switched off."),
    ({"is_bad": True}, "Messages to it come back; correct the address in your profile."),
]


@pytest.mark.parametrize(("broken", "why"), BROKEN)
def test_it_leaves_out_a_method_that_does_not_work_and_says_why(broken: dict[str, Any], why: str) -> None:
    made = planned(methods=(replace(PUSH, **broken), SMS))
    assert [one.method for one in made.planned] == [2]
    assert left_out(made) == [("Left out: push after 0 s", why)]


def test_it_leaves_out_a_method_that_was_deleted_and_a_rule_that_stands_there_twice() -> None:
    twice = replace(RULES, high=(Rule(0 * MIN, 9), Rule(0 * MIN, 1), Rule(0 * MIN, 1), Rule(2 * MIN, 1)))
    made = planned(twice)
    assert [(one.method, one.at) for one in made.planned] == [(1, NOON), (1, NOON + 2 * MIN)]
    assert left_out(made) == [
        ("Left out: a contact method after 0 s", "It was deleted."),
        ("Left out: push after 0 s", "The same rule stands there twice."),
    ]


FALLBACKS: list[tuple[PersonalRules, tuple[ContactMethod, ...], Urgency]] = [
    (RULES, (replace(PUSH, is_bad=True), replace(SMS, is_verified=False), EMAIL), Urgency.HIGH),
    (RULES, (EMAIL,), Urgency.HIGH),
    (PersonalRules(), (EMAIL,), Urgency.HIGH),  # a page needs no rule
    (replace(RULES, low=(Rule(9 * MIN, 1),)), (EMAIL,), Urgency.LOW),
]


@pytest.mark.parametrize(("rules", "methods", "urgency"), FALLBACKS)
def test_it_falls_back_to_a_method_that_works_and_says_so(
    rules: PersonalRules, methods: tuple[ContactMethod, ...], urgency: Urgency
) -> None:
    made = planned(rules, methods, urgency)
    assert told(made) == [(3, NOON, "None of your rules names a method that works; this is the first one that does.")]


def test_it_falls_back_to_what_wakes_people_first() -> None:
    assert [one.method for one in planned(PersonalRules(), (EMAIL, SMS, PUSH)).planned] == [1]
    assert [one.method for one in planned(PersonalRules(), (EMAIL, SMS)).planned] == [2]


@pytest.mark.parametrize("urgency", list(Urgency))
def test_it_names_the_hole_where_no_method_works(urgency: Urgency) -> None:
    made = planned(methods=(replace(PUSH, is_enabled=False), replace(SMS, is_bad=True)), urgency=urgency)
    assert (made.planned, made.hole is not None) == ((), True)
    assert made.hole
    assert made.hole.text == "There is no contact method that works. Add one in the profile and confirm it."
    assert made.hole.tried == (
        "push: It is switched off.",
        "text message: Messages to it come back; correct the address in your profile.",
    )
    empty = planned(methods=(), urgency=urgency).hole
    assert empty
    assert empty.text == "There is no contact method. Add one in the profile and confirm it."


def test_it_sends_nothing_of_low_urgency_to_who_wants_none() -> None:
    made = planned(PersonalRules(high=RULES.high), urgency=Urgency.LOW)
    assert (made.planned, made.hole) == ((), None)
    assert made.trace.summary == "No messages of low urgency are wanted"


QUIETED: list[tuple[Urgency, int | None, bool, bool]] = [
    (Urgency.HIGH, 1, True, False),  # never a P1 page
    (Urgency.HIGH, None, True, False),  # it might be one
    (Urgency.HIGH, 2, True, True),
    (Urgency.HIGH, 2, False, False),  # without consent
    (Urgency.LOW, 1, True, True),
    (Urgency.LOW, 4, False, False),
]


@pytest.mark.parametrize(("urgency", "priority", "is_agreed", "is_held"), QUIETED)
def test_it_holds_back_by_consent_whatever_is_no_p1_page(
    urgency: Urgency, priority: int | None, is_agreed: bool, is_held: bool
) -> None:
    rules = replace(RULES, quiet=replace(QUIET, is_agreed=is_agreed))
    first = planned(rules, ALL, urgency, priority, NIGHT).planned[0]
    assert first.at == (MORNING if is_held else NIGHT)
    assert first.why.endswith("Quiet hours hold it back until 2026-03-03 06:00 UTC.") is is_held


def test_it_counts_the_rules_from_the_end_of_the_quiet_hours() -> None:
    made = planned(replace(RULES, quiet=QUIET), now=NIGHT)
    assert told(made)[1] == (
        2,
        MORNING + 5 * MIN,
        "Your rule: after 5 min. Quiet hours hold it back until 2026-03-03 06:00 UTC.",
    )


def test_it_holds_back_only_the_rule_that_comes_in_the_quiet_hours() -> None:
    made = planned(replace(RULES, quiet=QUIET), now=NIGHT.replace(hour=21, minute=58))
    assert [at for _, at, _ in told(made)] == [NIGHT.replace(hour=21, minute=58), MORNING]


def test_it_reckons_quiet_hours_in_the_zone_of_the_person() -> None:
    made = planned(replace(RULES, quiet=QUIET), now=NOON, zone="Australia/Sydney")  # there it is 23:00
    assert made.planned[0].at == datetime(2026, 3, 2, 19, 0, tzinfo=UTC)


def test_it_is_not_held_for_ever_by_quiet_hours_without_an_end() -> None:
    always = QuietHours((WeeklySpan(frozenset(range(1, 8)), time(), time()),), is_agreed=True)
    assert planned(replace(RULES, quiet=always)).planned[0].at == NOON


DIGESTS = [
    (time(17), NOON, "UTC", datetime(2026, 3, 2, 17, tzinfo=UTC)),
    (time(12), NOON, "UTC", datetime(2026, 3, 3, 12, tzinfo=UTC)),  # now is past
    (time(8), NOON, "America/New_York", datetime(2026, 3, 2, 13, tzinfo=UTC)),
    (time(2, 30), datetime(2026, 3, 28, 22, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    (time(23, 30), NOON, "UTC", datetime(2026, 3, 3, 6, tzinfo=UTC)),  # in the quiet hours
]


@pytest.mark.parametrize(("at", "now", "zone", "due"), DIGESTS)
def test_it_collects_what_is_not_urgent_for_the_digest(at: time, now: datetime, zone: str, due: datetime) -> None:
    rules = replace(
        RULES, low=(Rule(0 * MIN, 3), Rule(9 * MIN, 1)), digest_at=at, quiet=QUIET if at.hour > 22 else None
    )
    made = planned(rules, urgency=Urgency.LOW, now=now, zone=zone)
    assert [(one.method, one.at, one.is_digest) for one in made.planned] == [(3, due, True)]
    assert left_out(made) == [("Left out: push", "The digest goes out once.")]
    assert not any(one.is_digest for one in planned(rules, now=now, zone=zone).planned)


def test_it_collects_for_the_digest_by_a_fallback_too() -> None:
    made = planned(replace(RULES, digest_at=time(17)), (PUSH,), Urgency.LOW)
    assert [(one.method, one.at.hour, one.is_digest) for one in made.planned] == [(1, 17, True)]
