"""From deliveries to alerts: one transaction takes many that wait, in order, and moves the alerts of their keys.

1. One at a time: an advisory lock of the transaction.
2. Read the pending rows in order, and lock the open alerts of their keys.
3. Fold event by event in memory (`domain.alerts.folding`).
   An alert that fires on long after its incident was resolved or ended is over with it, and its next event begins
   another (`alerts.actions.outlived`): nothing is counted where nobody looks any more.
4. Write the events, the alerts, and when their sources were last heard of; delete the pending rows.

Killed half way, nothing happened, and the next one begins again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from allclear.alerts import things
from allclear.alerts.actions import rows
from allclear.alerts.actions.dropping import Dropping, dropping
from allclear.alerts.actions.meant import as_meant
from allclear.alerts.actions.outlived import has_outlived, say_closed
from allclear.alerts.actions.pending import Item, finish, items_of, take
from allclear.alerts.actions.pings import Pinged, ping
from allclear.alerts.actions.release import release_caused
from allclear.alerts.actions.rows import Held, Key
from allclear.alerts.models import Inhibition
from allclear.catalog.policies import in_force
from allclear.domain.alerts import Action
from allclear.domain.alerts.choosing import Choice, ReadyRules
from allclear.domain.alerts.folding import AlertState, fold_event, is_worse, resolved
from allclear.kernel.announce import announce
from allclear.kernel.generation import held_still

_log = logging.getLogger(__name__)
_SEEN = """
SELECT e.integration_id, e.source_id FROM alerts_event e
  JOIN unnest(%s::bigint[], %s::text[]) AS k(integration_id, source_id)
    ON e.integration_id = k.integration_id AND e.source_id = k.source_id WHERE e.source_id <> ''"""


def fold(now: datetime, limit: int = 1_000, *, without: Collection[int] = ()) -> int:
    """Fold up to `limit` deliveries that wait; gives how many. None when another process folds just now."""
    with held_still(), transaction.atomic():
        if not _is_ours():
            return 0
        taken = take(without, limit)
        over = _fold([item for one in taken for item in items_of(*one)])
        finish(taken)
    _let_go(over, now)
    return len(taken)


def fold_one(delivery_id: int, now: datetime) -> bool:
    """Fold one delivery, out of its turn if those before it cannot be folded."""
    with held_still(), transaction.atomic():
        if not _is_ours():
            return False
        sql = "SELECT delivery_id, integration_id, received_at, events::text FROM alerts_pending WHERE delivery_id = %s"
        with connection.cursor() as cursor:
            cursor.execute(sql, [delivery_id])
            taken = cursor.fetchall()
        over = _fold([item for one in taken for item in items_of(*one)])
        finish(taken)
    _let_go(over, now)
    return bool(taken)


def _is_ours() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('alerts:fold'))")
        return bool(cursor.fetchone()[0])


def _let_go(over: Sequence[int], now: datetime) -> None:
    """What alerts that are over inhibited. After the commit, for the fold locks no alerts but those that it moves."""
    if over and Inhibition.objects.exists():
        release_caused(over, now)


@dataclass(slots=True)
class _Batch:
    """What the fold holds in memory: the open alert of each key, all that were moved, and the events so far."""

    open: dict[Key, Held]
    before: dict[Key, Sequence[datetime]]
    seen: set[tuple[int, str]]
    dropping: Dropping
    moved: dict[int, Held] = field(default_factory=dict)  # by identity, in order
    events: list[tuple[Item, Held | None, str, Choice | None]] = field(default_factory=list)
    outlived: list[tuple[Held, datetime]] = field(default_factory=list)  # and when they were closed
    pings: list[Item] = field(default_factory=list)


def _fold(items: Sequence[Item]) -> list[int]:
    """Fold these; gives the keys of alerts that are over now."""
    if not items:
        return []
    items = as_meant(items)
    keys = {item.key for item in items if item.event.action not in (Action.PING, Action.CHANGE)}
    found = rows.open_alerts(keys)
    batch = _Batch(found, dict(rows.changes_before(keys - found.keys())), _seen(items), dropping(items))
    for item in items:
        _one(item, batch)
    if batch.pings:
        heard = [Pinged(i.delivery_id, i.position, i.integration_id, i.at, i.event.details) for i in batch.pings]
        ping(heard, batch.pings[-1].at)
    _write(batch)
    return [held.id for held in batch.moved.values() if not held.state.is_open]


def _one(item: Item, batch: _Batch) -> None:
    """Fold one event."""
    event, told = item.event, (item.integration_id, item.source_id)
    if item.source_id and told in batch.seen:
        batch.events.append((item, None, "seen", None))
        return
    batch.seen.add(told)
    if event.action is Action.PING:
        batch.pings.append(item)
    held = batch.open.get(item.key)
    if held and has_outlived(held, event, item.at):
        _close(held, item, batch)
        held = None
    if held is None and (choice := batch.dropping.choice(item)):
        batch.events.append((item, None, "dropped", choice))
        return
    limit = in_force().alert_rules.flapping
    folded = fold_event(held.state if held else None, event, item.at, limit, batch.before.get(item.key, ()))
    if folded.state and held is None:
        held = batch.open[item.key] = Held(item.key, folded.state, decide_at=item.at)
    elif folded.state and held:
        _move(held, folded.state, item.at, batch.dropping.rules)
    if held and folded.outcome != "unknown" and event.action not in (Action.PING, Action.CHANGE):
        batch.moved[id(held)] = held
        if not held.state.is_open:
            batch.before[item.key] = held.state.changes
            del batch.open[item.key]
    else:
        held = None
    batch.events.append((item, held, folded.outcome, None))


def _close(held: Held, item: Item, batch: _Batch) -> None:
    """Its incident has ended long since: it is over, and nobody is told of that again."""
    held.state = resolved(held.state, item.at, "incident", in_force().alert_rules.flapping)
    held.decide_at = item.at if held.state.is_flapping else None
    batch.moved[id(held)] = held
    batch.outlived.append((held, item.at))
    batch.before[item.key] = held.state.changes
    del batch.open[item.key]


def _move(held: Held, new: AlertState, at: datetime, rules: ReadyRules) -> None:
    """The alert goes on; whether it has to be looked at again depends on what was decided about it."""
    old, held.state = held.state, new
    if new.status != old.status:
        look = bool(held.incident_id) or new.is_flapping or held.outcome in ("waiting", "held", "suppressed")
    elif held.incident_id:
        look = is_worse(new.severity, old.severity)
    else:
        look = held.held_kind == "trend" or rules.tell_apart(old, new)
    if look:
        held.decide_at = min(at, held.decide_at or at)


def _seen(items: Sequence[Item]) -> set[tuple[int, str]]:
    told = [(item.integration_id, item.source_id) for item in items if item.source_id]
    if not told:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [list(column) for column in zip(*told, strict=True)])
        return {(integration_id, source_id) for integration_id, source_id in cursor.fetchall()}


def _write(batch: _Batch) -> None:
    moved = list(batch.moved.values())
    new = [held for held in moved if held.was is None]
    for held, pk in zip(new, rows.new_ids(len(new)) if new else (), strict=True):
        held.id = pk
    _name_things(moved)
    rows.update([held for held in moved if held.was is not None])  # first: a key has one open alert at a time
    if new:
        rows.insert(new)
    columns = (
        "delivery_id", "position", "integration_id", "alert_id", "action", "severity", "received_at", "occurred_at",
        "outcome", "source_id", "data", "trace",
    )  # fmt: skip
    rows.copy("alerts_event", columns, (_event_row(*one) for one in batch.events))
    say_closed(batch.outlived)
    if any(held.decide_at for held in moved):
        announce("engine", "decide")
    announce("alerts")


def _event_row(item: Item, held: Held | None, outcome: str, choice: Choice | None) -> tuple[Any, ...]:
    is_kept = outcome in ("opened", "changed", "dropped") or (item.event.action is Action.NOTE and held is not None)
    return (
        item.delivery_id, item.position, item.integration_id, held.id if held else None, str(item.event.action),
        str(item.event.severity), item.at, item.event.occurred_at, outcome,
        item.source_id if outcome != "seen" else "",
        json.dumps(item.data, ensure_ascii=False) if is_kept else None,
        json.dumps([choice.trace.as_data()], ensure_ascii=False) if choice else None,
    )  # fmt: skip


def _name_things(moved: Sequence[Held]) -> None:
    """Find the service and the configuration item of alerts that are new, or whose labels are others now."""
    asked = [
        one for one in moved
        if one.was is None or (one.was.labels, one.was.source) != (one.state.labels, one.state.source)
    ]  # fmt: skip
    if not asked:
        return
    services = [name for one in asked for name in things.service_names(one.state.labels)]
    known = things.things_named(
        services, [name for one in asked for name in things.ci_names(one.state.labels, one.state.source)]
    )
    fallback = things.services_of_integrations(one.key[0] for one in asked)
    for one in asked:
        one.service_id = known.service_of(one.state.labels) or one.service_id or fallback.get(one.key[0])
        one.ci_id = known.ci_of(one.state.labels, one.state.source) or one.ci_id
