"""How the burden is spread, and proposals that close holes where it is least."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allclear.domain.oncall import Hole, HoleKind, Layer, Leave, Load, Schedule, fairness, final, holes, repairs
from allclear.domain.tests.rota import (
    ANA,
    BO,
    CLEO,
    DAN,
    DAY,
    HOUR,
    MONDAY,
    PEOPLE,
    WEEK,
    hour,
    layer,
    leave,
    moments,
    schedules,
)  # fmt: skip


def plan(*layers: Layer, away: tuple[Leave, ...] = ()) -> Schedule:
    return Schedule("UTC", layers, (), away)


def test_it_weighs_nights_weekends_and_holidays() -> None:
    spans = final(plan(layer(ANA, BO)), MONDAY, MONDAY + WEEK)  # Ana: Monday, Wednesday, Friday, Sunday
    loads = fairness(spans, "UTC", {date(2026, 3, 3)})
    assert loads == {
        ANA: Load(96 * HOUR, 32 * HOUR, 24 * HOUR, 0 * HOUR, 4),
        BO: Load(72 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR, 3),
    }
    assert list(loads) == [ANA, BO]
    assert loads[BO].weight == 144 * HOUR


def test_it_counts_elapsed_hours_of_a_night_in_which_clocks_are_changed() -> None:
    start, end = datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 5, tzinfo=UTC)  # 22:00 to 06:00
    (load,) = fairness(final(plan(layer(ANA)), start, end), "Europe/Berlin").values()
    assert (load.on_call_for, load.night_for) == (9 * HOUR, 9 * HOUR)


def proposed(schedule: Schedule) -> list[tuple[str, float, float]]:
    """Who takes what of Monday, in hours."""
    spans = final(schedule, MONDAY, hour(24))
    found = repairs(schedule, spans, holes(schedule, MONDAY, hour(24)), PEOPLE, fairness(spans, "UTC"))
    made = [repair.override for repair in found if repair.override]
    return [(str(o.people[0]), (o.start - MONDAY) / HOUR, (o.end - MONDAY) / HOUR) for o in made]


def test_it_gives_a_hole_to_who_carries_least_and_is_free() -> None:
    schedule = plan(layer((ANA, BO), hours=(8, 16)), layer(CLEO, hours=(12, 13)), away=(leave(DAN, 0, 24),))
    assert proposed(schedule) == [(CLEO, 0, 8), (ANA, 16, 24)], "Dan is away; Cleo has 1 h, and then more than Ana"


def test_it_closes_holes_that_touch_by_one_override() -> None:
    schedule = plan(layer(ANA, hours=(8, 16)), away=(leave(ANA, 12, 24),))
    kinds = [hole.kind for hole in holes(schedule, MONDAY, hour(24))]
    assert kinds == ["gap", "leave_without_cover", "gap"]
    assert proposed(schedule) == [(BO, 0, 8), (CLEO, 12, 24)]


def test_it_shares_a_hole_if_nobody_is_free_for_all_of_it() -> None:
    schedule = plan(away=(leave(ANA, 10, 99), leave(BO, 0, 8)))
    start, end = MONDAY, hour(24)
    spans = final(schedule, start, end)
    found = repairs(schedule, spans, holes(schedule, start, end), [ANA, BO], {})
    assert [(r.override.people, r.start, r.end) for r in found if r.override] == [
        ((ANA,), hour(0), hour(10)), ((BO,), hour(10), hour(24)),
    ]  # fmt: skip
    assert found[0].text == (
        "Ana is free and has the least load (0 h weighted). This adds 10 h on call: "
        "6 h at night, 0 h at the weekend, 0 h on holidays."
    )


def test_it_says_so_where_nobody_is_free() -> None:
    schedule = plan(away=(leave(ANA, 0, 8),))
    spans = final(schedule, MONDAY, hour(24))
    nobody, ana = repairs(schedule, spans, holes(schedule, MONDAY, hour(24)), [ANA], {})
    assert (nobody.override, nobody.start, nobody.end) == (None, MONDAY, hour(8))
    assert nobody.text.startswith("Nobody of these people is free")
    assert ana.override and ana.override.people == (ANA,)


def test_it_leaves_overlaps_alone() -> None:
    overlap = Hole(HoleKind.DST_SEAM, hour(1), hour(2), "both", (ANA, BO))
    spans = final(plan(layer(ANA)), MONDAY, hour(24))
    assert repairs(plan(layer(ANA)), spans, [overlap], [BO], {}) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_its_proposals_close_the_holes(data: st.DataObject) -> None:
    start = data.draw(moments("Europe/Berlin"))
    schedule, end = data.draw(schedules("Europe/Berlin", start)), start + 6 * DAY
    spans = final(schedule, start, end)
    found = holes(schedule, start, end)
    assert all(start <= hole.start < hole.end <= end for hole in found)
    empty = sum((span.end - span.start for span in spans if not span.on_call), timedelta(0))
    assert sum((hole.end - hole.start for hole in found if hole.is_empty), timedelta(0)) == empty
    made = [replace(r.override, created_at=end) for r in repairs(schedule, spans, found, ["Eve"], {}) if r.override]
    left = holes(replace(schedule, overrides=(*schedule.overrides, *made)), start, end)
    assert [hole for hole in left if hole.kind != HoleKind.DST_SEAM or hole.is_empty] == []
    loads = fairness(spans, "Europe/Berlin")
    carried = sum((load.on_call_for for load in loads.values()), timedelta(0))
    assert carried == sum(((span.end - span.start) * len(span.people) for span in spans), timedelta(0))
