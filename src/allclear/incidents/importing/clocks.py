"""The SLA clocks of what an import brings in, reckoned for a batch at once.

They are measured by the agreements that are in force at the import, and they tell nobody of the past: thresholds that
lay before the import count as fired, so only those that fall due after it will do something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from allclear.domain.incident import IncidentState
from allclear.domain.sla import Book, Clock, Facts, Rule, Slot, advance, all_due, explain
from allclear.incidents.importing import store
from allclear.incidents.importing.history import Story, Told
from allclear.incidents.models import SlaClock
from allclear.incidents.moments import facts
from allclear.incidents.promises import MOVES, clock_of, columns_of, summary, watches_progress
from allclear.slas.queries import agreement_at, book_as_of, hours_of

_BY = ("incident_id", "kind", "metric", "party", "run")  # what names a run
_JSON = ("marks", "why")


@dataclass(slots=True)
class Promises:
    """The clocks of a batch. `beside`: what the rows of its incidents show of them, by the incident's key."""

    now: datetime
    beside: dict[int, dict[str, Any]] = field(default_factory=dict)
    fresh: list[dict[str, Any]] = field(default_factory=list)
    moved: list[SlaClock] = field(default_factory=list)
    whys: dict[tuple[Slot, Facts], Mapping[str, Any]] = field(default_factory=dict)

    def write(self) -> None:
        """Write the rows of the clocks; those of their incidents are there already."""
        if self.fresh:
            names = list(self.fresh[0])
            rows = ([store.as_json(row[n]) if n in _JSON else row[n] for n in names] for row in self.fresh)
            store.copy_in(SlaClock._meta.db_table, names, rows)
        if self.moved:
            names = [f.attname for f in SlaClock._meta.concrete_fields if f.attname not in ("id", *_BY)]
            SlaClock.objects.bulk_update(self.moved, names)

    def add(self, story: Story, held: Sequence[SlaClock]) -> None:
        """Let the clocks of an incident go on through what its new rows told."""
        state, clocks = story.state, tuple(map(clock_of, held))
        book = book_as_of(state.promised_at) if state.promised_at else Book()
        for at, seen in _moments(story.told, book) if book.agreements or held else ():
            clocks = advance(clocks, seen, at, book)
        last = {clock.slot: clock.run for clock in clocks}
        self.beside[state.id] = summary((clock, last[clock.slot] == clock.run) for clock in clocks)
        rows = {(row.kind, row.metric, row.party, row.run): row for row in held}
        for clock in clocks:
            slot = clock.slot
            row = rows.get((slot.kind, slot.metric, slot.party, clock.run))
            values = self._columns(clock, row.fired if row else ())
            values |= {"is_current": last[slot] == clock.run, "why": self._why(clock, state, book, row)}
            if row is None:
                named = (state.id, slot.kind.value, slot.metric.value, slot.party, clock.run)
                self.fresh.append(dict(zip(_BY, named, strict=True)) | values)
            else:
                for name, value in values.items():
                    setattr(row, name, value)
                self.moved.append(row)

    def _columns(self, clock: Clock, fired: Sequence[int]) -> dict[str, Any]:
        target = agreement_at(clock.agreement_id, clock.agreement_version).target(clock.target_key)
        hours = hours_of(clock.calendar_id, clock.calendar_version)
        due = all_due(clock, target, hours) if target and clock.rule != Rule.VOID else ()
        gone = sorted({*fired, *(one.threshold.percent for one in due if one.at <= self.now)})
        return columns_of(clock, gone) | {"fired": gone}

    def _why(self, clock: Clock, state: IncidentState, book: Book, row: SlaClock | None) -> Mapping[str, Any]:
        if row is not None and (row.agreement_id, row.target_key) == (clock.agreement_id, clock.target_key):
            return row.why  # type: ignore[no-any-return]  # JSON
        key = (clock.slot, facts(state))
        if key not in self.whys:
            self.whys[key] = explain(book, key[1], clock.slot).as_data()
        return self.whys[key]


def reckon(stories: Iterable[Story], grown: Sequence[int], now: datetime) -> Promises:
    """The clocks of these stories; `grown` are the keys of incidents that an earlier import brought in."""
    held: dict[int, list[SlaClock]] = defaultdict(list)
    if grown:
        for row in SlaClock.objects.filter(incident_id__in=grown).order_by(*_BY):
            held[row.incident_id].append(row)
    promises = Promises(now)
    for story in stories:
        promises.add(story, held[story.state.id])
    return promises


def _moments(told: Sequence[Told], book: Book) -> Iterator[tuple[datetime, Facts]]:
    """One moment for each instant at which something happened that clocks look at."""
    sees_all = watches_progress(book)
    for at, together in groupby(told, lambda one: one.event.occurred_at):
        events = list(together)
        is_new = events[0].event.kind == "logged"
        if is_new or sees_all or any(MOVES & one.event.data.get("changes", {}).keys() for one in events):
            assert at is not None
            yield at, facts(events[-1].state)
