"""Holes of every kind: found where they are, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from time import thread_time

import pytest

from allclear.domain.oncall import (
    EVERY_DAY,
    WORKDAYS,
    DailyHours,
    HoleKind,
    Layer,
    Leave,
    OnHoliday,
    Override,
    Schedule,
    holes,
)
from allclear.domain.tests.rota import (
    ANA,
    BO,
    CLEO,
    DAY,
    HOUR,
    MONDAY,
    OFFICE,
    WEEK,
    daily,
    hour,
    layer,
    leave,
    override,
)  # fmt: skip

YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NAMES = {ANA: "Ana Alba", BO: "Bo Berg"}


def plan(*layers: Layer, said: tuple[Override, ...] = (), away: tuple[Leave, ...] = ()) -> Schedule:
    return Schedule("UTC", layers, said, away)


def listed(schedule: Schedule, days: int = 1) -> list[tuple[str, float, float, str]]:
    found = holes(schedule, MONDAY, MONDAY + days * DAY)
    return [(h.kind, (h.start - MONDAY) / HOUR, (h.end - MONDAY) / HOUR, " ".join(map(str, h.people))) for h in found]


HOLES = [
    ("none", plan(layer(ANA)), []),
    ("gaps", plan(layer(ANA, hours=(8, 16))), [("gap", 0, 8, ""), ("gap", 16, 24, "")]),
    ("removed", plan(layer(ANA), said=(override("remove", 3, 4, gone=ANA),)), [("gap", 3, 4, "")]),
    ("leave", plan(layer(ANA), away=(leave(ANA, 3, 4),)), [("leave_without_cover", 3, 4, "Ana")]),
    ("leave below which somebody is", plan(layer(BO), layer(ANA, rank=1), away=(leave(ANA, 3, 4),)), []),
    ("leave of all ranks", plan(layer(BO), layer(ANA, rank=1), away=(leave(ANA, 3, 9), leave(BO, 3, 4))),
        [("leave_without_cover", 3, 4, "Ana Bo")]),
    ("leave of one of two", plan(layer((ANA, BO)), away=(leave(ANA, 3, 4),)), [("leave_without_cover", 3, 4, "Ana")]),
    ("leave that an override covers", plan(layer(ANA), said=(override("replace", 2, 5, BO, gone=ANA),),
        away=(leave(ANA, 3, 4),)), []),
    ("leave to which somebody was added", plan(layer((ANA, BO)), said=(override("add", 3, 4, CLEO),),
        away=(leave(ANA, 3, 4),)), []),
    ("leave of one who was named", plan(layer(ANA), said=(override("replace", 2, 5, BO, gone=ANA),),
        away=(leave(BO, 3, 4),)), [("leave_without_cover", 3, 4, "Bo")]),
    ("twice in one rank", plan(layer(ANA), layer(ANA, hours=(8, 9))), [("same_person_twice", 8, 9, "Ana")]),
    ("twice in two ranks", plan(layer(ANA), layer(ANA, rank=1, hours=(8, 9))), []),
    ("twice by an override", plan(layer((ANA, BO)), said=(override("replace", 3, 4, BO, gone=ANA),)),
        [("same_person_twice", 3, 4, "Bo")]),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "expected"), [case[1:] for case in HOLES], ids=[case[0] for case in HOLES])
def test_it_lists_every_hole(schedule: Schedule, expected: list[tuple[str, float, float, str]]) -> None:
    assert listed(schedule) == expected


def test_it_asks_only_for_the_times_that_must_be_covered() -> None:
    opening = replace(OFFICE, on_holiday=OnHoliday.DAY_OFF)
    wednesday = frozenset({date(2026, 3, 4)})
    office = Schedule("UTC", (layer(ANA, hours=(10, 16)),), holidays=wednesday, must_cover=(opening,))
    assert listed(office, days=2) == [("gap", 9, 10, ""), ("gap", 16, 17, ""), ("gap", 33, 34, ""), ("gap", 40, 41, "")]
    assert len(listed(office, days=7)) == 8


def test_it_says_in_words_what_is_wrong() -> None:
    schedule = plan(layer((ANA, BO)), layer(ANA), away=(leave(BO, 5, 6), leave(ANA, 7, 9), leave(BO, 8, 9)))
    found = holes(schedule, MONDAY, hour(9), names=NAMES)
    assert [(h.text, h.is_empty) for h in found] == [
        ("Ana Alba has two places at once; the second adds nobody.", False),
        ("Bo Berg is on leave and nobody has the place; others are on call.", False),
        ("Ana Alba is on leave and nobody has the place; others are on call.", False),
        ("Nobody is on call: Ana Alba, Bo Berg are on leave.", True),
    ]


def test_it_joins_neighbours() -> None:
    schedule = plan(
        layer(ANA, hours=(8, 16)), said=(override("remove", 8, 16, gone=ANA), override("only", 10, 12, key=2))
    )
    assert listed(schedule) == [("gap", 0, 24, "")]


def sun(zone: str, start: int, end: int, person: str) -> Layer:
    return Layer(zone, replace(daily(person), zone=zone), 0, (DailyHours(EVERY_DAY, time(start), time(end)),))


def test_it_finds_the_weeks_in_which_two_zones_do_not_meet() -> None:
    """New York goes home at 19:00, when London begins at midnight; but not in some weeks of the year."""
    schedule = plan(sun("Europe/London", 0, 17, ANA), sun("America/New_York", 12, 19, BO))
    found = holes(schedule, *YEAR)
    seams = [hole for hole in found if hole.kind == HoleKind.DST_SEAM]
    assert found == seams and all(hole.end - hole.start == HOUR for hole in seams)
    assert {(hole.start.month, hole.is_empty) for hole in seams} == {(3, True), (10, True)}
    assert len(seams) == 21 + 7


def test_it_finds_the_hour_that_two_layers_share_because_the_clock_shows_it_twice() -> None:
    night, day = sun("Europe/Berlin", 0, 0, ANA), sun("Europe/Berlin", 0, 0, BO)
    night = replace(night, restrictions=(DailyHours(EVERY_DAY, time(14, 30), time(2, 30)),))
    day = replace(day, restrictions=(DailyHours(EVERY_DAY, time(2, 30), time(14, 30)),))
    (seam,) = holes(plan(night, day), *YEAR)
    assert (seam.kind, seam.is_empty, seam.people) == (HoleKind.DST_SEAM, False, (ANA, BO))
    assert (seam.start, seam.end) == (YEAR[0] + 297 * DAY + HOUR / 2, YEAR[0] + 297 * DAY + 3 * HOUR / 2)


def test_it_takes_a_gap_of_every_night_for_a_gap_also_when_the_clock_is_changed() -> None:
    found = holes(plan(sun("Europe/Berlin", 3, 19, ANA)), *YEAR)
    assert len(found) == 366 and {hole.kind for hole in found} == {HoleKind.GAP}


def test_it_proves_a_year_of_a_big_team_quickly() -> None:
    """The target is 50 ms for a schedule of 50 people; 3 s would be a mistake in the reckoning on any machine."""
    people = tuple((person,) for person in range(50))
    day = DailyHours(WORKDAYS, time(8), time(20))
    turns = replace(daily(ANA), members=people, zone="Europe/Berlin")
    layers = (Layer("all", replace(turns, length=7), 0), Layer("day", turns, 1, (day,)))
    away = tuple(Leave(person, MONDAY + person * WEEK, MONDAY + person * WEEK + 9 * DAY) for person in range(50))
    schedule = Schedule("Europe/Berlin", layers, (), away)
    began = thread_time()  # what others do on this machine does not count
    found = holes(schedule, MONDAY, MONDAY + 365 * DAY)
    assert thread_time() - began < 3
    assert found and {hole.kind for hole in found} == {HoleKind.LEAVE_WITHOUT_COVER}
