"""What two public on-call systems assert, asked of our rules through a thin adapter. None of theirs is left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from allclear.domain.oncall import (
    EVERY_DAY,
    DailyHours,
    Hours,
    Layer,
    Override,
    OverrideKind,
    Restriction,
    Rotation,
    RotationKind,
    Schedule,
    Span,
    Stint,
    Swap,
    Weekday,
    beginning_with,
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

pytestmark = pytest.mark.shared
Case = dict[str, Any]
DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
NAMES = {
    "layered_final_schedule": 4, "oncall_at": 16, "rotation_days": 16, "rotation_handoffs": 11, "rule_endtime": 4,
    "rule_isactive": 3, "rule_starttime": 3, "schedule_shifts": 9, "shift_interval": 23, "shift_swap": 6,
    "wall_clock_resolution": 16,
}  # fmt: skip
EVER = datetime(1990, 1, 1, tzinfo=UTC)


def at(text: str | None) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC) if text else EVER


@cache
def cases(folder: Path) -> list[Case]:
    found: list[Case] = json.loads((folder / "oncall_cases.json").read_text())["cases"]
    return found


def turning(given: Case, zone: str) -> Rotation:
    """Theirs as ours. A known state says who has the shift that holds an instant."""
    members = tuple((name,) for name in given["participants"] or ["somebody"])
    rotation = Rotation(RotationKind(given["type"]), given["length"], at(given["start"]), zone, members)
    return (
        beginning_with(rotation, given["current_index"], at(given["current_start"]))
        if "current_index" in given
        else rotation
    )


def recurring(given: Case, zone: str) -> Layer:
    """A shift that comes back every n-th week is a turn each week, of which the others are nobody's."""
    kind, start, by_day = given["type"], at(given["start"]), given.get("by_day") or []
    members, length = [tuple(group) for group in given["participants"]], given["length"]
    days = frozenset(Weekday(DAYS[day]) for day in by_day)
    if not (kind == "daily" and days):
        members, length = [turn for group in members for turn in (group, *[()] * (length - 1))], 1
    first_handoff = start
    if kind == "weekly":
        first_handoff -= timedelta(days=start.weekday())
    elif kind == "monthly" and days:
        first_handoff = start.replace(day=1)
    rotation = Rotation(
        RotationKind(kind), length, first_handoff, zone, tuple(members), days if kind == "daily" else frozenset()
    )
    lasts = timedelta(seconds=given.get("shift_duration_seconds") or given["shift_duration_hours"] * 3600)
    hours: tuple[Restriction, ...] = ()
    if lasts < timedelta(days=1):
        on = days or (frozenset({Weekday(start.weekday())}) if kind == "weekly" else EVERY_DAY)
        hours = (DailyHours(on, start.time(), (start + lasts).time()),)
    until = at(given["until"]) if given.get("until") else None
    return Layer(kind, rotation, 0, hours, at(given.get("rotation_start") or given["start"]), until)


def rule(given: Case) -> DailyHours:
    days = frozenset(Weekday((n - 1) % 7) for n, on in enumerate(given["weekdays_sun_to_sat"]) if on == "1")
    return DailyHours(days, time.fromisoformat(given["start"]), time.fromisoformat(given["end"]))


def layer(given: Case, zone: str) -> Layer:
    if given["kind"] == "weekly_rule":
        source = turning(given["rotation"], zone) if given["rotation"] else always(zone, given["user"])
        return Layer("rule", source, 0, (rule(given),))
    if given["kind"] == "fixed_set":
        return Layer("everybody", always(zone, *given["users"]), 0)
    start = at(given["start"])
    hours = DailyHours(EVERY_DAY, start.time(), (start + timedelta(hours=given["duration_hours"])).time())
    return Layer("daily", always(zone, given["user"]), given["priority"], (hours,), valid_from=start)


def always(zone: str, *people: str) -> Rotation:
    return Rotation(RotationKind.DAILY, 1, EVER, zone, (people,))


def override(key: int, given: Case) -> Override:
    gone, people = given["remove_user"], (given["add_user"],) if given["add_user"] else ()
    kind = OverrideKind.REPLACE if gone and people else OverrideKind.ADD if people else OverrideKind.REMOVE
    return Override(key, kind, at(given["start"]), at(given["end"]), people, gone)


def only(key: int, people: Iterable[str], start: str, end: str) -> Override:
    return Override(key, OverrideKind.ONLY, at(start), at(end), tuple(people))


def schedule(case: Case) -> Schedule:
    zone, rotation = case["timezone"], case["rotation"]
    if rotation and rotation.get("type") == "single":
        end = min(at(rotation["start"]) + timedelta(seconds=rotation["shift_duration_seconds"]), at(rotation["until"]))
        return Schedule(zone, overrides=(Override(0, OverrideKind.ADD, at(rotation["start"]), end, ("user",)),))
    layers = [layer(given, zone) for given in case["layers"]] + ([recurring(rotation, zone)] if rotation else [])
    overrides = [override(n, given) for n, given in enumerate(case["overrides"])]
    for temporary in case.get("temporary_schedules", []):
        overrides.append(only(-1, (), temporary["start"], temporary["end"]))
        overrides += [only(-2 - n, (s["user"],), s["start"], s["end"]) for n, s in enumerate(temporary["shifts"])]
    return Schedule(zone, tuple(layers), tuple(overrides))


def events(case: Case, plan: Schedule) -> tuple[datetime, datetime, list[Span]]:
    """The query, and the spans that have a part in it; a question for an instant gets the day around it."""
    start, end = at(case["query"]["from"]), at(case["query"]["to"])
    day = timedelta(days=1 if start == end else 0)
    spans = final(plan, start - day, end + day)
    return start, end, [span for span in spans if span.start <= start < span.end] if day else list(spans)


def shift_interval(case: Case) -> None:
    shift, expected = (
        shift_at(turning(case["rotation"], case["timezone"]), at(case["query"]["at"])),
        case["expected"][0],
    )
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


@pytest.mark.parametrize(("kind", "count"), NAMES.items())
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
    assert len(cases(shared_data)) == sum(NAMES.values()) == 111
