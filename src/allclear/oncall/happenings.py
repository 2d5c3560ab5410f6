"""Who changed schedules lately, and why: read from the event log, for the notices that follow a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allclear.accounts.models import User
from allclear.kernel.models import Event
from allclear.kernel.words import say
from allclear.oncall.models import Leave, Override, Swap

STREAMS = ("schedule", "override", "leave", "swap")
_PLANNING = frozenset({"layers", "time_zone", "country", "region", "is_active"})  # fields that say who is on call
_MOST = 2000  # of one look: a file of shifts has a thousand


@dataclass(frozen=True, slots=True)
class Happening:
    """One change: by whom, in words, and what it can have moved. None: every schedule, from ever, for ever."""

    at: datetime
    by: int | None
    text: str
    schedule_id: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    told: frozenset[int] = frozenset()  # who hears of it by a message of its own
    is_beginning: bool = False  # of the schedule itself

    def touches(self, schedule_id: int, start: datetime, end: datetime) -> bool:
        if self.schedule_id not in (None, schedule_id):
            return False
        return (self.start is None or self.start < end) and (self.end is None or self.end > start)


def happenings_since(since: datetime) -> list[Happening]:
    """What was recorded after this instant and may have put people on call or taken them off, in order."""
    rows = Event.objects.exclude(stream_type="incident")  # as the index has it
    events = list(rows.filter(stream_type__in=STREAMS, recorded_at__gt=since).order_by("-id")[:_MOST])[::-1]
    if not events:
        return []
    names = dict(User.objects.filter(pk__in={e.actor_id for e in events if e.actor_id}).values_list("pk", "name"))
    tables: Sequence[tuple[str, Any]] = (("override", Override), ("leave", Leave), ("swap", Swap))
    known = {kind: model.objects.in_bulk(_keys(events, kind)) for kind, model in tables}
    found = []
    for event in events:
        who = names.get(event.actor_id or 0) or say("Allclear")
        row = known.get(event.stream_type, {}).get(event.stream_id)
        happening = _of_schedule(event, who) if event.stream_type == "schedule" else _of_row(event, row, who)
        if happening is not None:
            found.append(happening)
    return found


def _keys(events: Sequence[Event], kind: str) -> list[int]:
    return [event.stream_id for event in events if event.stream_type == kind]


def _of_schedule(event: Event, who: str) -> Happening | None:
    if not _PLANNING & set(event.data.get("changes", ())):
        return None
    is_beginning = event.kind == "schedule_added"
    text = say("{who} changed the schedule.", who=who)
    if is_beginning:
        text = say("{who} added the schedule.", who=who)
    return Happening(event.recorded_at, event.actor_id, text, event.stream_id, is_beginning=is_beginning)


def _of_row(event: Event, row: Any, who: str) -> Happening | None:
    if row is None:
        return None
    at, by, span = event.recorded_at, event.actor_id, (row.starts_at, row.ends_at)
    if isinstance(row, Leave):
        text = say("{who} took back a leave.", who=who) if row.withdrawn_at else say("{who} entered leave.", who=who)
        return Happening(at, by, text, None, *span)
    if isinstance(row, Override):
        return Happening(at, by, _override(event, row, who), row.schedule_id, *span)
    if event.kind not in ("swap_taken", "swap_withdrawn"):
        return None
    text = say("{who} took shifts over: a swap.", who=who)
    if event.kind == "swap_withdrawn":
        text = say("{who} took a swap back.", who=who)
    parties = frozenset(key for key in (row.beneficiary_id, row.benefactor_id) if key)
    return Happening(at, by, text, row.schedule_id, *span, told=parties)


def _override(event: Event, row: Override, who: str) -> str:
    if event.kind == "override_withdrawn":
        return say("{who} withdrew an override.", who=who)
    if row.reason:
        return say("{who} made an override: {reason}", who=who, reason=row.reason)
    return say("{who} made an override.", who=who)
