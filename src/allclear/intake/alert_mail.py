"""Mail that is an alert: to alerts+KEY at the domain of our mail, kept like everything that sources send.

It is never answered. What a mail server or an answering machine sends back is no alert, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from allclear.alerts.actions.integrations import digest
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.actions.tallying import Refused, note_refusals
from allclear.alerts.models import Delivery, Integration
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Received, Unreadable
from allclear.intake.mail import MOST_BYTES, key_of
from allclear.intake.reports import why_answer
from allclear.kernel.announce import announce
from allclear.kernel.words import say

KIND, LOCAL = "email", "alerts"
_ADDRESS = re.compile(rf"{LOCAL}\+([0-9a-f]{{32}})@(.+)")
_TAKEN, _PUT_OFF = 250, 451
MINUTE = timedelta(minutes=1)


def alert_key(address: str) -> str | None:
    """The key in an address for alerts; None when it is none of ours."""
    found = _ADDRESS.fullmatch(address.strip().strip("<>").lower())
    own_domain = settings.INBOUND_ADDRESS.rpartition("@")[2].lower()
    return found[1] if found and own_domain and found[2] == own_domain else None


def integration_of(key: str, now: datetime) -> Integration | None:
    """The mailbox that has this key: switched on, and the key in use."""
    lives = Q(keys__expires_at=None) | Q(keys__expires_at__gt=now)
    rows = Integration.objects.filter(lives, keys__sha256=digest(key), kind=KIND, is_active=True)
    return rows.first()


class TooMany(Exception):
    """More mails came for an integration than its limit lets in: nothing was kept, the mail server tries again."""


def take(raw: bytes, keys: Sequence[str], now: datetime, envelope_from: str | None = None) -> int:
    """Keep a mail for the integrations of these keys, for the engine to fold; gives for how many.

    What cannot be read is kept too, with the reason. Raises `TooMany`, and what the database raises: then nothing was
    kept.
    """
    found = [(key, row) for key in dict.fromkeys(keys) if (row := integration_of(key, now))]
    for _key, row in found:
        _within_limits(row, now)
    with transaction.atomic():
        store_here([_arrival(raw, key, row, now, envelope_from) for key, row in found])
        if found:
            announce("engine", "alerts")
    return len(found)


def _within_limits(row: Integration, now: datetime) -> None:
    """A mail is one event. The limit is of one integration here: mails come through many short-lived processes."""
    limit = row.events_per_minute
    rows = Delivery.objects.filter(integration=row).order_by("-pk").values_list("received_at", flat=True)
    before = rows[limit - 1 : limit].first() if limit else now
    if before is not None and before > now - MINUTE:
        reason = say("More than {count} events a minute came with this key.", count=limit)
        connection.ensure_connection()
        note_refusals(connection.connection, [Refused(row.pk, _PUT_OFF, now, 1, reason)])
        raise TooMany(reason)


def _arrival(raw: bytes, key: str, row: Integration, now: datetime, envelope_from: str | None) -> Arrival:
    arrival = Arrival(
        integration_id=row.pk,
        dialect=KIND,
        received_at=now,
        target=f"MAIL {LOCAL}+…{key[-4:]}",
        body=raw,
        status=_TAKEN,
        headers={} if envelope_from is None else {"return-path": f"<{envelope_from.strip('<>')}>"},
    )
    try:
        _refuse_answers(raw, envelope_from)
        reading = DIALECTS[KIND].read(Received("MAIL", "", raw, now, options=row.options))
    except Unreadable as error:
        return replace(arrival, error=error.reason)
    once = [replace(event, source_id=event.source_id or key_of(raw)) for event in reading.events]
    return replace(arrival, events=once, error=reading.left_out)


def _refuse_answers(raw: bytes, envelope_from: str | None) -> None:
    """Machines may write alerts, but not by answering mail. Raises `Unreadable`."""
    if len(raw) > MOST_BYTES:
        raise Unreadable(say("It is larger than {count} megabytes.", count=MOST_BYTES // 2**20))
    try:
        reason = why_answer(message_from_bytes(raw, policy=policy.default), envelope_from)
    except Exception:  # broken heads raise whatever the parser stumbles over; the dialect says what is wrong
        reason = ""
    if reason:
        raise Unreadable(say("It is an automatic answer ({reason}), not an alert.", reason=reason))
