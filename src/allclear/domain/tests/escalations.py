"""People, policies and facts of escalations that tests share, and strategies for any of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from allclear.domain.escalation import (
    Condition,
    Decision,
    Exhausted,
    Facts,
    Hours,
    Page,
    Policy,
    State,
    Step,
    Target,
    TargetKind,
    next_step,
    start,
)
from allclear.domain.weekly import WeeklySpan

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
MIN = timedelta(minutes=1)
ANA, BO, CY, DI = 1, 2, 3, 4

ON_CALL = Target(TargetKind.SCHEDULE, 7)
TEAM = Target(TargetKind.TEAM, 5)
BOSS = Target(TargetKind.PERSON, DI)
HOOK = Target(TargetKind.WEBHOOK, 9)
TURNS = Target(TargetKind.ROUND_ROBIN, 5)
LISTED = Target(TargetKind.ROUND_ROBIN, members=(ANA, CY))

PEOPLE: dict[str, Sequence[int]] = {
    "schedule:7": (ANA,),
    "team:5": (ANA, BO, CY),
    "webhook:9": (),
    "policy:8": (ANA, DI),
    **{f"person:{person}": (person,) for person in (ANA, BO, CY, DI)},
}
NAMES = {
    "person:1": "Ana", "person:2": "Bo", "person:3": "Cy", "person:4": "Di",
    "schedule:7": "Network", "team:5": "Desk", "webhook:9": "Pager", "policy:8": "Night",
}  # fmt: skip


def person(key: int) -> Target:
    return Target(TargetKind.PERSON, key)


def step(*targets: Target, delay: int = 5, **condition: Any) -> Step:
    return Step(targets, delay * MIN, Condition(**condition))


def policy(*steps: Step, exhausted: Target = BOSS, **more: Any) -> Policy:
    return Policy("Shop", steps or (step(ON_CALL), step(person(BO), delay=10)), exhausted, **more)


def facts(people: Mapping[str, Sequence[int] | None] | None = None, **more: Any) -> Facts:
    """All people and targets are there but for those that are given otherwise; None: deleted."""
    known = {ref: who for ref, who in {**PEOPLE, **(people or {})}.items() if who is not None}
    return Facts(known, NAMES, **more)


def run(begun: Decision, at: datetime, known: Facts) -> Iterator[tuple[datetime, Decision]]:
    """The decisions one after the other, each at the instant that the one before asks for, up to the catch-all."""
    decision = begun
    yield at, decision
    while decision.state.next_at is not None and not isinstance(decision.action, Exhausted):
        at = max(at, decision.state.next_at)
        decision = next_step(decision.state, at, known)
        yield at, decision


def told(begun: Decision, at: datetime, known: Facts) -> list[tuple[int, int, int, tuple[int, ...]]]:
    """Minute, round, step and people of each page; step 0 is the catch-all."""
    lines = []
    for instant, decision in run(begun, at, known):
        action = decision.action
        minute = int((instant - T0) / MIN)
        if isinstance(action, Page):
            lines.append((minute, action.round, action.step, action.people))
        elif isinstance(action, Exhausted):
            lines.append((minute, 0, 0, action.people))
    return lines


def began(using: Policy | None = None, known: Facts | None = None) -> State:
    return start(using or policy(), T0, known or facts()).state


def page_of(decision: Decision) -> Page:
    assert isinstance(decision.action, Page)
    return decision.action


def last_of(decision: Decision) -> Exhausted:
    assert isinstance(decision.action, Exhausted)
    return decision.action


def lines(decision: Decision) -> list[tuple[str, str]]:
    return [(line.text, line.because) for line in decision.trace.steps]


KEYS = st.integers(1, 6)
MINUTES = st.integers(1, 30).map(lambda count: count * MIN)
CLOCKS = st.times().map(lambda t: time(t.hour, t.minute))
SPANS = st.builds(WeeklySpan, st.frozensets(st.integers(1, 7), min_size=1), CLOCKS, CLOCKS)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
HOURS = st.builds(Hours, st.lists(SPANS, min_size=1, max_size=3).map(tuple), ZONES, st.booleans())
CONDITIONS = st.builds(
    Condition, st.frozensets(st.integers(1, 5), max_size=2), st.frozensets(KEYS, max_size=1), st.none() | HOURS
)
PLAIN = st.builds(Target, st.sampled_from([k for k in TargetKind if k not in ("round_robin", "policy")]), KEYS)
IN_TURN = st.builds(Target, st.just(TargetKind.ROUND_ROBIN), KEYS) | st.builds(
    Target, st.just(TargetKind.ROUND_ROBIN), st.none(), st.lists(KEYS, min_size=1, max_size=3, unique=True).map(tuple)
)
TARGETS = PLAIN | IN_TURN
STEPS = st.builds(
    Step, st.lists(TARGETS, min_size=1, max_size=3).map(tuple), MINUTES, st.just(Condition()) | CONDITIONS
)
POLICIES = st.builds(
    Policy,
    name=st.sampled_from(["Shop", "Network"]),
    steps=st.lists(STEPS, min_size=1, max_size=4).map(tuple),
    exhausted=TARGETS | st.builds(Target, st.just(TargetKind.POLICY), KEYS),
    repeat=st.integers(0, 3),
    re_escalate_after=st.none() | MINUTES,
    acks_needed=st.integers(1, 3),
    key=st.none() | KEYS,
    version=st.integers(0, 9),
)
REFS = [f"{kind}:{key}" for kind in ("schedule", "person", "team", "webhook", "policy") for key in range(1, 7)]
FACTS = st.builds(
    Facts,
    st.dictionaries(st.sampled_from(REFS), st.lists(KEYS, max_size=3, unique=True).map(tuple), max_size=20),
    st.just(NAMES),
    st.none() | st.integers(1, 5),
    st.frozensets(KEYS, max_size=2),
    st.frozensets(KEYS, max_size=2),
)
EVERYBODY = Facts({ref: () if ref.startswith("webhook") else (int(ref[-1]),) for ref in REFS}, NAMES)
