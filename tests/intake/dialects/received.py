"""Requests as a source would send them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Event
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Answer, Reading, Received, Unreadable

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def request(
    body: Any = b"",
    path: str = "",
    *,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    query: Mapping[str, list[str]] | None = None,
    at: datetime = NOW,
) -> Received:
    """`body`: bytes as they are, a text in UTF-8, anything else as JSON."""
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return Received(method, path, raw, at, query or {}, headers or {}, options or {})


def read(kind: str, body: Any = b"", path: str = "", **rest: Any) -> Reading:
    return DIALECTS[kind].read(request(body, path, **rest))


def one(kind: str, body: Any = b"", path: str = "", **rest: Any) -> Event:
    """The only event of a body."""
    (event,) = read(kind, body, path, **rest).events
    return event


def refused(kind: str, body: Any = b"", path: str = "", **rest: Any) -> tuple[str, Answer]:
    """Why a body cannot be read, and what its source is answered."""
    with pytest.raises(Unreadable) as error:
        read(kind, body, path, **rest)
    assert error.value.reason
    return error.value.reason, error.value.answer or DIALECTS[kind].refuse(error.value.status, error.value.reason)


def real(folder: Path, name: str) -> Any:
    """One of the real payloads."""
    return json.loads((folder / "alerts" / f"{name}.json").read_text(encoding="utf-8"), strict=False)
