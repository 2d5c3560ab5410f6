"""The proof that somebody is on call: what of a schedule has holes, and of which kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from allclear.domain.oncall.explain import Names, name_of
from allclear.domain.oncall.final import final
from allclear.domain.oncall.restriction import Bounds, Hours, spans
from allclear.domain.oncall.schedule import Schedule, Span
from allclear.domain.oncall.seams import Seams
from allclear.domain.oncall.terms import Person
from allclear.kernel.words import listed, say, say_many


class HoleKind(StrEnum):
    GAP = "gap"  # nobody is on call
    DST_SEAM = "dst_seam"  # a gap or an overlap that only the change of clocks makes
    LEAVE_WITHOUT_COVER = "leave_without_cover"  # somebody is on leave and nobody has their place
    SAME_PERSON_TWICE = "same_person_twice"  # a place is taken by somebody who is on call already


@dataclass(frozen=True, slots=True)
class Hole:
    """[start, end) in which the schedule does not hold what it promises. `is_empty`: nobody at all is on call."""

    kind: HoleKind
    start: datetime
    end: datetime
    text: str
    people: tuple[Person, ...] = ()
    is_empty: bool = False


def holes(
    schedule: Schedule,
    start: datetime,
    end: datetime,
    frozen: Sequence[Span] = (),
    names: Names | None = None,
) -> list[Hole]:
    """All holes in [start, end) in their order; none is the proof. Gaps count where the schedule must cover."""
    return holes_in(schedule, final(schedule, start, end, frozen), names)


def holes_in(schedule: Schedule, found: Sequence[Span], names: Names | None = None) -> list[Hole]:
    """The same for spans that are reckoned already."""
    if not found:
        return []
    wanted = spans(Hours(schedule.must_cover, schedule.zone, schedule.holidays), found[0].start, found[-1].end)
    seams = Seams(schedule, found[0].start, found[-1].end)
    holes = [*_empty(found, wanted, seams, names), *_poor(found, names), *_overlaps(found, seams)]
    return _joined(sorted(holes, key=lambda hole: (hole.start, hole.kind)))


def _empty(found: Sequence[Span], wanted: Sequence[Bounds], seams: Seams, names: Names | None) -> Iterator[Hole]:
    for span in _within([span for span in found if not span.on_call], wanted):
        people = tuple(absence.person for absence in span.crew.absences)
        if people:
            text = say_many(
                "Nobody is on call: {people} is on leave.",
                "Nobody is on call: {people} are on leave.",
                len(people),
                people=_named(people, names),
            )
            yield Hole(HoleKind.LEAVE_WITHOUT_COVER, span.start, span.end, text, people, is_empty=True)
        elif seams.is_gap(span):
            text = say("Nobody is on call, because the clocks are changed and the layers do not meet.")
            yield Hole(HoleKind.DST_SEAM, span.start, span.end, text, is_empty=True)
        else:
            yield Hole(HoleKind.GAP, span.start, span.end, say("Nobody is on call."), is_empty=True)


def _poor(found: Sequence[Span], names: Names | None) -> Iterator[Hole]:
    """Somebody is on call, but a place is not filled."""
    for span in found:
        if not span.on_call:
            continue
        people = tuple(absence.person for absence in span.crew.absences if not absence.is_covered)
        if people:
            text = say_many(
                "{people} is on leave and nobody has the place; others are on call.",
                "{people} are on leave and nobody has their places; others are on call.",
                len(people),
                people=_named(people, names),
            )
            yield Hole(HoleKind.LEAVE_WITHOUT_COVER, span.start, span.end, text, people)
        for person in span.crew.doubled:
            text = say("{name} has two places at once; the second adds nobody.", name=name_of(person, names))
            yield Hole(HoleKind.SAME_PERSON_TWICE, span.start, span.end, text, (person,))


def _overlaps(found: Sequence[Span], seams: Seams) -> Iterator[Hole]:
    for span in seams.overlaps(found):
        text = say("Two layers are on call at once, because the clock shows this time twice.")
        yield Hole(HoleKind.DST_SEAM, span.start, span.end, text, span.people)


def _named(people: Iterable[Person], names: Names | None) -> str:
    return listed(name_of(person, names) for person in people)


def _within(empty: Sequence[Span], wanted: Sequence[Bounds]) -> Iterator[Span]:
    """The parts of the spans that lie within these times; both are in order."""
    place = 0
    for span in empty:
        while place < len(wanted) and wanted[place][1] <= span.start:
            place += 1
        for start, end in _from(wanted, place):
            if start >= span.end:
                break
            yield replace(span, start=max(start, span.start), end=min(end, span.end))


def _from(wanted: Sequence[Bounds], place: int) -> Iterator[Bounds]:
    while place < len(wanted):
        yield wanted[place]
        place += 1


def _joined(holes: Sequence[Hole]) -> list[Hole]:
    """Neighbours that tell the same are one hole."""
    found: list[Hole] = []
    open_ones: dict[tuple[HoleKind, tuple[Person, ...], bool], int] = {}
    for hole in holes:
        name = (hole.kind, hole.people, hole.is_empty)
        before = open_ones.get(name)
        if before is not None and found[before].end == hole.start:
            found[before] = replace(found[before], end=hole.end)
        else:
            open_ones[name] = len(found)
            found.append(hole)
    return found
