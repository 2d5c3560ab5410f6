"""What is in force now, what is to come and what has ended; and what each holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from allclear.alerts.models import SHADOW, Alert, Inhibition, MaintenanceWindow, Silence
from allclear.alerts.quiet import window_of
from allclear.domain.alerts.maintenance import next_time, running

NOW, UPCOMING, ENDED = "now", "upcoming", "ended"
MOST_ENDED = 50
MOST_HELD = 2000  # alerts that are read, to say what each holds
Row = Silence | MaintenanceWindow | Inhibition
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """One of them: which state it is in, from when to when (of a window: this or the next time), what it holds."""

    kind: str  # silence, maintenance, inhibition
    row: Row
    state: str
    begins_at: datetime | None
    ends_at: datetime
    held: Sequence[Alert] = field(default=())

    @property
    def is_shadow(self) -> bool:
        return self.row.mode == SHADOW


def standings(kinds: Sequence[str], now: datetime, *, with_ended: bool = True) -> dict[str, list[Standing]]:
    """By state: now and upcoming what ends or begins first comes first; the newest of those that have ended."""
    held = held_alerts()
    found: dict[str, list[Standing]] = {NOW: [], UPCOMING: [], ENDED: []}
    for kind in kinds:
        for one in _READERS[kind](now, held, with_ended):
            found[one.state].append(one)
    found[NOW].sort(key=lambda one: one.ends_at)
    found[UPCOMING].sort(key=lambda one: one.begins_at or one.ends_at)
    found[ENDED].sort(key=lambda one: one.ends_at, reverse=True)
    found[ENDED] = found[ENDED][:MOST_ENDED]
    return found


def standing(row: Row, now: datetime) -> Standing:
    """Of one."""
    held = held_alerts()
    if isinstance(row, Silence):
        return _silence(row, now, held)
    return _window(row, now, held) if isinstance(row, MaintenanceWindow) else _inhibition(row, now, held)


def held_alerts() -> dict[Key, list[Alert]]:
    """The open alerts that something keeps quiet now, by what does."""
    rows = Alert.objects.open().filter(outcome="suppressed").order_by("-last_seen_at")
    rows = rows.only("id", "title", "severity", "source", "held_by", "last_seen_at", "incident_id")[:MOST_HELD]
    found: dict[Key, list[Alert]] = defaultdict(list)
    for row in rows:
        found[str(row.held_by.get("kind")), int(row.held_by.get("id") or 0)].append(row)
    return found


def _silences(now: datetime, held: dict[Key, list[Alert]], with_ended: bool) -> list[Standing]:
    rows = list(Silence.objects.filter(ends_at__gt=now).select_related("integration"))
    if with_ended:
        rows += Silence.objects.filter(ends_at__lte=now).select_related("integration")[:MOST_ENDED]
    return [_silence(row, now, held) for row in rows]


def _windows(now: datetime, held: dict[Key, list[Alert]], with_ended: bool) -> list[Standing]:
    over = Q(repeats="", ends_at__lte=now) | Q(until__lte=now)
    everything = MaintenanceWindow.objects.prefetch_related("services", "cis")
    rows = list(everything.exclude(over))
    if with_ended:
        rows += everything.filter(over)[:MOST_ENDED]
    return [_window(row, now, held) for row in rows]


def _inhibitions(now: datetime, held: dict[Key, list[Alert]], with_ended: bool) -> list[Standing]:
    rows = list(Inhibition.objects.filter(expires_at__gt=now))
    if with_ended:
        rows += Inhibition.objects.filter(expires_at__lte=now).order_by("-expires_at")[:MOST_ENDED]
    return [_inhibition(row, now, held) for row in rows]


_READERS: dict[str, Any] = {"silence": _silences, "maintenance": _windows, "inhibition": _inhibitions}
KINDS = tuple(_READERS)


def _silence(row: Silence, now: datetime, held: dict[Key, list[Alert]]) -> Standing:
    state = ENDED if row.ends_at <= now else UPCOMING if row.starts_at > now else NOW
    return Standing("silence", row, state, row.starts_at, row.ends_at, held.get(("silence", row.pk), ()))


def _window(row: MaintenanceWindow, now: datetime, held: dict[Key, list[Alert]]) -> Standing:
    window = window_of(row)
    holds = held.get(("maintenance", row.pk), ())
    if time := running(window, now):
        return Standing("maintenance", row, NOW, time.start, time.end, holds)
    if time := next_time(window, now):
        return Standing("maintenance", row, UPCOMING, time.start, time.end, holds)
    return Standing("maintenance", row, ENDED, None, window.ends_for_good_at, holds)


def _inhibition(row: Inhibition, now: datetime, held: dict[Key, list[Alert]]) -> Standing:
    state = ENDED if row.expires_at <= now else NOW
    return Standing("inhibition", row, state, row.created_at, row.expires_at, held.get(("inhibition", row.pk), ()))
