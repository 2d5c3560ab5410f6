"""One person's view: when they are on call, and when next; and the record of what was, as spans again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from allclear.domain.oncall.final import final
from allclear.domain.oncall.schedule import Crew, Duty, Schedule, Source, Span, Stint
from allclear.domain.oncall.terms import Person

_FIRST_LOOK = timedelta(days=15)
_LOOK_AHEAD = timedelta(days=400)
_INSTANT = timedelta(microseconds=1)


def stints(spans: Sequence[Span]) -> list[Stint]:
    """The unbroken times of every person in these spans, by start. They are cut where the spans begin and end."""
    found: list[Stint] = []
    running: dict[Person, datetime] = {}
    until: datetime | None = None
    for span in (*spans, None):
        here = span.people if span is not None and span.start == until else ()
        for person in [person for person in running if person not in here]:
            assert until is not None  # somebody is running: there was a span before
            found.append(Stint(person, running.pop(person), until))
        if span is not None:
            for person in span.people:
                running.setdefault(person, span.start)
            until = span.end
    return sorted(found, key=lambda stint: stint.start)


def next_shift(
    schedule: Schedule,
    person: Person,
    at: datetime,
    frozen: Sequence[Span] = (),
    within: timedelta = _LOOK_AHEAD,
) -> Stint | None:
    """The time on call that holds this instant, else the next one that begins `within` this span; None if none does.

    It is whole, as far as it does not reach farther than `within` into the past or the future.
    """
    at = at.astimezone(UTC)
    found = _ahead(schedule, person, at, frozen, within)
    if found is None or found.start > at:
        return found
    return Stint(person, _began(schedule, person, at, frozen, within), found.end)


def _ahead(schedule: Schedule, person: Person, at: datetime, frozen: Sequence[Span], within: timedelta) -> Stint | None:
    look = min(_FIRST_LOOK, within)
    while True:
        theirs = stints(final(schedule, at, at + look, frozen))
        found = next((stint for stint in theirs if stint.person == person), None)
        is_whole = found is not None and found.end < at + look
        if is_whole or look >= within:
            return found
        look = min(3 * look, within)


def _began(schedule: Schedule, person: Person, at: datetime, frozen: Sequence[Span], within: timedelta) -> datetime:
    look = min(_FIRST_LOOK, within)
    while True:
        theirs = [s for s in stints(final(schedule, at - look, at, frozen)) if s.person == person and s.end == at]
        began = theirs[0].start if theirs else at
        if began > at - look or look >= within:
            return began
        look = min(3 * look, within)


def recorded(known: Iterable[Stint], until: datetime) -> tuple[Span, ...]:
    """The spans of recorded stints up to an instant: what `final` takes as frozen. Those that go on are cut there."""
    until = until.astimezone(UTC)
    bounds = [(s.start.astimezone(UTC), min(s.end.astimezone(UTC), until), s.person) for s in known]
    bounds = [bound for bound in bounds if bound[0] < bound[1]]
    if not bounds:
        return (Span(until - _INSTANT, until, Crew()),)
    edges = sorted({edge for begins, ends, _ in bounds for edge in (begins, ends)} | {until})
    begun = sorted(bounds, key=lambda bound: bound[0])
    found: list[Span] = []
    here: list[tuple[datetime, datetime, Person]] = []
    for begins, ends in pairwise(edges):
        here = [bound for bound in here if bound[1] > begins]
        while begun and begun[0][0] == begins:
            here.append(begun.pop(0))
        people = dict.fromkeys(person for _, _, person in here)
        found.append(Span(begins, ends, Crew(tuple(Duty(person, Source.RECORD) for person in people))))
    return tuple(found)
