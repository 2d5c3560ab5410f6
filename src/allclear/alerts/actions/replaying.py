"""Send something through an integration by hand: a body that came before, or a test. The real way but the network."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.kinds import Inbound, Understood, kind_of
from allclear.alerts.models import Delivery, Integration
from allclear.alerts.queries import delivery, integration
from allclear.kernel.announce import announce
from allclear.kernel.errors import Refused
from allclear.kernel.words import say

FORGED = 401  # what is kept of those that showed the key and were not signed by their source
TEST = "TEST"  # where a request of a source has its method


def replay_delivery(viewer: Viewer, pk: int, *, now: datetime) -> Delivery:
    """Read a stored body once more, with the integration's options of today, and store it as a new delivery.

    Raises `Refused` for one that was forged.
    """
    viewer.require("alert.change")
    held = delivery(viewer, pk)
    if held.status == FORGED:
        raise Refused(
            say("It was not signed as its source signs, so it is never read. Let the source send it again."),
            code="forged",
        )
    row = _switched_on(held.integration)
    method, _space, path = held.target.partition(" ")
    inbound = Inbound(method, path, held.headers, bytes(held.body), now, row.options)
    return _take(row, inbound, held.target, replay_of=held.replay_of or held.pk)


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
    return _take(row, inbound, f"{TEST} {made.path}".strip(), replay_of=None)


def _switched_on(row: Integration) -> Integration:
    if not row.is_active:
        raise Refused(say("{name} is switched off. Switch it on first.", name=row.name), code="switched_off")
    return row


def _take(row: Integration, inbound: Inbound, target: str, *, replay_of: int | None) -> Delivery:
    read = understood(row.kind, inbound)
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
