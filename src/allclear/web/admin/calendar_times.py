"""Times and hours as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_HOURS = re.compile(r"\s*(\d{1,2}(?::\d{2})?)\s*[-–—]\s*(\d{1,2}(?::\d{2})?)\s*")


def clock(text: str) -> str:
    """`8`, `8:30` and `0830` as a clock shows them; what is no time stays as it was typed."""
    text = text.strip()
    digits = text.replace(":", "").replace(".", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 4:
        return text
    digits = f"{int(digits):02}00" if len(digits) < 3 else digits.zfill(4)
    return f"{digits[:2]}:{digits[2:]}"


def hours_from(text: str) -> list[dict[str, Any]]:
    """`8-12, 13-15` as the hours of a day; a part that cannot be read stays, for the reader to complain of."""
    found = []
    for part in filter(str.strip, re.split(r"[,;]", text)):
        match = _HOURS.fullmatch(part)
        begins, ends = match.groups() if match else (part.strip(), "")
        found.append({"from": clock(begins), "to": clock(ends)})
    return found


def hours_text(hours: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(f"{one['from']}-{one['to']}" for one in hours)
