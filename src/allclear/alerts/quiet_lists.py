"""What keeps alerts quiet, for lists, calendar and command line: in force, upcoming, ended, and what it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q, QuerySet

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import LIVE, Alert, Inhibition, MaintenanceWindow, Silence
from allclear.alerts.quiet import inhibition_of, window_of
from allclear.domain.alerts.holders import Means
from allclear.domain.alerts.maintenance import Time, next_time, running, times
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

MOST_ENDED = 200  # of each kind, the last ones
LONGEST_CALENDAR = timedelta(days=400)
Row = Silence | MaintenanceWindow | Inhibition


class State(StrEnum):
    IN_FORCE = "in_force"
    UPCOMING = "upcoming"
    ENDED = "ended"


GOING_ON = (State.IN_FORCE, State.UPCOMING)


@dataclass(frozen=True, slots=True)
class Entry:
    """One silence, window or inhibition as it stands now.

    `starts_at` and `ends_at` are of the time that is running, else of the next one, else of the last one.
    `ends_for_good_at`: after this it never comes again. `held`: how many open alerts it keeps quiet now.
    `problem`: why it cannot be used, in words (an inhibition that names what is gone).
    """

    kind: Means
    row: Row
    state: State
    starts_at: datetime
    ends_at: datetime
    ends_for_good_at: datetime
    held: int = 0
    problem: str = ""

    @property
    def name(self) -> str:
        return str(self.row)

    @property
    def is_live(self) -> bool:
        return self.row.mode == LIVE

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        names = ("starts_at", "ends_at", "ends_for_good_at", "held", "problem")
        plain = {"kind": str(self.kind), "id": self.row.pk, "name": self.name, "state": str(self.state)}
        return {**plain, "mode": self.row.mode, **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True)
class Shown:
    """One time in the calendar."""

    kind: Means
    id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    is_live: bool


def entries(
    viewer: Viewer, now: datetime, *, states: Collection[State] = GOING_ON, kinds: Collection[Means] = tuple(Means)
) -> list[Entry]:
    """All of these kinds in these states: what is in force first, what ends first before what ends later."""
    viewer.require("alert.read")
    counts = held_counts()
    found = [
        entry_of(row, now, counts.get((kind, row.pk), 0))
        for kind in kinds
        for row in _rows(kind, now, states)
    ]  # fmt: skip
    order = list(State)
    chosen = [entry for entry in found if entry.state in states]
    return sorted(chosen, key=lambda entry: (order.index(entry.state), _place(entry), entry.kind, entry.row.pk))


def entry_of(row: Row, now: datetime, held: int = 0) -> Entry:
    """How one of them stands now."""
    if isinstance(row, Silence):
        state = _state(row.starts_at, row.ends_at, now)
        return Entry(Means.SILENCE, row, state, row.starts_at, row.ends_at, row.ends_at, held)
    if isinstance(row, Inhibition):
        state = _state(row.created_at, row.expires_at, now)
        span = (row.created_at, row.expires_at, row.expires_at)
        return Entry(Means.INHIBITION, row, state, *span, held, _problem(row))
    window = window_of(row)
    now_on, coming = running(window, now), next_time(window, now)
    time = now_on or coming or Time(row.starts_at, row.ends_at)
    state = State.IN_FORCE if now_on else State.UPCOMING if coming else State.ENDED
    return Entry(Means.MAINTENANCE, row, state, time.start, time.end, window.ends_for_good_at, held)


def held_alerts(viewer: Viewer, kind: Means, pk: int) -> QuerySet[Alert]:
    """The open alerts that it keeps quiet now, the newest first."""
    viewer.require("alert.read")
    return _suppressed().filter(held_by__kind=str(kind), held_by__id=pk).order_by("-last_seen_at", "-id")


def held_counts() -> dict[tuple[Means, int], int]:
    """How many open alerts each of them keeps quiet now."""
    rows = _suppressed().values_list("held_by__kind", "held_by__id").annotate(count=Count("pk"))
    return {(Means(kind), pk): count for kind, pk, count in rows if kind in list(Means)}


def calendar(viewer: Viewer, begin: datetime, end: datetime) -> list[Shown]:
    """Silences and each time of each window that has a part in [begin, end), in order."""
    viewer.require("alert.read")
    if not timedelta() < end - begin <= LONGEST_CALENDAR:
        raise Invalid({"end": say("Ask for a span of at most {days} days.", days=LONGEST_CALENDAR.days)})
    found = [*_silences_in(begin, end), *_windows_in(begin, end)]
    return sorted(found, key=lambda one: (one.starts_at, one.ends_at, one.kind, one.id))


def _silences_in(begin: datetime, end: datetime) -> Iterator[Shown]:
    for row in Silence.objects.filter(starts_at__lt=end, ends_at__gt=begin):
        yield Shown(Means.SILENCE, row.pk, row.comment, row.starts_at, row.ends_at, row.mode == LIVE)


def _windows_in(begin: datetime, end: datetime) -> Iterator[Shown]:
    is_over = Q(repeats="", ends_at__lte=begin) | Q(until__lte=begin)
    for row in MaintenanceWindow.objects.filter(starts_at__lt=end).exclude(is_over):
        for time in times(window_of(row), begin, end):
            yield Shown(Means.MAINTENANCE, row.pk, row.name, time.start, time.end, row.mode == LIVE)


def _rows(kind: Means, now: datetime, states: Collection[State]) -> Iterator[Row]:
    """Those that go on, and of those that are over the last ones, as far as they are asked for."""
    rows: QuerySet[Any]
    if kind is Means.SILENCE:
        rows, is_over = Silence.objects.order_by("-ends_at", "-pk").select_related("integration"), Q(ends_at__lte=now)
    elif kind is Means.INHIBITION:
        rows, is_over = Inhibition.objects.order_by("-expires_at", "-pk"), Q(expires_at__lte=now)
    else:
        rows = MaintenanceWindow.objects.order_by("-starts_at", "-pk").prefetch_related("services", "cis")
        is_over = Q(repeats="", ends_at__lte=now) | Q(until__lte=now)
    yield from rows.exclude(is_over)  # cancelled ones among them have ended, too
    if State.ENDED in states:
        yield from rows.filter(is_over)[:MOST_ENDED]


def _suppressed() -> QuerySet[Alert]:
    return Alert.objects.open().filter(outcome="suppressed")


def _state(starts_at: datetime, ends_at: datetime, now: datetime) -> State:
    return State.ENDED if ends_at <= now else State.IN_FORCE if starts_at <= now else State.UPCOMING


def _place(entry: Entry) -> float:
    """What is in force by its end, what is to come by its start, what is over by its end, the last first."""
    if entry.state is State.ENDED:
        return -entry.ends_for_good_at.timestamp()
    return (entry.ends_at if entry.state is State.IN_FORCE else entry.starts_at).timestamp()


def _problem(row: Inhibition) -> str:
    try:
        inhibition_of(row)
    except Invalid as error:
        return say("It keeps nothing quiet, for it cannot be read: {problem}", problem=error.message)
    return ""
