"""Identifiers made before a row is written, so that an event can name what it refers to."""

from __future__ import annotations

import hashlib
import os
import time
import uuid


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562, 5.7): sorts by its time, so that index pages fill in order."""
    millis = time.time_ns() // 1_000_000
    value = (millis & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def sha256(text: str | bytes) -> str:
    """The SHA-256 of a text (UTF-8) or of bytes, as 64 hex digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
