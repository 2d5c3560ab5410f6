"""The options for a span of time, and what they mean in a zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

From = Annotated[str, typer.Option("--from", help="When it begins, such as 2026-03-02T09:00.")]
Until = Annotated[str, typer.Option("--until", help="When it ends.")]


def bounds(since: str, until: str, zone: str) -> dict[str, datetime]:
    """The fields of a record that lasts from `since` until `until`."""
    return {"starts_at": instant(since, "from", zone), "ends_at": instant(until, "until", zone)}


def instant(text: str, field: str, zone: str) -> datetime:
    """An instant as ISO 8601; without an offset it is by the clock of the zone."""
    from allclear.kernel.errors import Invalid

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid({field: f"{text!r} is no instant; write it like 2026-03-02T09:00."}) from None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
