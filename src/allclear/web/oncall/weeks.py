"""The calendar of a schedule: weeks of seven days, in each a lane for every person and one for nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from allclear.kernel.localised import localised
from allclear.oncall.rota import Turn
from allclear.web.templatetags._words import initials

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MONTH_ROWS = 5  # a month view shows this many weeks, or six where the month needs them
VIEWS = ("month", "week")


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a turn within a week: where it lies in percent of the week, and what it says."""

    left: float
    width: float
    kind: str  # turn, override, shadow or nobody
    label: str
    title: str
    initials: str = ""  # where the label has no room


@dataclass(slots=True)
class Lane:
    """One person's bars of a week; `tone` tells people apart beside their names."""

    name: str
    tone: int
    bars: list[Bar] = field(default_factory=list)
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A heading: the day of the month, and what is particular about it."""

    date: date
    is_today: bool
    is_other_month: bool
    is_holiday: bool


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days. `now`: where the present instant lies, in percent; None when it is not in this week."""

    days: tuple[Day, ...]
    lanes: tuple[Lane, ...]
    now: float | None
    label: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a view shows: [first, after) as days of the schedule's zone."""

    view: str
    anchor: date
    first: date
    after: date

    @property
    def before_url(self) -> str:
        return self._query(-1)

    @property
    def after_url(self) -> str:
        return self._query(1)

    @property
    def title(self) -> str:
        if self.view == "week":
            # Translators: letters of Django's date format, not words: 22 Nov 2025
            style = _("j M Y")
            return f"{formats.date_format(self.first, style)} – {formats.date_format(self.after - DAY, style)}"
        return formats.date_format(self.anchor, "YEAR_MONTH_FORMAT")

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The instants between which it lies."""
        return (
            datetime.combine(self.first, time(), tzinfo=zone),
            datetime.combine(self.after, time(), tzinfo=zone),
        )

    def _query(self, steps: int) -> str:
        if self.view == "week":
            day = self.anchor + steps * WEEK
        else:
            months = self.anchor.year * 12 + self.anchor.month - 1 + steps
            day = date(months // 12, months % 12 + 1, 1)
        return f"?view={self.view}&day={day.isoformat()}"


def sheet(view: str, day: str, today: date) -> Sheet:
    """The weeks that an address asks for; what it does not say or says wrongly is this month."""
    view = view if view in VIEWS else "month"
    try:
        anchor = date.fromisoformat(day)
    except ValueError:
        anchor = today
    anchor = min(max(anchor, date(1971, 1, 1)), date(2199, 1, 1))
    first = anchor if view == "week" else anchor.replace(day=1)
    first -= first.weekday() * DAY
    if view == "week":
        return Sheet(view, anchor, first, first + WEEK)
    following = (anchor.replace(day=1) + 32 * DAY).replace(day=1)
    rows = max(MONTH_ROWS, -(-(following - first).days // 7))
    return Sheet(view, anchor, first, first + rows * WEEK)


@dataclass(frozen=True, slots=True)
class Painter:
    """Turns spans into weeks of bars. `gaps` are when nobody is on call."""

    zone: ZoneInfo
    turns: Sequence[Turn]
    gaps: Sequence[tuple[datetime, datetime]]
    now: datetime
    holidays: frozenset[date] = frozenset()

    def weeks(self, shown: Sheet) -> list[Week]:
        people = dict.fromkeys(turn.user_id for turn in sorted(self.turns, key=lambda turn: turn.user_id))
        tones = {person: number % 6 for number, person in enumerate(people)}
        found, day = [], shown.first
        while day < shown.after:
            found.append(self._week(day, tones, shown))
            day += WEEK
        return found

    def _week(self, first: date, tones: dict[int, int], shown: Sheet) -> Week:
        lanes: dict[tuple[int, bool], Lane] = {}
        for turn in self.turns:
            bar = self._bar(first, turn.starts_at, turn.ends_at, _kind(turn), turn.name, turn.why)
            if bar:
                lane = lanes.setdefault(
                    (turn.user_id, turn.is_shadow), Lane(turn.name, tones[turn.user_id], user_id=turn.user_id)
                )
                lane.bars.append(bar)
        nobody = Lane("", 0)
        for starts_at, ends_at in self.gaps:
            bar = self._bar(first, starts_at, ends_at, "nobody", _("nobody"), "")
            if bar:
                nobody.bars.append(bar)
        ordered = sorted(lanes.values(), key=lambda lane: lane.bars[0].left)
        today = self.now.astimezone(self.zone).date()
        days = tuple(
            Day(day, day == today, shown.view == "month" and day.month != shown.anchor.month, day in self.holidays)
            for day in (first + n * DAY for n in range(7))
        )
        place = self._place(first, self.now)
        is_here = first <= today < first + WEEK
        label = _("Week from {day}").format(day=formats.date_format(first))
        all_lanes = (*ordered, nobody) if nobody.bars else tuple(ordered)
        return Week(days, all_lanes, round(place, 3) if is_here else None, label)

    def _bar(self, first: date, starts_at: datetime, ends_at: datetime, kind: str, name: str, why: str) -> Bar | None:
        left, right = max(0.0, self._place(first, starts_at)), min(100.0, self._place(first, ends_at))
        if right - left < 0.05:
            return None
        span = span_words(starts_at, ends_at, self.zone)
        title = " · ".join(filter(None, (name, span, localised(why))))
        short = "" if kind == "nobody" else initials(name)
        return Bar(round(left, 3), round(right - left, 3), kind, name, title, short)

    def _place(self, first: date, at: datetime) -> float:
        """Where an instant lies in the week, by the wall clock, in percent; below 0 and above 100 outside of it."""
        wall = at.astimezone(self.zone).replace(tzinfo=None)
        return (wall - datetime.combine(first, time())) / WEEK * 100


def span_words(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, *, has_year: bool = False) -> str:
    """From when to when, in words: the day of the end only where it is another, the zone where clocks change."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    zones = ("", "") if start.utcoffset() == end.utcoffset() else (f" {start:%Z}", f" {end:%Z}")
    # Translators: letters of Django's date format, not words: 22 Nov, 14:07
    style = _("j M Y, H:i") if has_year else _("j M, H:i")
    last = formats.date_format(end, "H:i" if start.date() == end.date() else style)
    return f"{formats.date_format(start, style)}{zones[0]} – {last}{zones[1]}"


def _kind(turn: Turn) -> str:
    return "shadow" if turn.is_shadow else "override" if turn.is_override else "turn"
