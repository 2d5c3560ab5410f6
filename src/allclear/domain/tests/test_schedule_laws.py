"""Laws that hold for every schedule, in every zone, whatever is laid over it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from allclear.domain.oncall import Override, OverrideKind, Schedule, final, on_call_at, recorded, stints
from allclear.domain.tests.rota import ANA, BO, CLEO, DAY, ZONES, bounds, moments, overrides, schedules

LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAWS
@given(st.sampled_from(ZONES), st.data())
def test_it_covers_the_whole_range_once(zone: str, data: st.DataObject) -> None:
    start = data.draw(moments(zone))
    schedule, end = data.draw(schedules(zone, start)), start + 5 * DAY
    spans = final(schedule, start, end)
    assert (spans[0].start, spans[-1].end) == (start, end)
    assert all(one.end == other.start and one.crew != other.crew for one, other in pairwise(spans))
    assert all(span.start < span.end for span in spans)
    for span in spans:
        assert len(set(span.people)) == len(span.people)
        assert not {duty.person for duty in span.shadows} & set(span.people)
        for away in schedule.leaves:
            assert away.person not in span.people or away.end <= span.start or span.end <= away.start
        assert (
            on_call_at(schedule, span.start) == on_call_at(schedule, span.end - timedelta(microseconds=1)) == span.crew
        )


@LAWS
@given(st.sampled_from(ZONES), st.data())
def test_it_reckons_a_part_as_the_whole(zone: str, data: st.DataObject) -> None:
    start = data.draw(moments(zone))
    schedule = data.draw(schedules(zone, start))
    begins, ends = data.draw(bounds(start))
    whole = final(schedule, min(begins, start) - DAY, max(ends, start) + DAY)
    cut = [replace(span, start=max(span.start, begins), end=min(span.end, ends)) for span in whole]
    assert list(final(schedule, begins, ends)) == [span for span in cut if span.start < span.end]


def crews(schedule: Schedule, start: datetime) -> list[tuple[datetime, frozenset[object]]]:
    """Who is on call, without the reasons, from when."""
    found: list[tuple[datetime, frozenset[object]]] = []
    for span in final(schedule, start, start + 7 * DAY):
        people = frozenset(span.people)
        if not found or found[-1][1] != people:
            found.append((span.start, people))
    return found


@LAWS
@given(st.data())
def test_it_obeys_the_algebra_of_overrides(data: st.DataObject) -> None:
    start = data.draw(moments("Europe/Berlin"))
    schedule = replace(data.draw(schedules("Europe/Berlin", start)), swaps=())
    begins, ends = data.draw(bounds(start))

    def say(*said: tuple[str, tuple[str, ...], str | None]) -> list[tuple[datetime, frozenset[object]]]:
        """The schedule with these said after all others, for one and the same time."""
        later = [
            Override(100 + n, OverrideKind(kind), begins, ends, people, gone, start + timedelta(days=1, minutes=n))
            for n, (kind, people, gone) in enumerate(said)
        ]
        return crews(replace(schedule, overrides=(*schedule.overrides, *later)), start)

    before = say()
    assert say(("add", ("Eve",), None), ("remove", (), "Eve")) == before
    assert say(("replace", (BO,), "Eve")) == before, "who is not on call is not replaced"
    once = say(("replace", (BO,), ANA))
    assert say(("replace", (BO,), ANA), ("replace", (BO,), ANA)) == once
    assert say(("replace", ("Eve",), ANA), ("replace", (BO,), ANA)) == once, "the latest word wins"
    assert say(("add", (ANA,), None), ("add", (ANA,), None)) == say(("add", (ANA,), None))
    assert say(("add", (CLEO,), None), ("only", (ANA,), None)) == say(("only", (ANA,), None))
    assert all(ANA not in people for at, people in say(("remove", (), ANA)) if begins <= at < ends)


@LAWS
@given(st.data())
def test_it_keeps_overrides_to_their_time(data: st.DataObject) -> None:
    start = data.draw(moments("America/New_York"))
    schedule = data.draw(schedules("America/New_York", start))
    one, other = data.draw(overrides(start, 100)), data.draw(overrides(start, 101))
    assume(one.end <= other.start or other.end <= one.start)
    both = crews(replace(schedule, overrides=(*schedule.overrides, one, other)), start)
    assert crews(replace(schedule, overrides=(*schedule.overrides, other, one)), start) == both, "they commute"
    with_one = replace(schedule, overrides=(*schedule.overrides, one))
    for begins, ends in ((one.start - DAY, one.start), (one.end, one.end + DAY)):
        assert final(with_one, begins, ends) == final(schedule, begins, ends), "outside it has no effect"


@LAWS
@given(st.data())
def test_it_gives_back_what_was_recorded(data: st.DataObject) -> None:
    start = data.draw(moments("UTC"))
    spans = final(data.draw(schedules("UTC", start)), start, start + 4 * DAY)
    again = final(Schedule("UTC"), start, start + 4 * DAY, recorded(stints(spans), start + 4 * DAY))
    assert {(s.person, s.start, s.end) for s in stints(again)} == {(s.person, s.start, s.end) for s in stints(spans)}
