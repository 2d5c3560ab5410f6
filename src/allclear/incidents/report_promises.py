"""The promises in the closure report: met or breached, in a sentence, and a compact ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from allclear.incidents import promise_ledger, promise_told, promise_words
from allclear.incidents.models import Incident
from allclear.incidents.promise_tables import STANDINGS
from allclear.incidents.promised import Promise, promises_of

MOST_LINES = 40  # of a ledger; the page of the incident has them all


def promises(row: Incident, now: datetime) -> list[dict[str, Any]]:
    """Each promise, runs before a reopening too. `left_out`: lines of the ledger that the report does not show."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    return [_promise(one, zone) for one in promises_of(row.pk, now, earlier=True)]


def headings() -> dict[str, str]:
    """What stands around them in the PDF."""
    return {
        "promises": gettext("Promises"),
        "rebate": gettext("Rebate, estimated: {amount}"),
        "left_out": gettext("{count} more spans are on the incident's page."),
    }


def _promise(one: Promise, zone: ZoneInfo) -> dict[str, Any]:
    lines = promise_ledger.lines(one)
    return {
        "name": promise_words.title(one),
        "state": one.standing.value,
        "words": str(STANDINGS[one.standing]),
        "sentence": promise_words.sentence(one, zone),
        "source": promise_words.source(one),
        "rebate": promise_told.rebate(one),
        "used_seconds": int(one.used.total_seconds()),
        "duration_seconds": int(one.duration.total_seconds()),
        "ledger": [
            {
                "from": line.start.isoformat(),
                "to": line.end.isoformat(),
                "words": _from_to(line, zone),
                "counted": line.counted,
                "rule": line.rule,
            }
            for line in lines[:MOST_LINES]
        ],
        "left_out": max(0, len(lines) - MOST_LINES),
    }


def _from_to(line: promise_ledger.Line, zone: ZoneInfo) -> str:
    """Both ends; the date once where both are of one day."""
    first, last = promise_words.to_minute(line.start, zone), promise_words.to_minute(line.end, zone)
    is_same = line.start.astimezone(zone).date() == line.end.astimezone(zone).date()
    return f"{first} – {last.rsplit(' ', 1)[-1] if is_same else last}"
