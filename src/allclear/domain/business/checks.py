"""What is wrong between the parts of a calendar: spans and days that overlap, holidays listed twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from allclear.domain.bodies import Body
from allclear.domain.business.days import weekday
from allclear.domain.business.rules import (
    DAY_MINUTES,
    WEEK_MINUTES,
    CalendarRules,
    DaySpan,
    HolidaySource,
    SpecialDay,
)
from allclear.kernel.words import say

_MONDAY = date(2024, 1, 1)
_LEAP_YEAR = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]


def clock_text(minute: int) -> str:
    """A minute of the day as a clock shows it; the end of the day is 24:00.

    >>> clock_text(510)
    '08:30'
    """
    return "24:00" if minute == DAY_MINUTES else f"{minute % DAY_MINUTES // 60:02}:{minute % 60:02}"


def check(read: Body, rules: CalendarRules) -> None:
    """What is wrong between the parts of a calendar."""
    if rules.is_always:
        if rules.week or rules.holidays or rules.special_days:
            text = say("24x7 counts always. Remove the week, holidays and own days, or switch 24x7 off.")
            read.complain("is_always", text)
        return
    if not rules.week:
        read.complain("week", say("Give the week at least one span of hours, or choose 24x7."))
    _check_week(read, rules.week)
    _check_sources(read, rules.holidays)
    _check_special_days(read, rules.special_days)


def _check_week(read: Body, week: Sequence[DaySpan]) -> None:
    found = []
    for index, span in enumerate(week):
        for day in span.days:
            start = (day - 1) * DAY_MINUTES + span.begins_at
            end = start + span.ends_at - span.begins_at
            found.append((start, min(end, WEEK_MINUTES), index))
            if end > WEEK_MINUTES:
                found.append((0, end - WEEK_MINUTES, index))
    if (twice := overlapping(found)) is not None:
        at, index = twice
        name = weekday(_MONDAY + timedelta(days=at // DAY_MINUTES))
        text = say(
            "{day} {time} lies in two spans. Shorten or remove one of them.",
            day=name,
            time=clock_text(at % DAY_MINUTES),
        )
        read.complain(f"week.{index}", text)


def _check_sources(read: Body, sources: Sequence[HolidaySource]) -> None:
    seen = set()
    for index, source in enumerate(sources):
        if (source.country, source.subdivision) in seen:
            read.complain(f"holidays.{index}.country", say("These holidays are listed twice. Remove one of them."))
        seen.add((source.country, source.subdivision))


def _check_special_days(read: Body, days: Sequence[SpecialDay]) -> None:
    once = [(day.first.toordinal(), day.last.toordinal() + 1, i) for i, day in enumerate(days) if not day.repeats]
    twice = overlapping(once)
    if twice is None:
        taken: dict[date, int] = {}
        for index, special in enumerate(days):
            both = [day for day in _LEAP_YEAR if special.repeats and special.covers(day) and day in taken]
            if both:
                twice = both[0].toordinal(), index
                break
            taken |= {day: index for day in _LEAP_YEAR if special.repeats and special.covers(day)}
    if twice is not None:
        text = say("{date} lies in two own days. Change the dates of one of them.", date=_day_text(days, *twice))
        read.complain(f"special_days.{twice[1]}.first", text)


def _day_text(days: Sequence[SpecialDay], ordinal: int, index: int) -> str:
    day = date.fromordinal(ordinal)
    return f"{day:%m-%d}" if days[index].repeats else day.isoformat()


def overlapping(spans: Iterable[tuple[int, int, int]]) -> tuple[int, int] | None:
    """Where two of the spans (start, end, index) first overlap, and the later index of the two."""
    reached, holder = -1, -1
    for start, end, index in sorted(spans):
        if start < reached:
            return start, max(index, holder)
        if end > reached:
            reached, holder = end, index
    return None
