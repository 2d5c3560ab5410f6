"""What is written down of mail that comes in: once, with how it was read and what came of it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from allclear.notifications.models import ReceivedMail


def note_arrival(key: str, raw: bytes, now: datetime) -> tuple[ReceivedMail, bool]:
    """Its line, and whether it is new; `key` is the same for the same mail. Another reader of it is waited for."""
    told = {"received_at": now, "size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    return ReceivedMail.objects.get_or_create(key=key, defaults={**told, "kind": "broken", "outcome": ""})


def note_outcome(row: ReceivedMail, outcome: str, **read: Any) -> None:
    """How it was read (`kind`, `verb`, about what) and what came of it, in words."""
    for name, value in read.items():
        setattr(row, name, value)
    row.outcome = outcome[:500]
    row.save()
