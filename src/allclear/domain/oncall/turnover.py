"""What a change of a schedule means for its people: the time on call that they gain and lose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from allclear.domain.oncall.schedule import Stint
from allclear.domain.oncall.terms import Person


@dataclass(frozen=True, slots=True)
class Turnover:
    """[start, end) in which somebody is on call who was not (`is_added`), or is not who was."""

    person: Person
    start: datetime
    end: datetime
    is_added: bool


def turnovers(before: Iterable[Stint], after: Iterable[Stint], start: datetime, end: datetime) -> list[Turnover]:
    """The difference of two plans within [start, end), by start; what is next to each other is one.

    >>> noon, one = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 13, tzinfo=UTC)
    >>> [(t.person, t.is_added) for t in turnovers([Stint("ana", noon, one)], [Stint("ben", noon, one)], noon, one)]
    [('ana', False), ('ben', True)]
    """
    held, wanted = _cut(before, start, end), _cut(after, start, end)
    found = [
        turnover
        for person in dict.fromkeys([*held, *wanted])
        for turnover in _of_one(person, held.get(person, []), wanted.get(person, []))
    ]
    return sorted(found, key=lambda one: (one.start, str(one.person)))


_Bounds = list[tuple[datetime, datetime]]


def _cut(stints: Iterable[Stint], start: datetime, end: datetime) -> dict[Person, _Bounds]:
    found: dict[Person, _Bounds] = {}
    for one in stints:
        begins, ends = max(one.start, start).astimezone(UTC), min(one.end, end).astimezone(UTC)
        if begins < ends:
            found.setdefault(one.person, []).append((begins, ends))
    return found


def _of_one(person: Person, held: _Bounds, wanted: _Bounds) -> list[Turnover]:
    found: list[Turnover] = []
    edges = sorted({edge for bounds in (*held, *wanted) for edge in bounds})
    for begins, ends in pairwise(edges):
        was, is_now = _covers(held, begins), _covers(wanted, begins)
        if was == is_now:
            continue
        if found and found[-1].end == begins and found[-1].is_added == is_now:
            found[-1] = Turnover(person, found[-1].start, ends, is_now)
        else:
            found.append(Turnover(person, begins, ends, is_now))
    return found


def _covers(bounds: _Bounds, at: datetime) -> bool:
    return any(begins <= at < ends for begins, ends in bounds)
