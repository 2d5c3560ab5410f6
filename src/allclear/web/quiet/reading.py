"""What is in force now, what is to come and what has ended, each with the alerts that it keeps quiet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import SHADOW, Alert
from allclear.alerts.quiet_lists import Entry, Row, State, entries, entry_of
from allclear.domain.alerts.holders import Means

NOW, UPCOMING, ENDED = "now", "upcoming", "ended"
MOST_ENDED = 50
MOST_HELD = 2000  # alerts that are read, to say what each holds
KINDS = tuple(str(kind) for kind in Means)
_STATES = {State.IN_FORCE: NOW, State.UPCOMING: UPCOMING, State.ENDED: ENDED}
Held = dict[tuple[str, int], list[Alert]]


@dataclass(frozen=True, slots=True)
class Standing:
    """One of them: which state it is in, from when to when (of a window: this or the next time), what it holds."""

    entry: Entry
    held: Sequence[Alert] = field(default=())

    @property
    def kind(self) -> str:
        return str(self.entry.kind)

    @property
    def row(self) -> Row:
        return self.entry.row

    @property
    def state(self) -> str:
        return _STATES[self.entry.state]

    @property
    def begins_at(self) -> datetime:
        return self.entry.starts_at

    @property
    def ends_at(self) -> datetime:
        """Of what has ended: for good."""
        return self.entry.ends_for_good_at if self.entry.state is State.ENDED else self.entry.ends_at

    @property
    def is_shadow(self) -> bool:
        return self.row.mode == SHADOW


def standings(viewer: Viewer, kinds: Sequence[str], now: datetime) -> dict[str, list[Standing]]:
    """By state: now and upcoming what ends or begins first comes first; the newest of those that have ended."""
    held = held_alerts()
    found: dict[str, list[Standing]] = {NOW: [], UPCOMING: [], ENDED: []}
    for entry in entries(viewer, now, states=tuple(State), kinds=tuple(map(Means, kinds))):
        one = _with_held(entry, held)
        found[one.state].append(one)
    found[ENDED] = found[ENDED][:MOST_ENDED]
    return found


def standing(row: Row, now: datetime) -> Standing:
    """Of one."""
    return _with_held(entry_of(row, now), held_alerts())


def held_alerts() -> Held:
    """The open alerts that something keeps quiet now, by what does."""
    rows = Alert.objects.open().filter(outcome="suppressed").order_by("-last_seen_at")
    rows = rows.only("id", "title", "severity", "source", "held_by", "last_seen_at", "incident_id")[:MOST_HELD]
    found: Held = defaultdict(list)
    for row in rows:
        found[str(row.held_by.get("kind")), int(row.held_by.get("id") or 0)].append(row)
    return found


def _with_held(entry: Entry, held: Held) -> Standing:
    return Standing(entry, held.get((str(entry.kind), entry.row.pk), ()))
