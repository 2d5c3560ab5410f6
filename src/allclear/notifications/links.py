"""The link in a page that acknowledges it with one tap: signed, for one escalation and one person, and for a day.

It names the contact method by which it went, so that the evidence says which message was answered.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing

from allclear.kernel.errors import NotFound, Refused
from allclear.kernel.words import say

LIVES = timedelta(hours=24)
_SALT = "allclear.page"


class Asked(NamedTuple):
    """What a link stands for."""

    escalation_id: int
    user_id: int
    sent_at: datetime
    method_id: int | None = None


def ack_url(escalation_id: int, user_id: int, at: datetime, method_id: int | None = None) -> str:
    return f"{settings.BASE_URL}/page/{token(escalation_id, user_id, at, method_id)}/"


def token(escalation_id: int, user_id: int, at: datetime, method_id: int | None = None) -> str:
    """Django's own signature over the numbers."""
    numbers = [escalation_id, user_id, int(at.timestamp()), *([method_id] if method_id else [])]
    return signing.Signer(salt=_SALT).sign(".".join(map(str, numbers))).replace(":", "~")


def by_method(url: str, method_id: int) -> str:
    """The same link for a message that goes by another contact method; what is no link of ours stays."""
    start, _, text = url.rstrip("/").rpartition("/")
    try:
        escalation, user, seconds, *_ = _numbers(text)
    except (signing.BadSignature, ValueError):
        return url
    return f"{start}/{token(escalation, user, datetime.fromtimestamp(seconds, UTC), method_id)}/"


def read(text: str, now: datetime) -> Asked:
    """What the link stands for. Raises `NotFound` for one that was not made here, `Refused` for one that is too old."""
    try:
        escalation, user, seconds, *method = _numbers(text)
    except (signing.BadSignature, ValueError):
        raise NotFound(say("This link is not complete. Copy all of it, or log in and open the incident.")) from None
    sent_at = datetime.fromtimestamp(seconds, now.tzinfo)
    if now - sent_at > LIVES:
        raise Refused(say("This link is more than a day old. Log in and open the incident."), code="expired")
    return Asked(escalation, user, sent_at, method[0] if method else None)


def _numbers(text: str) -> list[int]:
    plain = signing.Signer(salt=_SALT).unsign(text.replace("~", ":"))
    return [int(part) for part in plain.split(".")]
