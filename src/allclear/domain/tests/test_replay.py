"""What-if: the past under other promises. A draft that changes nothing shows no difference at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.business import Hours, rules_from
from allclear.domain.priority import DEFAULT_MATRIX, Matrix, default_matrix, matrix_from
from allclear.domain.sla import AgreementKind, Book, Facts, Metric, Outcome, agreement_from, body_of, run
from allclear.domain.sla.replay import Firing, play
from allclear.domain.sla.tally import Tally, difference, nothing_differs
from allclear.domain.sla.worlds import Scene, Weight, World

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning
END = T0 + timedelta(days=400)
SLA = AgreementKind.SLA
OFFICE = {"zone": "UTC", "week": [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}]}
UNWEIGHED = Weight()
ALWAYS = {"zone": "UTC", "is_always": True}
HOURS: Mapping[int, Hours] = {1: Hours(rules_from(OFFICE)), 2: Hours(rules_from(ALWAYS))}


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def scene(minutes: float, *, assignee: int | None = None, weight: Weight = UNWEIGHED, **facts: Any) -> Scene:
    return Scene(at(minutes), Facts(**{"priority": 3, "kind": "incident", **facts}), assignee, weight)


def target(metric: str, minutes: int, **more: Any) -> dict[str, Any]:
    return {"key": more.pop("key", metric), "metric": metric, "minutes": minutes, "calendar_id": 2, **more}


def world(
    *targets: dict[str, Any], matrix: Matrix | None = None, led: frozenset[int] = frozenset(), **body: Any
) -> World:
    one = agreement_from(1, 1, "Gold", body.pop("kind", "sla"), {"targets": list(targets), **body})
    former: dict[int | None, Matrix] = {1: default_matrix(), None: default_matrix()}
    return World(Book([one], {1: 1, 2: 1}), HOURS, matrix or default_matrix(), former, led)


def fired(found: tuple[Firing, ...]) -> list[tuple[int, datetime, tuple[str, ...]]]:
    return [(one.percent, one.at, one.told) for one in found]


RESOLVED: dict[str, Any] = {"status": "resolved", "is_owned": True, "is_begun": True}


def test_it_says_what_was_met_and_what_was_breached_and_when() -> None:
    history = [scene(0), scene(20, is_owned=True), scene(300, **RESOLVED)]
    played = play(history, world(target("response", 30), target("resolution", 240)), END)
    assert played.fates[SLA, Metric.RESPONSE].outcome == Outcome.MET
    late = played.fates[SLA, Metric.RESOLUTION]
    assert (late.outcome, late.breached_at) == (Outcome.BREACHED, at(240))


def test_it_tells_whom_thresholds_would_have_told_by_what_held_then() -> None:
    steps = [
        {"percent": 50, "actions": [{"do": "warn_assignee"}]},
        {"percent": 75, "actions": [{"do": "warn_assignee"}, {"do": "tell_lead"}, {"do": "tell_person", "user_id": 9}]},
        {"percent": 90, "actions": [{"do": "escalate", "policy_id": 4}, {"do": "raise_priority"}]},
    ]
    history = [scene(0, team_id=3), scene(60, team_id=5, assignee=7, is_begun=True)]
    promised = world(target("resolution", 100, thresholds=steps), led=frozenset({5}))
    assert fired(play(history, promised, END).firings) == [
        (50, at(50), ("team:3",)),
        (75, at(75), ("person:7", "lead:5", "person:9")),
        (90, at(90), ("policy:4", "raise_priority")),
        (100, at(100), ()),
    ]


def test_it_tells_all_of_a_team_that_nobody_leads_and_nobody_where_there_is_no_team() -> None:
    steps = [{"percent": 50, "actions": [{"do": "tell_lead"}]}, {"percent": 60, "actions": [{"do": "tell_team"}]}]
    promised = world(target("resolution", 100, thresholds=steps))
    assert [one.told for one in play([scene(0, team_id=3)], promised, END).firings][:2] == [("team:3",), ("team:3",)]
    assert [one.told for one in play([scene(0)], promised, END).firings][:2] == [("nobody",), ("nobody",)]


def test_it_fires_nothing_beyond_the_end_or_after_it_was_resolved_in_time() -> None:
    steps = [{"percent": 50, "actions": [{"do": "tell_team"}]}]
    promised = world(target("resolution", 100, thresholds=steps))
    assert play([scene(0)], promised, at(49)).firings == ()
    assert [one.percent for one in play([scene(0), scene(60, **RESOLVED)], promised, END).firings] == [50]
    assert [one.percent for one in play([scene(0), scene(100, **RESOLVED)], promised, END).firings] == [50]


def test_it_fires_at_once_what_a_stricter_target_makes_overdue() -> None:
    strict = target("resolution", 60, key="P1", when={"priorities": [1]})
    history = [scene(0), scene(120, priority=1)]
    played = play(history, world(target("resolution", 600, key="all"), strict), END)
    assert fired(played.firings) == [(100, at(120), ())]
    assert played.fates[SLA, Metric.RESOLUTION].breached_at == at(60)


def test_it_keeps_a_silence_that_was_too_long_though_an_entry_ended_it() -> None:
    history = [scene(0, last_progress_at=at(0)), scene(90, last_progress_at=at(90)), scene(100, **RESOLVED)]
    played = play(history, world(target("progress", 60)), END)
    assert played.fates[SLA, Metric.PROGRESS].outcome == Outcome.BREACHED
    assert [one.percent for one in played.firings] == [100]


def stricter() -> Matrix:
    """As the default one, with P2 where it says P3 in the middle."""
    return matrix_from(2, {**DEFAULT_MATRIX, "cells": [[1, 2, 3], [2, 2, 4], [3, 4, 5]]})


def test_it_weighs_anew_under_another_matrix_and_keeps_what_was_set_otherwise() -> None:
    other = world(target("resolution", 60), matrix=stricter())
    weight = Weight(2, 2, 1)
    assert other.priority(scene(0, priority=3, weight=weight)) == 2
    assert other.priority(scene(0, priority=2, weight=weight)) == 1  # a threshold had raised it
    assert other.priority(scene(0, priority=1, weight=weight)) == 1  # there is nothing above
    assert other.priority(scene(0, priority=3, weight=Weight())) == 3
    assert other.priority(scene(0, priority=4, weight=Weight(2, 2))) == 3  # it came from elsewhere
    assert other.priority(scene(0, priority=4, weight=Weight(4, 4, 1))) == 4  # beyond the matrix: its lowest
    assert world(target("resolution", 60)).priority(scene(0, priority=2, weight=weight)) == 2


def test_it_counts_met_and_breached_by_month_and_priority_on_both_sides() -> None:
    history = [scene(0), scene(90, **RESOLVED)]
    tally = Tally()
    sides = [play(history, world(target("resolution", minutes)), END) for minutes in (60, 120)]
    found = tally.add("2026-03", *sides)
    assert (found.is_turned, tally.turned, tally.changed) == (True, 1, 1)
    (line,) = tally.as_data()["outcomes"]
    assert (line["month"], line["priority"], line["before"]["breached"], line["after"]["met"]) == ("2026-03", 3, 1, 1)
    assert [one.as_data()["before"] for one in found.turns] == [{"outcome": "breached", "due_at": at(60).isoformat()}]


def test_it_sees_that_somebody_else_would_have_been_told() -> None:
    history = [scene(0, team_id=3)]
    sides = [
        play(history, world(target("resolution", 60, thresholds=[{"percent": 50, "actions": [action]}])), END)
        for action in ({"do": "tell_team"}, {"do": "tell_person", "user_id": 9})
    ]
    found = difference(*sides)
    assert bool(found) and not found.turns and found.told == (1, 1)


# ---- laws

STATUSES = ["new", "assigned", "in_progress", "on_hold", "resolved", "closed", "cancelled"]
ACTIONS = [
    {"do": "warn_assignee"}, {"do": "tell_team"}, {"do": "tell_lead"}, {"do": "raise_priority"},
    {"do": "tell_person", "user_id": 8}, {"do": "escalate", "policy_id": 2}, {"do": "higher_tier", "team_id": 4},
]  # fmt: skip
keys = st.none() | st.integers(1, 4)


@st.composite
def histories(draw: Any) -> list[Scene]:
    minutes = sorted(draw(st.lists(st.integers(-30, 60 * 24 * 20), min_size=1, max_size=8)))
    found = []
    for minute in minutes:
        ago = draw(st.none() | st.integers(0, 5000))
        found.append(
            scene(
                minute, assignee=draw(keys), status=draw(st.sampled_from(STATUSES)),
                priority=draw(st.none() | st.integers(1, 5)),
                hold_reason=draw(st.sampled_from(["", "requester", "supplier", "evidence"])), team_id=draw(keys),
                supplier_id=draw(keys), is_owned=draw(st.booleans()), is_begun=draw(st.booleans()),
                last_progress_at=None if ago is None else at(minute - ago), is_vip=draw(st.booleans()),
                weight=Weight(draw(st.none() | st.integers(1, 4)), draw(st.none() | st.integers(1, 4)), draw(keys)),
            )
        )  # fmt: skip
    return found


@st.composite
def bodies(draw: Any, kind: str) -> dict[str, Any]:
    metrics = ["resolution"] if kind == "uc" else ["response", "resolution", "progress"]
    targets = []
    for number in range(draw(st.integers(1, 4))):
        percents = draw(st.lists(st.integers(1, 150), unique=True, max_size=3))
        steps = [
            {"percent": percent, "actions": draw(st.lists(st.sampled_from(ACTIONS), max_size=2))}
            for percent in percents
        ]
        when = {
            "priorities": draw(st.lists(st.integers(1, 5), max_size=2, unique=True)),
            "vip_only": draw(st.booleans()),
        }
        targets.append(
            target(draw(st.sampled_from(metrics)), draw(st.integers(1, 6000)), key=f"t{number}", when=when,
                   thresholds=steps, pauses=draw(st.sampled_from([[], ["requester"], ["requester", "supplier"]])))
            | {"calendar_id": draw(st.integers(1, 2))}
        )  # fmt: skip
    return {
        "targets": targets,
        "party_ids": [] if kind == "sla" else [1, 2, 3],
        "on_reopen": draw(st.sampled_from(["continue", "restart"])),
        "on_change": draw(st.sampled_from(["from_start", "from_change"])),
    }


@st.composite
def worlds(draw: Any) -> World:
    listed = draw(st.lists(st.sampled_from(["sla", "ola", "uc"]), min_size=1, max_size=3))
    found = [agreement_from(n, 1, f"A{n}", kind, draw(bodies(kind))) for n, kind in enumerate(listed, start=1)]
    former: dict[int | None, Matrix] = {1: default_matrix(), 2: stricter()}
    return World(Book(found, {1: 1, 2: 1}), HOURS, draw(st.sampled_from(list(former.values()))), former, frozenset({1}))


@given(histories(), worlds())
def test_an_unchanged_draft_shows_exactly_no_difference(history: list[Scene], before: World) -> None:
    copies = [
        agreement_from(a.id, 0, a.name, a.kind, body_of(a)) for a in before.book.agreements
    ]  # as a draft has them
    draft = replace(before, book=Book(copies, {1: 0, 2: 0}), hours={1: Hours(rules_from(OFFICE)), 2: HOURS[2]})
    tally = Tally()
    found = tally.add("2026-03", play(history, before, END), play(history, draft, END))
    assert not found and nothing_differs(tally.as_data())


@given(histories(), worlds())
def test_outcomes_are_those_of_the_clocks_and_breaches_have_fired(history: list[Scene], under: World) -> None:
    played = play(history, under, END)
    clocks = run([(one.at, under.facts(one)) for one in history], under.book)
    for clock in clocks:
        outcome = clock.outcome(under.hours[clock.calendar_id], END)
        fate = played.fates[clock.slot.kind, clock.slot.metric]
        assert outcome != Outcome.BREACHED or fate.outcome == Outcome.BREACHED
    assert all(one.at <= END for one in played.firings)
    for (kind, metric), fate in played.fates.items():
        fired = [one.at for one in played.firings if one.promised == (kind, metric) and one.percent == 100]
        assert fate.outcome != Outcome.BREACHED or fired


@given(histories(), worlds())
def test_what_is_as_it_was_is_no_scene(history: list[Scene], under: World) -> None:
    doubled = []
    for place, one in enumerate(history):
        doubled.append(one)
        end = history[place + 1].at if place + 1 < len(history) else END
        doubled.append(replace(one, at=one.at + (end - one.at) / 2))
    assert not difference(play(history, under, END), play(doubled, under, END))
