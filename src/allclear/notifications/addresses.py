"""Addresses of a single purpose, in mail that we send: one for an answer, and one for what cannot be delivered.

Letters in them are small and mean the same in capitals, for mail servers on the way may change that. Without a
configured inbound address there are none.
"""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils.crypto import salted_hmac

from allclear.kernel.errors import NotFound, Refused
from allclear.kernel.words import say
from allclear.notifications.links import LIVES, Asked

_MAC = 10  # bytes: RFC 2104 (5) advises 80 bits at least
_KEY = 5  # bytes of a record's key
_MINUTE = timedelta(minutes=1)
_BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


class Purpose(StrEnum):
    """The letter behind the plus sign. A token of one purpose is none of the other."""

    PAGE = "p"
    BOUNCE = "b"


def reply_address(escalation_id: int, user_id: int, at: datetime) -> str:
    """Where an answer of this person about this escalation goes."""
    minutes = (at - _BEGAN) // _MINUTE
    return _address(Purpose.PAGE, _bytes(escalation_id) + _bytes(user_id) + _bytes(minutes))


def bounce_address(notification_id: int) -> str:
    """Where mail servers report that they could not deliver this notification."""
    return _address(Purpose.BOUNCE, _bytes(notification_id))


def mark(text: str) -> str:
    """What makes a Message-ID one that only its readers know: who gives it back has had the message."""
    return _letters(salted_hmac("allclear.message-id", text, algorithm="sha256").digest()[:_MAC])


def ours(address: str) -> tuple[Purpose, str] | None:
    """The purpose and the token in an address, if it is one of ours."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    own_local, _, own_domain = settings.INBOUND_ADDRESS.rpartition("@")
    name, _, rest = local.partition("+")
    if not own_domain or (name, domain) != (own_local, own_domain) or rest[:1] not in tuple(Purpose):
        return None
    return Purpose(rest[0]), rest[1:]


def read_reply(token: str, now: datetime) -> Asked:
    """Who answers, and about what. Raises `NotFound` for what was not made here, `Refused` for what is too old."""
    plain = _plain(Purpose.PAGE, token)
    if len(plain) != 3 * _KEY:
        raise NotFound(_UNKNOWN)
    escalation, user, minutes = (int.from_bytes(plain[n : n + _KEY]) for n in (0, _KEY, 2 * _KEY))
    sent_at = _BEGAN + minutes * _MINUTE
    if now - sent_at > LIVES:
        raise Refused(say("The page that this answers is more than a day old. Open the incident."), code="expired")
    return Asked(escalation, user, sent_at)


def read_bounce(token: str) -> int:
    """The notification that could not be delivered. Raises `NotFound` for a token that was not made here."""
    plain = _plain(Purpose.BOUNCE, token)
    if len(plain) != _KEY:
        raise NotFound(_UNKNOWN)
    return int.from_bytes(plain)


_UNKNOWN = say("This address is not one of ours, or not complete.")


def _address(purpose: Purpose, plain: bytes) -> str:
    local, _, domain = settings.INBOUND_ADDRESS.rpartition("@")
    return f"{local}+{purpose}{_letters(plain + _signature(purpose, plain))}@{domain}" if domain else ""


def _plain(purpose: Purpose, token: str) -> bytes:
    """What was signed. Raises `NotFound`."""
    try:
        whole = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        raise NotFound(_UNKNOWN) from None
    plain, signature = whole[:-_MAC], whole[-_MAC:]
    if not hmac.compare_digest(signature, _signature(purpose, plain)):
        raise NotFound(_UNKNOWN)
    return plain


def _signature(purpose: Purpose, plain: bytes) -> bytes:
    return salted_hmac(f"allclear.mail.{purpose}", plain, algorithm="sha256").digest()[:_MAC]


def _letters(plain: bytes) -> str:
    return base64.b32encode(plain).decode().rstrip("=").lower()


def _bytes(number: int) -> bytes:
    return number.to_bytes(_KEY)
