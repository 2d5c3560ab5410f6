"""The instant at which a clock on the wall shows a time, also on days on which clocks are changed.

A time that the clock skips happens at the first instant after the gap. A time that it shows twice: what starts then
starts the first time (`first`), what ends then ends the last time (`last`). Both never go back when the wall time
goes on, so shifts built from them neither overlap nor leave a gap. Instants are aware datetimes in UTC; wall times are
naive datetimes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_offset: Callable[[ZoneInfo, datetime], timedelta] = ZoneInfo.utcoffset  # type: ignore[assignment]  # all know it


def is_zone(name: str) -> bool:
    """Whether the IANA database has a zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def local(zone: ZoneInfo, at: datetime) -> datetime:
    """What the wall clock shows at this instant, as a naive datetime."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def first(zone: ZoneInfo, wall: datetime) -> datetime:
    """The first instant at which the clock shows this time, or passes it in a gap.

    >>> first(ZoneInfo("Europe/Berlin"), datetime(2026, 10, 25, 2, 30)).isoformat()
    '2026-10-25T00:30:00+00:00'
    """
    early, late = _offsets(zone, wall)
    if early < late:
        return _after_gap(zone, wall)
    return (wall - early).replace(tzinfo=UTC)


def last(zone: ZoneInfo, wall: datetime) -> datetime:
    """The last instant at which the clock shows this time, or passes it in a gap.

    >>> last(ZoneInfo("Europe/Berlin"), datetime(2026, 10, 25, 2, 30)).isoformat()
    '2026-10-25T01:30:00+00:00'
    """
    early, late = _offsets(zone, wall)
    if early < late:
        return _after_gap(zone, wall)
    return (wall - late).replace(tzinfo=UTC)


def _offsets(zone: ZoneInfo, wall: datetime) -> tuple[timedelta, timedelta]:
    """The offsets before and after a change of the clock that this time falls into; else the same twice."""
    return _offset(zone, wall), _offset(zone, wall.replace(fold=1))


@lru_cache(maxsize=4096)
def _after_gap(zone: ZoneInfo, wall: datetime) -> datetime:
    early, late = _offsets(zone, wall)
    before = (wall - late).replace(microsecond=0, tzinfo=UTC)
    after = (wall - early).replace(microsecond=0, tzinfo=UTC) + _SECOND
    return _turning(zone, before, after, wall)


def _turning(zone: ZoneInfo, before: datetime, after: datetime, wall: datetime) -> datetime:
    """The second between the two from which on the clock shows this time or a later one."""
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if local(zone, middle) >= wall:
            after = middle
        else:
            before = middle
    return after


def clock_changes(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
    """The instants in [start, end) at which clocks are changed, and by how much (forward is positive)."""
    years = range(start.year, end.year + 1)
    return [found for year in years for found in _changes_of(zone, year) if start <= found[0] < end]


@lru_cache(maxsize=4096)
def _changes_of(zone: ZoneInfo, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    """Those of a year in UTC. Two that undo each other within a day are not seen; there are none since 1970."""
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        before, after = _ahead(zone, day), _ahead(zone, day + _DAY)
        if before != after:
            found.append((_changed_at(zone, day, day + _DAY), after - before))
        day += _DAY
    return tuple(found)


def _changed_at(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _ahead(zone, before)
    while after - before > _SECOND:
        middle = (before + (after - before) // 2).replace(microsecond=0)
        if _ahead(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _ahead(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
