"""Fire the thresholds of clocks that have fallen due: each once for a run, whoever is killed meanwhile.

Many are fired in one transaction: the row that says so, the event of the incident and the messages are committed
together or not at all, and the unique key of the first keeps a second engine from firing it again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog.policies import in_force
from allclear.domain.incident import commands as c
from allclear.domain.incident import decide
from allclear.domain.sla import Action, next_due
from allclear.incidents.actions.act import act
from allclear.incidents.actions.run import STREAM, Request
from allclear.incidents.firing import CHANGES, Firing, People, drafts_of, facts_of, trace_of
from allclear.incidents.models import FiredThreshold, Incident, SlaClock
from allclear.incidents.projection import state_of
from allclear.incidents.promises import clock_of
from allclear.kernel.announce import announce
from allclear.kernel.events import append_many
from allclear.kernel.facts import NewEvent
from allclear.kernel.generation import held_still
from allclear.notifications.actions import outbox
from allclear.slas.queries import agreement_at, hours_of

# Plain SQL, for Django's bulk_update took two thirds of the time of a round.
_NEXT = """
UPDATE incidents_sla_clock AS mine SET next_at = new.at, next_percent = new.percent,
       fired = ARRAY(SELECT value::smallint FROM json_array_elements_text(new.fired::json) AS t(value))
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::text[]) AS new(id, at, percent, fired)
 WHERE mine.id = new.id"""
_TELL = """
UPDATE incidents_incident AS mine SET version = new.version, is_breached = new.is_breached
  FROM unnest(%s::bigint[], %s::integer[], %s::boolean[]) AS new(id, version, is_breached) WHERE mine.id = new.id"""


def due_clocks(now: datetime, without: Collection[int], limit: int) -> list[int]:
    """Keys of clocks with a threshold that is due, the longest due first."""
    rows = SlaClock.objects.filter(next_at__lte=now).exclude(pk__in=without).order_by("next_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def fire(clock_ids: Sequence[int], now: datetime) -> int:
    """Fire all that is due of these clocks, in one transaction; gives how many thresholds.

    A clock whose incident somebody else holds just now is passed by: they or the next round see to it.
    """
    with held_still(), transaction.atomic():
        clocks, firings = _claimed(clock_ids, now)
        _save(clocks)
        if not firings:
            return 0
        _write(firings, People(now), now)
        for firing in firings:
            for action in firing.actions:
                if action.do in CHANGES:
                    act(firing, action)
        return len(firings)


def _claimed(clock_ids: Sequence[int], now: datetime) -> tuple[list[SlaClock], list[Firing]]:
    """The clocks and what of them is due, looked at again under the locks of the incidents, in their order."""
    ours = Incident.objects.filter(clocks__in=clock_ids).values("pk")
    held = Incident.objects.filter(pk__in=ours).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    incidents = {row.pk: row for row in held}
    rows = SlaClock.objects.filter(pk__in=clock_ids, incident__in=incidents, next_at__lte=now)
    clocks = list(rows.order_by("incident_id", "pk"))
    return clocks, [one for row in clocks for one in _due_of(row, incidents[row.incident_id], now)]


def _due_of(row: SlaClock, incident: Incident, now: datetime) -> Iterator[Firing]:
    """The thresholds of one clock that are due, in order. Keeps its next one in the row, which is saved later."""
    clock, hours = clock_of(row), hours_of(row.calendar_id, row.calendar_version)
    agreement = agreement_at(row.agreement_id, row.agreement_version)
    target = agreement.target(row.target_key)
    due = next_due(clock, target, hours, row.fired) if target else None
    while target and due and due.at <= now:
        yield Firing(row, clock, agreement, due, incident, now)
        row.fired = [*row.fired, due.threshold.percent]
        due = next_due(clock, target, hours, row.fired)
    row.next_at, row.next_percent = (due.at, due.threshold.percent) if due else (None, None)


def _save(clocks: Sequence[SlaClock]) -> None:
    keys, at = [row.pk for row in clocks], [row.next_at for row in clocks]
    fired = [json.dumps(row.fired) for row in clocks]
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [keys, at, [row.next_percent for row in clocks], fired])


def _write(firings: Sequence[Firing], people: People, now: datetime) -> None:
    told = [_told(firing, people) for firing in firings]
    FiredThreshold.objects.bulk_create(
        FiredThreshold(clock_id=one.row.pk, percent=one.percent, due_at=one.due.at, fired_at=now, told=what)
        for one, what in zip(firings, told, strict=True)
    )
    _tell_history(zip(firings, told, strict=True), now)
    drafts = [draft for one, what in zip(firings, told, strict=True) for draft in _drafts(one, what, people)]
    if drafts:
        outbox.queue(drafts, now=now)


def _told(firing: Firing, people: People) -> list[dict[str, Any]]:
    return [_does(action, firing, people) for action in firing.actions]


def _does(action: Action, firing: Firing, people: People) -> dict[str, Any]:
    """What an action does, as data: whom it tells, or what it begins."""
    if action.do in CHANGES:
        return {"do": action.do.value, "team_id": action.team_id, "policy_id": action.policy_id}
    return {"do": action.do.value, "user_ids": people.of(action, firing.incident)}


def _drafts(firing: Firing, told: Iterable[dict[str, Any]], people: People) -> Iterator[outbox.Draft]:
    """One message a person, however many actions name them."""
    recipients = dict.fromkeys(key for one in told for key in one.get("user_ids", ()))
    return drafts_of(firing, people, recipients)


def _tell_history(told: Iterable[tuple[Firing, list[dict[str, Any]]]], now: datetime) -> None:
    """An event of each threshold in its incident's history; the row knows of a promise that was not kept."""
    request = Request(SYSTEM_VIEWER, now, cause={"rule": "service level"})
    context = request.context(in_force())
    behind: list[tuple[int, int, list[NewEvent]]] = []
    rows: list[Incident] = []
    for _, group in groupby(told, lambda pair: pair[0].incident.pk):
        pairs = list(group)
        row = pairs[0][0].incident
        commands = [c.TellThreshold(trace_of(one), facts_of(one, what)) for one, what in pairs]
        events = [event for command in commands for event in decide(state_of(row), command, context).events]
        behind.append((row.pk, row.version, events))
        row.version += len(events)
        row.is_breached = row.is_breached or any(one.breaks_promise for one, _ in pairs)
        rows.append(row)
        announce("incident", row.pk, row.version)
    append_many(STREAM, behind, actor=request.actor, now=now)
    values: list[Any] = [[row.pk for row in rows], [row.version for row in rows], [row.is_breached for row in rows]]
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)
