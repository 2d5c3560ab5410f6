"""Times as sources write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

_FIRST_YEAR = 1971  # what is before means "unset": Go's year 1, Unix' 0
_AFTER_ZONE = re.compile(r"(?: UTC| GMT| Z)$")


def instant(value: Any) -> datetime | None:
    """ISO 8601, or seconds, milli-, micro- or nanoseconds since 1970; None for all else, and for "unset"."""
    try:
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int | float):
            return _since_1970(float(value))
        if isinstance(value, str) and value.strip():
            return _written(value.strip())
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _written(text: str) -> datetime | None:
    if re.fullmatch(r"\d{9,19}(?:\.\d+)?", text):
        return _since_1970(float(text))
    if text.endswith(" +0000 UTC"):  # as Go prints it
        text = text.removesuffix(" UTC")
    text = _AFTER_ZONE.sub("+00:00", text).replace("/", "-").replace(" +", "+")
    return _in_utc(datetime.fromisoformat(text))


def _since_1970(number: float) -> datetime | None:
    if not math.isfinite(number):
        return None
    for digits in (1e17, 1e14, 1e11):  # nanoseconds, microseconds, milliseconds: a clock of our days tells which
        if abs(number) >= digits:
            number /= digits / 1e8
            break
    return _in_utc(datetime.fromtimestamp(number, UTC))


def _in_utc(at: datetime) -> datetime | None:
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if _FIRST_YEAR <= at.year < 9999 else None
