"""A kind of source for tests: a JSON object is one event, anything else cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from allclear.alerts.kinds import KINDS, Inbound, Kind, Tried, Understood
from allclear.domain.alerts import Action, Event, Severity
from allclear.domain.alerts.kinds import Example, Option, OptionKind, Step


def read(inbound: Inbound) -> Understood:
    try:
        data = json.loads(inbound.body)
    except ValueError:
        return Understood((), 400, "This is not JSON.")
    action = Action(data.get("action", "trigger"))
    title = inbound.options.get("prefix", "") + data.get("title", "Disk full")
    return Understood([Event(action, data["key"], title, severity=Severity.ERROR, labels=data.get("labels", {}))], 202)


def preview(options: Mapping[str, Any], body: bytes) -> Tried:
    read_now = read(Inbound("POST", "", {}, body, datetime(2026, 1, 1, tzinfo=UTC), options))
    if read_now.error:
        return Tried(problems={"": read_now.error})
    return Tried(read_now.events, found={"prefix": read_now.events[0].title})


def problems(options: Mapping[str, Any]) -> Mapping[str, str]:
    return {"prefix": "It must not be loud."} if options["prefix"].isupper() and len(options["prefix"]) > 1 else {}


TOY = Kind(
    "toy",
    "Toy",
    read,
    setup=[Step("Send JSON there.", "curl -d @- {url} # {key}")],
    options=(
        Option("prefix", "Prefix", "Stands before each title."),
        Option("drop", "Labels to leave out", kind=OptionKind.LINES),
        Option("words", "Words", kind=OptionKind.TABLE, values=("critical", "info")),
        Option("loud", "Loud", kind=OptionKind.SWITCH),
        Option("client_secret", "Secret", secret=True),
    ),
    example=Example('{"key": "test", "title": "A test"}'),
    problems=problems,
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
