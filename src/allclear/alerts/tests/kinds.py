"""A kind of source for tests: a JSON object is one event, anything else cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from allclear.alerts.kinds import KINDS, Inbound, Kind, Line, Option, Understood
from allclear.domain.alerts import Action, Event, Severity


def read(inbound: Inbound) -> Understood:
    try:
        data = json.loads(inbound.body)
    except ValueError:
        return Understood((), 400, "This is not JSON.")
    action = Action(data.get("action", "trigger"))
    title = inbound.options.get("prefix", "") + data.get("title", "Disk full")
    return Understood([Event(action, data["key"], title, severity=Severity.ERROR, labels=data.get("labels", {}))], 202)


def sample(now: datetime) -> Inbound:
    body = json.dumps({"key": f"test {now.isoformat()}", "title": "A test"})
    return Inbound("POST", "", {"content-type": "application/json"}, body.encode(), now)


def preview(options: Mapping[str, Any], body: bytes) -> tuple[list[Line], Understood]:
    found = read(Inbound("POST", "", {}, body, datetime(2026, 1, 1, tzinfo=UTC), options))
    return [Line("title", found.events[0].title) if found.events else Line("title", problem=found.error)], found


TOY = Kind(
    "toy",
    "Toy",
    read,
    setup="Send JSON to {url}; the key is {key}.",
    options=(
        Option("prefix", "Prefix", "Stands before each title."),
        Option("limit", "Limit", kind="number", default=5),
        Option("drop", "Labels to leave out", kind="lines"),
        Option("words", "Words", kind="words"),
        Option("loud", "Loud", kind="flag"),
        Option("client_secret", "Secret", secret=True),
    ),
    sample=sample,
    preview=preview,
)


@contextmanager
def toys() -> Iterator[None]:
    """The toy among the kinds, for as long as it lasts."""
    before = dict(KINDS)
    KINDS["toy"] = TOY
    try:
        yield
    finally:
        KINDS.clear()
        KINDS.update(before)
