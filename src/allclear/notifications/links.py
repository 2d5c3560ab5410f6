"""The link in a page that acknowledges it with one tap: signed, for one escalation and one person, and for a day."""

from __future__ import annotations

from datetime import datetime, timedelta
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


def ack_url(escalation_id: int, user_id: int, at: datetime) -> str:
    return f"{settings.BASE_URL}/page/{token(escalation_id, user_id, at)}/"


def token(escalation_id: int, user_id: int, at: datetime) -> str:
    """Django's own signature over the three numbers."""
    return signing.Signer(salt=_SALT).sign(f"{escalation_id}.{user_id}.{int(at.timestamp())}").replace(":", "~")


def read(text: str, now: datetime) -> Asked:
    """What the link stands for. Raises `NotFound` for one that was not made here, `Refused` for one that is too old."""
    try:
        plain = signing.Signer(salt=_SALT).unsign(text.replace("~", ":"))
        escalation, user, seconds = (int(part) for part in plain.split("."))
    except (signing.BadSignature, ValueError):
        raise NotFound(say("This link is not complete. Copy all of it, or log in and open the incident.")) from None
    sent_at = datetime.fromtimestamp(seconds, now.tzinfo)
    if now - sent_at > LIVES:
        raise Refused(say("This link is more than a day old. Log in and open the incident."), code="expired")
    return Asked(escalation, user, sent_at)
