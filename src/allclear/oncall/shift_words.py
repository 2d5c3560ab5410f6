"""Words about somebody's time on call, in their language and zone, and where a message leads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format

from allclear.accounts.models import User
from allclear.kernel.localised import localised
from allclear.kernel.words import say
from allclear.notifications.messages import language_of

_SAME_DAY, _OTHER_DAY = "H:i", "D j M Y, H:i"


@contextmanager
def speaking_to(user: User) -> Iterator[None]:
    """Their language and their clock inside the block."""
    with translation.override(language_of(user)), timezone.override(ZoneInfo(user.time_zone)):
        yield


def span(start: datetime, end: datetime) -> str:
    """From when to when by the reader's clock; the day once where it is one day."""
    begins, ends = timezone.localtime(start), timezone.localtime(end)
    form = _SAME_DAY if begins.date() == ends.date() else _OTHER_DAY
    return f"{date_format(begins, _OTHER_DAY)} – {date_format(ends, form)}"


def instant(at: datetime) -> str:
    return str(date_format(timezone.localtime(at), _OTHER_DAY))


def zone_line(user: User) -> str:
    """Whose clock the times are told by: people travel."""
    return localised(say("All times are those of {zone}.", zone=user.time_zone))


def schedule_url(pk: int) -> str:
    return f"{settings.BASE_URL}/oncall/schedules/{pk}/"


def overview_url() -> str:
    return f"{settings.BASE_URL}/oncall/"
