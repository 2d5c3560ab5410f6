"""What two public on-call systems assert, asked of our rules through a thin adapter. None of theirs is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from allclear.domain.oncall import (
    Hours,
    Schedule,
    Span,
    Stint,
    Swap,
    final,
    is_active,
    next_shift,
    on_call_at,
    recorded,
    shift_at,
    shifts,
    span_at,
    stints,
)
from allclear.domain.oncall.wallclock import first, last
from allclear.domain.tests.theirs import Case, at, only, rule, schedule, turning

pytestmark = pytest.mark.shared
COUNTS = {
    "layered_final_schedule": 4, "oncall_at": 16, "rotation_days": 16, "rotation_handoffs": 11, "rule_endtime": 4,
    "rule_isactive": 3, "rule_starttime": 3, "schedule_shifts": 9, "shift_interval": 23, "shift_swap": 6,
    "wall_clock_resolution": 16,
}  # fmt: skip


@cache
def cases(folder: Path) -> list[Case]:
    found: list[Case] = json.loads((folder / "oncall_cases.json").read_text())["cases"]
    return found


def events(case: Case, plan: Schedule) -> tuple[datetime, datetime, list[Span]]:
    """The query, and the spans that have a part in it; a question for an instant gets the day around it."""
    start, end = at(case["query"]["from"]), at(case["query"]["to"])
    day = timedelta(days=1 if start == end else 0)
    spans = final(plan, start - day, end + day)
    return start, end, [span for span in spans if span.start <= start < span.end] if day else list(spans)


def shift_interval(case: Case) -> None:
    shift = shift_at(turning(case["rotation"], case["timezone"]), at(case["query"]["at"]))
    expected = case["expected"][0]
    assert expected["start"] is None or shift.start == at(expected["start"])
    assert expected["end"] is None or shift.end == at(expected["end"])
    if "expected_duration_hours" in case:
        assert shift.end - shift.start == timedelta(hours=case["expected_duration_hours"])


def wall_clock_resolution(case: Case) -> None:
    query = case["query"]
    wall = datetime.combine(date.fromisoformat(query["date"]), time.fromisoformat(query["wall_clock"]))
    pick = {"first": first, "last": last}[query["pick"]]
    assert pick(ZoneInfo(case["timezone"]), wall) == at(case["expected"][0]["start"])


def rotation_handoffs(case: Case) -> None:
    rotation, query = turning(case["rotation"], case["timezone"]), case["query"]
    edges, moment = set(), at(query["from"])
    while moment <= at(query["to"]):
        shift = shift_at(rotation, moment)
        assert shift.start <= moment < shift.end
        edges |= {shift.start, shift.end}
        moment += timedelta(seconds=query["step_seconds"])
    assert edges == {at(text) for text in case["expected_handoffs"]}
    expected = [(at(e["start"]), at(e["end"])) for e in case["expected"]]
    found = [(s.start, s.end) for s in shifts(rotation, at(query["from"]), at(query["to"]) + timedelta(seconds=1))]
    assert found == expected


def rotation_days(case: Case) -> None:
    spans = final(schedule(case), at(case["query"]["from"]), at(case["query"]["to"]))
    found = [(span.start.date(), list(span.people)) for span in spans if span.on_call]
    assert found == [(at(e["start"]).date(), e["user"]) for e in case["expected"]]


def oncall_at(case: Case) -> None:
    if "current_index" in (case["rotation"] or {}):
        shift = shift_at(turning(case["rotation"], case["timezone"]), at(case["query"]["at"]))
        assert shift.people == (case["expected"][0]["user"],)
        return
    for expected in case["expected"]:
        crew = on_call_at(schedule(case), at(expected["at"]))
        assert {duty.person for duty in crew.on_call} == set(expected["users"]), expected["at"]


def schedule_shifts(case: Case) -> None:
    now, start, end = at(case["now"]), at(case["query"]["from"]), at(case["query"]["to"])
    history = [Stint(h["user"], at(h["start"]), at(h["end"]) if h["end"] else now) for h in case["history"]]
    frozen = recorded(history, now) if case["now"] else ()
    around = timedelta(days=7)
    found = [
        s
        for s in stints(final(schedule(case), start - around, end + around, frozen))
        if s.start < end and s.end > start
    ]
    assert [
        {
            "user": s.person, "start": minute(s.start), "end": minute(min(s.end, end)),
            "truncated_by_query_end": s.end > end,
        }
        for s in found
    ] == [{**e, "start": at(e["start"]), "end": at(e["end"])} for e in case["expected"]]  # fmt: skip


def minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def layered_final_schedule(case: Case) -> None:
    """Their overrides replace all layers: ours of the kind `only`. Theirs of a higher priority are our later ones."""
    made = sorted(case["overrides"], key=lambda o: o.get("priority", 0))
    overrides = tuple(only(n, (o["add_user"],), o["start"], o["end"]) for n, o in enumerate(made))
    plan = Schedule("UTC", schedule({**case, "overrides": []}).layers, overrides)
    start, end, spans = events(case, plan)
    found: list[tuple[object, datetime, datetime, bool]] = [(s.person, s.start, s.end, False) for s in stints(spans)]
    if any(e.get("is_gap") for e in case["expected"]):
        found += [(None, span.start, span.end, True) for span in spans if not span.on_call]
    expected = [(e["user"], at(e["start"]), at(e["end"]), e.get("is_gap", False)) for e in case["expected"]]
    assert sorted(found, key=lambda f: f[1:3]) == expected
    for person, begins, ends, is_gap in found:
        if not is_gap and start == end:
            assert next_shift(plan, str(person), start) == Stint(str(person), begins, ends)


def shift_swap(case: Case) -> None:
    given = case["swap"]
    accepted = at(given["start"]) if given["benefactor"] else None
    swap = Swap(1, given["beneficiary"], at(given["start"]), at(given["end"]), given["benefactor"], accepted)
    _, _, spans = events(case, Schedule("UTC", schedule(case).layers, swaps=(swap,)))
    found = [
        {"user": d.person, "start": s.start, "end": s.end, "swap_requested": 1 in (d.change, d.wants_relief)}
        for s in spans for d in s.on_call
    ]  # fmt: skip
    assert found == [{**e, "start": at(e["start"]), "end": at(e["end"])} for e in case["expected"]]


def rule_answers(case: Case, ask: Callable[[Hours, datetime], object]) -> None:
    hours = Hours((rule(case["layers"][0]),), case["timezone"])
    for expected in case["expected"]:
        value = expected["value"]
        assert ask(hours, at(expected["at"])) == (value if isinstance(value, bool) else at(value)), expected["at"]


CHECKS: dict[str, Callable[[Case], None]] = {
    "layered_final_schedule": layered_final_schedule,
    "oncall_at": oncall_at,
    "rotation_days": rotation_days,
    "rotation_handoffs": rotation_handoffs,
    "rule_endtime": lambda case: rule_answers(case, lambda hours, at: (span_at(hours, at) or (0, 0))[1]),
    "rule_isactive": lambda case: rule_answers(case, is_active),
    "rule_starttime": lambda case: rule_answers(case, lambda hours, at: (span_at(hours, at) or (0, 0))[0]),
    "schedule_shifts": schedule_shifts,
    "shift_interval": shift_interval,
    "shift_swap": shift_swap,
    "wall_clock_resolution": wall_clock_resolution,
}


@pytest.mark.parametrize(("kind", "count"), COUNTS.items())
def test_it_agrees_with_every_case_of_a_kind(shared_data: Path, kind: str, count: int) -> None:
    found = [case for case in cases(shared_data) if case["kind"] == kind]
    assert len(found) == count
    for case in found:
        try:
            CHECKS[kind](case)
        except AssertionError as failed:
            failed.add_note(f"case {case['name']}")
            raise


def test_it_knows_every_kind_of_case(shared_data: Path) -> None:
    assert {case["kind"] for case in cases(shared_data)} == set(CHECKS)
    assert len(cases(shared_data)) == sum(COUNTS.values()) == 111
