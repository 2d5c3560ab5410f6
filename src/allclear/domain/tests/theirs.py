"""Schedules as the cases of other on-call systems write them, in our words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from allclear.domain.oncall import (
    EVERY_DAY,
    DailyHours,
    Layer,
    Override,
    OverrideKind,
    Restriction,
    Rotation,
    RotationKind,
    Schedule,
    Weekday,
    beginning_with,
)

Case = dict[str, Any]
DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
EVER = datetime(1990, 1, 1, tzinfo=UTC)


def at(text: str | None) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC) if text else EVER


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
