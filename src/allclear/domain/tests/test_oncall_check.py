"""What cannot be a schedule is refused with the field and a sentence; and why somebody is on call is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from allclear.domain.oncall import (
    WORKDAYS,
    Layer,
    Rotation,
    RotationKind,
    Schedule,
    check_rotation,
    check_schedule,
    explain,
    final,
    on_call_at,
    recorded,
    stints,
)
from allclear.domain.tests.rota import (
    ANA,
    BO,
    CLEO,
    DAN,
    MONDAY,
    OFFICE,
    daily,
    hour,
    layer,
    leave,
    override,
    swap,
)  # fmt: skip
from allclear.kernel.errors import Invalid

GOOD = Schedule(
    "Europe/Berlin",
    (layer(ANA, BO), layer(CLEO, rank=1, hours=(8, 16))),
    (override("replace", 0, 9, BO, gone=ANA, key=1), override("only", 0, 9, key=2)),
    (leave(ANA, 0, 9),),
    (swap(0, 9, ANA, BO), swap(0, 9, ANA, None)),
    must_cover=(OFFICE,),
)
NAIVE = datetime(2026, 3, 2)  # noqa: DTZ001 - what a caller may get wrong


def turning(**wrong: Any) -> Schedule:
    return replace(GOOD, layers=(replace(GOOD.layers[0], rotation=replace(daily(ANA), **wrong)),))


WRONG: list[tuple[Schedule, dict[str, str]]] = [
    (turning(members=()), {"layers.0.rotation.members": "Nobody takes turns"}),
    (turning(members=((), ())), {"layers.0.rotation.members": "Nobody takes turns"}),
    (turning(members=((ANA, ANA),)), {"layers.0.rotation.members.0": "twice"}),
    (turning(length=0), {"layers.0.rotation.length": "1 or more"}),
    (turning(length=timedelta(hours=1)), {"layers.0.rotation.length": "whole number"}),
    (turning(kind=RotationKind.CUSTOM, length=5), {"layers.0.rotation.length": "36 hours"}),
    (turning(kind=RotationKind.CUSTOM, length=timedelta(0)), {"layers.0.rotation.length": "15 minutes"}),
    (turning(zone="Europe/Atlantis"), {"layers.0.rotation.zone": "no time zone “Europe/Atlantis”"}),
    (turning(start=NAIVE), {"layers.0.rotation.start": "no zone"}),
    (turning(kind=RotationKind.WEEKLY, on_days=WORKDAYS), {"layers.0.rotation.on_days": "Only a daily rotation"}),
    (replace(GOOD, zone=""), {"zone": "no time zone"}),
    (replace(GOOD, layers=(replace(GOOD.layers[0], valid_from=hour(2), valid_until=hour(1)),)),
        {"layers.0.valid_until": "ends before it begins"}),
    (replace(GOOD, layers=(replace(GOOD.layers[0], restrictions=(replace(OFFICE, days=frozenset()),)),)),
        {"layers.0.restrictions.0.days": "at least one day"}),
    (replace(GOOD, must_cover=(replace(OFFICE, days=frozenset()),)), {"must_cover.0.days": "at least one day"}),
    (replace(GOOD, overrides=(override("add", 2, 2, BO),)), {"overrides.0.end": "ends before it begins"}),
    (replace(GOOD, overrides=(override("add", 2, 3),)), {"overrides.0.people": "puts on call"}),
    (replace(GOOD, overrides=(override("add", 2, 3, BO, gone=ANA),)), {"overrides.0.instead_of": "Leave it empty"}),
    (replace(GOOD, overrides=(override("remove", 2, 3, BO, gone=ANA),)), {"overrides.0.people": "Choose “replace”"}),
    (replace(GOOD, overrides=(override("remove", 2, 3),)), {"overrides.0.instead_of": "takes off call"}),
    (replace(GOOD, overrides=(override("replace", 2, 3, ANA, gone=ANA),)),
        {"overrides.0.people": "replace themselves"}),
    (replace(GOOD, overrides=(override("add", 2, 9, BO), override("add", 3, 4, BO), override("add", 8, 11, BO))),
        {"overrides.1": "says the same", "overrides.2": "says the same"}),
    (replace(GOOD, overrides=(replace(override("add", 2, 3, BO), start=NAIVE),)), {"overrides.0.start": "no zone"}),
    (replace(GOOD, leaves=(leave(ANA, 3, 2),)), {"leaves.0.end": "ends before it begins"}),
    (replace(GOOD, swaps=(swap(0, 9, ANA, ANA),)), {"swaps.0.benefactor": "swap with themselves"}),
    (replace(GOOD, swaps=(swap(9, 9, ANA, BO),)), {"swaps.0.end": "ends before it begins"}),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "expected"), WRONG, ids=[next(iter(fields)) for _, fields in WRONG])
def test_it_refuses_in_words_with_the_field(schedule: Schedule, expected: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        check_schedule(schedule)
    assert refused.value.fields.keys() == expected.keys()
    for path, words in expected.items():
        assert words in refused.value.fields[path]


def test_it_lets_a_good_schedule_pass() -> None:
    check_schedule(GOOD)
    check_schedule(turning(members=((ANA,), ()), kind=RotationKind.CUSTOM, length=timedelta(hours=36)))
    apart = (override("add", 2, 3, BO), override("add", 3, 4, BO), override("add", 2, 3, ANA))
    check_schedule(replace(GOOD, overrides=apart))


def test_it_tells_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        check_rotation(Rotation(RotationKind.DAILY, 0, MONDAY, "nowhere", ()))
    assert refused.value.fields.keys() == {"zone", "length", "members"}


NAMES = {ANA: "Ana Alba", BO: "Bo Berg", CLEO: "Cleo"}


def reasons(schedule: Schedule, at: float = 1) -> list[tuple[str, str, bool | None]]:
    trace = explain(schedule, on_call_at(schedule, hour(at)), NAMES)
    return [(trace.summary, "", None), *((step.text, step.because, step.matched) for step in trace.steps)]


def told(*layers: Layer, **more: Any) -> list[tuple[str, str, bool | None]]:
    return reasons(Schedule("UTC", layers, **more))[1:]


def test_it_tells_why_somebody_is_on_call() -> None:
    base = layer(ANA)
    replaced, added, only = (
        override("replace", 0, 9, BO, gone=ANA), override("add", 0, 9, BO), override("only", 0, 9, BO),
    )  # fmt: skip
    turn = ("Ana Alba", "It is their turn in layer “Ana”.", True)
    assert told(base) == [turn]
    assert told(base, swaps=(swap(0, 9, ANA, BO),)) == [("Bo Berg", "Took over from Ana Alba by a swap.", True)]
    assert told(base, swaps=(swap(0, 9, ANA, None),))[0][1].endswith("they look for somebody to take it over.")
    assert told(base, overrides=(replaced,)) == [("Bo Berg", "Takes over from Ana Alba by an override.", True)]
    assert told(base, overrides=(replace(replaced, created_by=CLEO),))[0][1].endswith("by an override of Cleo.")
    assert told(base, overrides=(added,)) == [turn, ("Bo Berg", "Was added by an override.", True)]
    assert told(base, overrides=(replace(added, created_by=CLEO),))[1][1] == "Was added by an override of Cleo."
    assert told(base, overrides=(only,)) == [("Bo Berg", "An override puts only these people on call.", True)]
    assert told(base, overrides=(replace(only, created_by=CLEO),))[0][1].startswith("An override of Cleo")


def test_it_tells_who_is_missing_and_who_looks_on() -> None:
    base, above = layer(ANA), layer(BO, rank=1)
    assert told(base, above, leaves=(leave(BO, 0, 9),))[1] == ("Bo Berg", "Is on leave; others have taken over.", False)
    alone = reasons(Schedule("UTC", (base,), leaves=(leave(ANA, 0, 9),)))
    assert alone[0][0] == "Nobody is on call"
    assert alone[1] == ("Ana Alba", "Is on leave; nobody has their place in “Ana”.", False)
    named = told(overrides=(override("add", 0, 9, BO),), leaves=(leave(BO, 0, 9),))
    assert named == [("Bo Berg", "An override names them, but they are on leave.", False)]
    shadow = told(base, replace(layer(DAN), is_shadow=True))
    assert shadow[1] == ("Dan", "Looks on in layer “Dan” and is not paged.", None)


def test_it_tells_of_the_past_only_that_it_was_so() -> None:
    spans = final(GOOD, MONDAY, hour(24))
    past = final(GOOD, MONDAY, hour(24), recorded(stints(spans), hour(24)))
    trace = explain(GOOD, past[-1].crew, NAMES)
    assert [step.because for step in trace.steps] == ["It was recorded so."]
    assert trace.summary == "On call: Ana Alba"
