"""One message of a source, as every dialect reads it: the common form that dedup, rules and screens work on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

LONGEST_KEY = 512  # characters; Opsgenie's aliases are the longest that a dialect knows. Longer ones are hashed
LONGEST_TITLE = 1024  # characters, as in the PagerDuty Events API v2; longer ones are cut, the payload keeps them


class Action(StrEnum):
    """What a message does to the alert of its key."""

    TRIGGER = "trigger"  # it fires, or still fires
    ACKNOWLEDGE = "acknowledge"  # somebody owns it
    RESOLVE = "resolve"  # it is over
    UPDATE = "update"  # says something new about one that is open, opens none
    NOTE = "note"  # says something about it, changes nothing
    PING = "ping"  # a heartbeat: `details` has {monitor, kind, exit_status, run}
    CHANGE = "change"  # something was changed on purpose (a deployment): recorded, opens no alert


class Severity(StrEnum):
    """The source's word, in five steps; never a priority."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    UNKNOWN = "unknown"  # the source says nothing, or a word that no dialect knows


class KeyKind(StrEnum):
    """How a dedup key came about; part of the key, so that keys of two kinds never meet."""

    GIVEN = "given"  # the source named it
    FINGERPRINT = "fingerprint"  # hash of the labels
    DERIVED = "derived"  # made from fields by the dialect or a mapping
    GENERATED = "generated"  # the source named none and nothing tells two apart: each is its own


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    src: str
    alt: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A message about one condition.

    `key` names the alert within its integration; `key_kind` and `key_version` say how it was made, so that a better
    way to make one never mixes with what is open under the old. `source` is what is sick (a host, an instance).
    `labels` are what matchers, rules and grouping look at: flat texts. `details` is everything else that a reader
    may want, as the source sent it. `source_id` is the source's own name for this very message: the same one twice is
    one event (CloudEvents 1.0, 3.1: source + id). `occurred_at` is the source's clock, None when it told none.
    """

    action: Action
    key: str
    title: str = ""
    key_kind: KeyKind = KeyKind.GIVEN
    key_version: int = 1
    severity: Severity = Severity.UNKNOWN
    description: str = ""
    source: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    links: Sequence[Link] = ()
    images: Sequence[Image] = ()
    occurred_at: datetime | None = None
    source_id: str = ""


_NAMES = tuple(f.name for f in dataclasses.fields(Event))
_MAPPINGS, _RECORDS = frozenset(("labels", "details")), frozenset(("links", "images"))


def as_data(event: Event) -> dict[str, Any]:
    """The event as JSON; what is empty is left out."""
    data = {name: value for name in _NAMES if (value := getattr(event, name)) or name == "key"}
    for name in _MAPPINGS.intersection(data):
        data[name] = dict(data[name])
    for name in _RECORDS.intersection(data):
        data[name] = [dataclasses.asdict(one) for one in data[name]]
    if event.occurred_at:
        data["occurred_at"] = event.occurred_at.isoformat()
    return data


def event_from(data: Mapping[str, Any]) -> Event:
    """The opposite of `as_data`."""
    at = data.get("occurred_at")
    return Event(
        action=Action(data["action"]),
        key=data["key"],
        title=data.get("title", ""),
        key_kind=KeyKind(data.get("key_kind", KeyKind.GIVEN)),
        key_version=data.get("key_version", 1),
        severity=Severity(data.get("severity", Severity.UNKNOWN)),
        description=data.get("description", ""),
        source=data.get("source", ""),
        labels=data.get("labels", {}),
        details=data.get("details", {}),
        links=tuple(Link(**link) for link in data.get("links", ())),
        images=tuple(Image(**image) for image in data.get("images", ())),
        occurred_at=datetime.fromisoformat(at) if at else None,
        source_id=data.get("source_id", ""),
    )
