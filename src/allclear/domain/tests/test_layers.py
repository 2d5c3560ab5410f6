"""Who is on call when layers, leave, overrides and swaps meet; and the laws that hold whatever they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from allclear.domain.oncall import (
    Duty,
    Layer,
    Leave,
    Override,
    Schedule,
    Source,
    Stint,
    Swap,
    final,
    next_shift,
    on_call_at,
    recorded,
    stints,
)
from allclear.domain.tests.rota import (
    ANA,
    BO,
    CLEO,
    DAN,
    DAY,
    HOUR,
    MONDAY,
    daily,
    hour,
    layer,
    leave,
    override,
    swap,
    told,
)  # fmt: skip


def plan(
    *layers: Layer, said: tuple[Override, ...] = (), away: tuple[Leave, ...] = (), swaps: tuple[Swap, ...] = ()
) -> Schedule:
    return Schedule("UTC", layers, said, away, swaps)


def today(schedule: Schedule, hours: int = 24) -> list[tuple[float, float, str]]:
    return told(final(schedule, MONDAY, hour(hours)))


OFFICE = layer(ANA, rank=1, hours=(8, 16))
CASES: list[tuple[str, Schedule, list[tuple[float, float, str]]]] = [
    ("nothing", plan(), [(0, 24, "")]),
    ("one layer", plan(OFFICE), [(0, 8, ""), (8, 16, "Ana"), (16, 24, "")]),
    ("a rank above", plan(layer(BO), OFFICE), [(0, 8, "Bo"), (8, 16, "Ana"), (16, 24, "Bo")]),
    ("whatever their order", plan(OFFICE, layer(BO)), [(0, 8, "Bo"), (8, 16, "Ana"), (16, 24, "Bo")]),
    ("one rank", plan(layer(BO, rank=1), OFFICE), [(0, 8, "Bo"), (8, 16, "Bo Ana"), (16, 24, "Bo")]),
    ("a group", plan(layer((ANA, BO))), [(0, 24, "Ana Bo")]),
    ("a free turn", plan(layer((), (BO,)), layer(CLEO, rank=-1)), [(0, 24, "Cleo")]),
    ("from", plan(replace(layer(ANA), valid_from=hour(9))), [(0, 9, ""), (9, 24, "Ana")]),
    ("until", plan(replace(layer(ANA), valid_until=hour(9)), layer(BO, rank=-1)), [(0, 9, "Ana"), (9, 24, "Bo")]),
    ("a shadow is not paged", plan(layer(ANA), replace(layer(BO, rank=9), is_shadow=True)), [(0, 24, "Ana")]),
    ("leave of all", plan(layer(BO), OFFICE, away=(leave(ANA, 10, 12),)),
        [(0, 8, "Bo"), (8, 10, "Ana"), (10, 12, "Bo"), (12, 16, "Ana"), (16, 24, "Bo")]),
    ("leave of one of a group", plan(layer(CLEO), layer((ANA, BO), rank=1), away=(leave(ANA, 0, 24),)),
        [(0, 24, "Bo")]),
    ("leave without cover", plan(layer(ANA), away=(leave(ANA, 10, 12),)),
        [(0, 10, "Ana"), (10, 12, ""), (12, 24, "Ana")]),
    ("leaves that overlap", plan(layer(ANA), away=(leave(ANA, 2, 6), leave(ANA, 4, 8))),
        [(0, 2, "Ana"), (2, 8, ""), (8, 24, "Ana")]),
    ("replace", plan(layer(ANA), said=(override("replace", 6, 9, BO, gone=ANA),)),
        [(0, 6, "Ana"), (6, 9, "Bo"), (9, 24, "Ana")]),
    ("replace one who is not there", plan(layer(ANA), said=(override("replace", 6, 9, BO, gone=CLEO),)),
        [(0, 24, "Ana")]),
    ("replace by two", plan(layer(ANA), said=(override("replace", 0, 24, BO, DAN, gone=ANA),)), [(0, 24, "Bo Dan")]),
    ("replace in a rank below", plan(layer(BO), layer(ANA, rank=1), said=(override("replace", 0, 24, CLEO, gone=BO),)),
        [(0, 24, "Ana")]),
    ("replace who is on leave", plan(layer(CLEO), layer(ANA, rank=1), away=(leave(ANA, 0, 24),),
        said=(override("replace", 6, 9, BO, gone=ANA),)), [(0, 6, "Cleo"), (6, 9, "Bo"), (9, 24, "Cleo")]),
    ("nobody on leave replaces", plan(layer(CLEO), layer(ANA, rank=1), away=(leave(BO, 0, 24),),
        said=(override("replace", 0, 24, BO, gone=ANA),)), [(0, 24, "Cleo")]),
    ("add", plan(OFFICE, said=(override("add", 6, 9, BO),)),
        [(0, 6, ""), (6, 8, "Bo"), (8, 9, "Ana Bo"), (9, 16, "Ana"), (16, 24, "")]),
    ("nobody on leave is added", plan(said=(override("add", 0, 24, BO),), away=(leave(BO, 0, 24),)), [(0, 24, "")]),
    ("remove leaves it open", plan(layer(BO), OFFICE, said=(override("remove", 8, 16, gone=ANA),)),
        [(0, 8, "Bo"), (8, 16, ""), (16, 24, "Bo")]),
    ("only", plan(layer(BO), OFFICE, said=(override("only", 0, 24, CLEO),)), [(0, 24, "Cleo")]),
    ("only nobody", plan(layer(BO), said=(override("only", 0, 12),)), [(0, 12, ""), (12, 24, "Bo")]),
    ("a later one in the same place", plan(layer(ANA), said=(override("replace", 0, 24, BO, gone=ANA, key=1),
        override("replace", 0, 24, CLEO, gone=ANA, key=2))), [(0, 24, "Cleo")]),
    ("an earlier one does not count", plan(layer(ANA), said=(override("replace", 0, 24, BO, gone=ANA, key=2),
        override("replace", 0, 24, CLEO, gone=ANA, key=1))), [(0, 24, "Bo")]),
    ("one after the other", plan(layer(ANA), said=(override("replace", 0, 24, BO, gone=ANA, key=1),
        override("replace", 0, 24, CLEO, gone=BO, key=2))), [(0, 24, "Cleo")]),
    ("there and back", plan(layer(ANA), said=(override("replace", 0, 24, BO, gone=ANA, key=1),
        override("replace", 0, 24, ANA, gone=BO, key=2))), [(0, 24, "Ana")]),
    ("replace one who was removed", plan(layer(ANA), said=(override("remove", 0, 24, gone=ANA, key=1),
        override("replace", 0, 24, BO, gone=ANA, key=2))), [(0, 24, "Bo")]),
    ("add to only", plan(layer(ANA), said=(override("only", 0, 24, BO, key=1), override("add", 0, 24, ANA, key=2))),
        [(0, 24, "Bo Ana")]),
    ("only after add", plan(layer(ANA), said=(override("only", 0, 24, BO, key=2), override("add", 0, 24, ANA, key=1))),
        [(0, 24, "Bo")]),
    ("swap", plan(layer(ANA, BO), swaps=(swap(12, 36, ANA, DAN),)), [(0, 12, "Ana"), (12, 24, "Dan")]),
    ("swap nobody took", plan(layer(ANA), swaps=(swap(12, 24, ANA, None),)), [(0, 12, "Ana"), (12, 24, "Ana")]),
    ("override after swap", plan(layer(ANA), said=(override("replace", 0, 24, CLEO, gone=ANA, key=2),),
        swaps=(swap(0, 24, ANA, BO, key=1),)), [(0, 24, "Cleo")]),
    ("swap after override", plan(layer(ANA), said=(override("replace", 0, 24, CLEO, gone=ANA, key=1),),
        swaps=(swap(0, 24, ANA, BO, key=2),)), [(0, 24, "Bo")]),
    ("one person in two places", plan(layer((ANA, BO)), said=(override("replace", 0, 24, BO, gone=ANA),)),
        [(0, 24, "Bo")]),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_says_who_is_on_call(schedule: Schedule, expected: list[tuple[float, float, str]]) -> None:
    assert today(schedule) == expected


def test_it_shows_shadows_beside_those_on_call() -> None:
    learning = replace(layer(BO, ANA, hours=(8, 12)), is_shadow=True)
    spans = final(plan(layer(ANA), learning, away=(leave(BO, 10, 11),)), MONDAY, hour(48))
    seen = [((span.start - MONDAY) / HOUR, [duty.person for duty in span.shadows]) for span in spans]
    assert seen == [(0, []), (8, ["Bo"]), (10, []), (11, ["Bo"]), (12, [])], "on Tuesday it is Ana, who is on call"


def test_it_marks_who_looks_for_relief() -> None:
    (_, asking) = final(plan(layer(ANA), swaps=(swap(12, 24, ANA, None, key=7),)), MONDAY, hour(24))
    assert asking.on_call == (Duty(ANA, Source.LAYER, 0, wants_relief=7),)


def test_it_says_of_whom_the_place_was() -> None:
    said = (override("replace", 0, 24, BO, gone=ANA, key=1), override("replace", 0, 24, CLEO, gone=BO, key=2))
    (span,) = final(plan(layer(ANA), said=said), MONDAY, hour(24))
    assert span.on_call == (Duty(CLEO, Source.REPLACE, 0, change=2, place_of=ANA),)


def test_it_takes_the_recorded_past_as_it_was() -> None:
    past = recorded([Stint(DAN, hour(2), hour(5)), Stint(CLEO, hour(4), hour(99))], until=hour(10))
    spans = final(plan(layer(ANA)), MONDAY, hour(24), past)
    assert told(spans) == [(0, 2, ""), (2, 4, "Dan"), (4, 5, "Dan Cleo"), (5, 10, "Cleo"), (10, 24, "Ana")]
    assert spans[1].on_call == (Duty(DAN, Source.RECORD),)
    assert told(final(plan(layer(ANA)), hour(3), hour(9), past)) == [(3, 4, "Dan"), (4, 5, "Dan Cleo"), (5, 9, "Cleo")]
    assert told(final(plan(layer(ANA)), hour(12), hour(13), past)) == [(12, 13, "Ana")]
    nothing = recorded([], until=hour(10))
    assert told(final(plan(layer(ANA)), MONDAY, hour(24), nothing)) == [(0, 10, ""), (10, 24, "Ana")]


def test_it_finds_the_next_shift_of_a_person() -> None:
    schedule = plan(layer(ANA, BO, CLEO))
    assert next_shift(schedule, BO, hour(1)) == Stint(BO, hour(24), hour(48))
    assert next_shift(schedule, BO, hour(30)) == Stint(BO, hour(24), hour(48)), "the one that runs"
    assert next_shift(schedule, BO, hour(48)) == Stint(BO, hour(96), hour(120))
    assert next_shift(schedule, DAN, hour(1)) is None


def test_it_finds_a_shift_a_year_ahead_and_one_that_runs_for_long() -> None:
    weeks = [(ANA,) if week == 50 else (BO,) for week in range(52)]
    schedule = plan(Layer("weeks", replace(daily(ANA), length=7, members=tuple(weeks)), 0))
    assert next_shift(schedule, ANA, MONDAY) == Stint(ANA, MONDAY + 350 * DAY, MONDAY + 357 * DAY)
    found = next_shift(schedule, BO, MONDAY + 100 * DAY)
    assert found == Stint(BO, MONDAY - 7 * DAY, MONDAY + 350 * DAY)


def test_it_cuts_stints_at_days_off_and_joins_reasons() -> None:
    spans = final(plan(OFFICE, said=(override("only", 10, 11, ANA),)), MONDAY, hour(48))
    assert stints(spans) == [Stint(ANA, hour(8), hour(16)), Stint(ANA, hour(32), hour(40))]
    assert stints([spans[1], spans[-2]]) == [Stint(ANA, hour(8), hour(10)), Stint(ANA, hour(32), hour(40))]


def test_it_gives_nothing_for_no_time() -> None:
    assert final(plan(layer(ANA)), MONDAY, MONDAY) == ()


def test_it_walks_with_people_that_are_numbers() -> None:
    schedule = Schedule("UTC", (Layer("ids", replace(daily(ANA), members=((7,), (8,))), 0),))
    assert [span.people for span in final(schedule, MONDAY, hour(48))] == [(7,), (8,)]
    assert on_call_at(schedule, datetime(2026, 3, 3, 5, tzinfo=UTC)).on_call[0].person == 8
