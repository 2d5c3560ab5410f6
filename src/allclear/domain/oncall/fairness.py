"""How the burden is spread: hours on call of every person, and those that hurt most."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from allclear.domain.oncall.restriction import Bounds, DailyHours, Hours, WeekSpan, merged, spans
from allclear.domain.oncall.schedule import Span
from allclear.domain.oncall.stints import stints
from allclear.domain.oncall.terms import EVERY_DAY, Person, Weekday
from allclear.domain.oncall.wallclock import first

_DAY = timedelta(days=1)
_NONE = timedelta(0)
_NIGHT = DailyHours(EVERY_DAY, time(22), time(6))
_WEEKEND = WeekSpan(Weekday.SATURDAY, time(), Weekday.MONDAY, time())


@dataclass(frozen=True, slots=True)
class Load:
    """Elapsed time on call; a Sunday night counts as night and as weekend. `shifts`: unbroken times on call."""

    on_call_for: timedelta = _NONE
    night_for: timedelta = _NONE  # 22:00 to 06:00
    weekend_for: timedelta = _NONE  # Saturday and Sunday
    holiday_for: timedelta = _NONE
    shifts: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(
            self.on_call_for + other.on_call_for,
            self.night_for + other.night_for,
            self.weekend_for + other.weekend_for,
            self.holiday_for + other.holiday_for,
            self.shifts + other.shifts,
        )

    @property
    def weight(self) -> timedelta:
        """One number to compare by: an hour counts once, and once more for each of night, weekend and holiday."""
        return self.on_call_for + self.night_for + self.weekend_for + self.holiday_for


class _Times:
    """Spans in order, and how long they are together up to any instant."""

    def __init__(self, bounds: Sequence[Bounds]) -> None:
        self.starts = [start for start, _ in bounds]
        self.bounds = bounds
        self.before = [_NONE, *accumulate(end - start for start, end in bounds)]

    def within(self, start: datetime, end: datetime) -> timedelta:
        return self._until(end) - self._until(start)

    def _until(self, at: datetime) -> timedelta:
        place = bisect_right(self.starts, at)
        if not place:
            return _NONE
        start, end = self.bounds[place - 1]
        return self.before[place - 1] + (min(at, end) - start)


class Scale:
    """Weighs time on call in [start, end) by the wall clock of a zone and its holidays."""

    def __init__(self, start: datetime, end: datetime, zone: str, holidays: AbstractSet[date] = frozenset()) -> None:
        self.nights = _Times(spans(Hours((_NIGHT,), zone), start, end))
        self.weekends = _Times(spans(Hours((_WEEKEND,), zone), start, end))
        self.holidays = _Times(_days(holidays, ZoneInfo(zone), start, end))

    def load(self, start: datetime, end: datetime) -> Load:
        """What one shift of this length weighs."""
        return Load(
            end - start,
            self.nights.within(start, end),
            self.weekends.within(start, end),
            self.holidays.within(start, end),
            1,
        )


def fairness(found: Sequence[Span], zone: str, holidays: AbstractSet[date] = frozenset()) -> dict[Person, Load]:
    """The load of everybody who is on call in these spans, the heaviest first."""
    if not found:
        return {}
    scale = Scale(found[0].start, found[-1].end, zone, holidays)
    loads: dict[Person, Load] = defaultdict(Load)
    for stint in stints(found):
        loads[stint.person] += scale.load(stint.start, stint.end)
    return dict(sorted(loads.items(), key=lambda item: item[1].weight, reverse=True))


def _days(days: AbstractSet[date], zone: ZoneInfo, start: datetime, end: datetime) -> list[Bounds]:
    """The days as spans, as far as they lie within [start, end)."""
    near = [day for day in days if start.date() - _DAY <= day <= end.date() + _DAY]
    whole = [(first(zone, datetime.combine(d, time())), first(zone, datetime.combine(d + _DAY, time()))) for d in near]
    return merged([(max(s, start), min(e, end)) for s, e in whole if s < end and e > start])
