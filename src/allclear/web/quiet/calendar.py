"""The calendar of maintenance: a month as a grid, and the same as an agenda for narrow screens."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from allclear.alerts.models import SHADOW, MaintenanceWindow
from allclear.alerts.quiet import window_of
from allclear.domain.alerts.maintenance import times
from allclear.web.alerts.places import tabs
from allclear.web.http import Page, signed_in

SHOWN = 4  # entries of a day in the grid; the rest is behind a link


@dataclass(frozen=True, slots=True)
class Entry:
    """One time of a window on one day, by the reader's clock. `begins` and `ends`: whether it does so on this day."""

    pk: int
    name: str
    start: str
    hours: str
    is_shadow: bool
    is_over: bool
    begins: bool
    ends: bool


@dataclass(slots=True)
class Day:
    """A day of the grid."""

    day: date
    is_of_month: bool
    is_today: bool
    entries: list[Entry] = field(default_factory=list)

    @property
    def label(self) -> str:
        return date_format(self.day, _("j M Y"))

    @property
    def shown(self) -> list[Entry]:
        return self.entries[:SHOWN]

    @property
    def more(self) -> int:
        return max(len(self.entries) - SHOWN, 0)


@signed_in
def month(request: Page) -> HttpResponse:
    """`?month=2026-11`; without it this month."""
    request.viewer.require("alert.read")
    today = timezone.localtime(request.now).date()
    begin = _month(request.GET.get("month", "")) or today.replace(day=1)
    weeks = [
        [Day(day, day.month == begin.month, day == today) for day in week]
        for week in Calendar().monthdatescalendar(begin.year, begin.month)
    ]
    days = {day.day: day for week in weeks for day in week}
    _fill(days, request.now)
    before, after = (begin - timedelta(days=1)).replace(day=1), (begin + timedelta(days=32)).replace(day=1)
    context = {
        "weeks": weeks,
        "agenda": [day for day in days.values() if day.entries and day.is_of_month],
        "name": date_format(begin, "YEAR_MONTH_FORMAT"),
        "weekdays": list(WEEKDAYS_ABBR.values()),
        "before": (f"?month={before:%Y-%m}", date_format(before, "YEAR_MONTH_FORMAT")),
        "after": (f"?month={after:%Y-%m}", date_format(after, "YEAR_MONTH_FORMAT")),
        "is_this_month": begin == today.replace(day=1),
        "may_change": request.viewer.may("alert.change"),
        "tabs": tabs(request, "alerts:quiet"),
        "back": f"{reverse('alerts:quiet')}?kind=maintenance",
        "back_label": _("Maintenance"),
    }
    return render(request, "quiet/calendar.html", context)


def _month(text: str) -> date | None:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def _fill(days: dict[date, Day], now: datetime) -> None:
    """Put each time on each day that it touches."""
    begin, end = (timezone.make_aware(datetime.combine(day, time())) for day in (min(days), max(days) + timedelta(1)))
    over = Q(repeats="", ends_at__lte=begin) | Q(until__lte=begin)
    found: list[tuple[datetime, datetime, Any]] = []
    for row in MaintenanceWindow.objects.filter(starts_at__lt=end).exclude(over):
        found += [(one.start, one.end, row) for one in times(window_of(row), begin, end)]
    for start, stop, row in sorted(found, key=lambda one: (one[0], one[1], one[2].pk)):
        first, last = timezone.localtime(start), timezone.localtime(stop - timedelta(microseconds=1))
        day = max(first.date(), min(days))
        while day <= min(last.date(), max(days)):
            begins, ends = day == first.date(), day == last.date()
            hours = _hours(first if begins else None, timezone.localtime(stop) if ends else None)
            looks = {"is_shadow": row.mode == SHADOW, "is_over": stop <= now, "begins": begins, "ends": ends}
            start_text = f"{first:%H:%M}" if begins else ""
            days[day].entries.append(Entry(row.pk, row.name, start_text, hours, **looks))
            day += timedelta(days=1)


def _hours(start: datetime | None, end: datetime | None) -> str:
    """ "02:00-04:00", "from 22:00", "until 04:00", "all day"."""
    begins = f"{start:%H:%M}" if start else ""
    ends = f"{end:%H:%M}" if end else ""
    if begins and ends:
        return f"{begins}–{ends}"
    if begins:
        return _("from {time}").format(time=begins)
    return _("until {time}").format(time=ends) if ends else _("all day")
