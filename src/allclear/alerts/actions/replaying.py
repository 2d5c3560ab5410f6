"""Send something through an integration by hand: a body that came before, or a test. The real way but the network."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.kinds import Inbound, Understood, kind_of
from allclear.alerts.models import Delivery, Integration
from allclear.alerts.queries import delivery, integration
from allclear.domain.alerts import Event, as_data, event_from, stored_key
from allclear.kernel.announce import announce
from allclear.kernel.errors import Refused
from allclear.kernel.words import say

FORGED = 401  # what is kept of those that showed the key and were not signed by their source
UNPROVEN = 503  # those whose signature could not be checked, because the certificate could not be fetched
TEST = "TEST"  # where a request of a source has its method
_TAKEN = """
SELECT a.dedup_key, e.action, e.data::text FROM alerts_event e LEFT JOIN alerts_alert a ON a.id = e.alert_id
 WHERE e.delivery_id = %(pk)s
UNION ALL
SELECT NULL, event->>'action', event::text FROM alerts_pending p, jsonb_array_elements(p.events) AS event
 WHERE p.delivery_id = %(pk)s"""


def replay_delivery(viewer: Viewer, pk: int, *, now: datetime) -> Delivery:
    """Read a stored body once more, with the integration's options of today, and store it as a new delivery.

    Of one that could not be read, or not all of it, only what was not taken before is taken.
    Raises `Refused` for one that was forged, or may be.
    """
    viewer.require("alert.change")
    held = delivery(viewer, pk)
    if held.status == FORGED:
        raise Refused(
            say("It was not signed as its source signs, so it is never read. Let the source send it again."),
            code="forged",
        )
    if held.status == UNPROVEN:
        raise Refused(
            say("Nobody could check who signed it, so it is never read. Let the source send it again."),
            code="unproven",
        )
    row = _switched_on(held.integration)
    method, _space, path = held.target.partition(" ")
    inbound = Inbound(method, path, held.headers, bytes(held.body), now, row.options)
    read, first = understood(row.kind, inbound), held.replay_of or held.pk
    if Delivery.objects.filter(pk__in=(first, held.pk)).exclude(error="").exists():
        read = replace(read, events=_new(first, read.events))
    return _take(row, inbound, held.target, read, replay_of=first)


def try_integration(viewer: Viewer, pk: int, *, now: datetime) -> Delivery:
    """Send a test event of its kind. What the source would send: it becomes an alert like any other."""
    viewer.require("alert.change")
    row = _switched_on(integration(viewer, pk))
    kind = kind_of(row.kind)
    if kind.example is None:
        raise Refused(
            say("There is no test event of {kind}: send one from the source itself.", kind=kind.name), code="no_example"
        )
    made = kind.example
    headers = {"content-type": made.content_type, **made.headers}
    inbound = Inbound("POST", made.path, headers, made.body.encode(), now, row.options)
    return _take(row, inbound, f"{TEST} {made.path}".strip(), understood(row.kind, inbound), replay_of=None)


def _switched_on(row: Integration) -> Integration:
    if not row.is_active:
        raise Refused(say("{name} is switched off. Switch it on first.", name=row.name), code="switched_off")
    return row


def _new(first: int, events: Sequence[Event]) -> list[Event]:
    """Those that were not taken when the body came. A source's id of our own lets a second replay take none again."""
    keys = [stored_key(event.key_kind, event.key_version, event.key) for event in events]
    taken, wanted = _taken(first), Counter(keys)
    is_told = {key for key, count in wanted.items() if count <= len(taken.get(key, ()))}
    found = []
    for key, event in zip(keys, events, strict=True):
        if key in is_told:
            continue
        if (action := str(event.action)) in taken.get(key, ()):
            taken[key].remove(action)
            continue
        said = hashlib.sha256(json.dumps(as_data(event), sort_keys=True).encode()).hexdigest()
        found.append(replace(event, source_id=event.source_id or f"replay of {first}: {said}"))
    return found


def _taken(pk: int) -> dict[str, list[str]]:
    """What was taken of a delivery, folded or not: the actions by the key as it is kept."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, {"pk": pk})
        rows = cursor.fetchall()
    found = defaultdict(list)
    for key, action, data in rows:
        if key is None and data:
            event = event_from(json.loads(data))
            key = stored_key(event.key_kind, event.key_version, event.key)
        if key is not None:
            found[key].append(action)
    return found


def _take(row: Integration, inbound: Inbound, target: str, read: Understood, *, replay_of: int | None) -> Delivery:
    arrival = Arrival(
        row.pk, row.kind, inbound.received_at, target, inbound.body, read.status, dict(inbound.headers), read.error,
        read.events, None, replay_of,
    )  # fmt: skip
    with transaction.atomic():
        (pk,) = store_here([arrival])
        announce("engine", "alerts")
    return Delivery.objects.get(pk=pk)


def understood(kind: str, inbound: Inbound) -> Understood:
    """What the kind makes of a body."""
    return kind_of(kind).read(inbound)
