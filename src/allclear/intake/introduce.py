"""Tells the floor of alerts which kinds of source there are: config/wiring.py hands it on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote

from allclear.alerts.kinds import Inbound, Kind, Tried, Understood
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Dialect, Preview, Received, Unreadable
from allclear.intake.dialects.routes import route


def kinds() -> dict[str, Kind]:
    """Every dialect as a kind."""
    return {name: _kind(dialect) for name, dialect in DIALECTS.items()}


def _kind(dialect: Dialect) -> Kind:
    return Kind(
        dialect.kind,
        dialect.name,
        partial(_read, dialect),
        dialect.setup,
        dialect.options,
        dialect.example,
        dialect.problems,
        partial(_tried, dialect.preview) if dialect.preview else None,
    )


def _read(dialect: Dialect, inbound: Inbound) -> Understood:
    """As the hot path does, but for signatures that need the network: they were checked when the body came."""
    try:
        reading = dialect.read(received(inbound))
    except Unreadable as error:
        answer = error.answer or dialect.refuse(error.status, error.reason)
        return Understood((), answer.status, error.reason)
    return Understood(reading.events, reading.answer.status, reading.left_out)


def received(inbound: Inbound) -> Received:
    """The request as a dialect sees it. A path that was kept with its mount is read like a new one."""
    path, _mark, query = inbound.path.partition("?")
    found = route(unquote(path)) if path.startswith("/") else None
    rest = found.rest if found else path.strip("/")
    headers = {name.lower(): value for name, value in inbound.headers.items()}
    asked = parse_qs(query, keep_blank_values=True)
    return Received(inbound.method, rest, inbound.body, inbound.received_at, asked, headers, inbound.options)


def _tried(preview: Callable[[Mapping[str, Any], bytes], Preview], options: Mapping[str, Any], body: bytes) -> Tried:
    found = preview(options, body)
    return Tried(found.reading.events if found.reading else (), found.problems, found.found)
