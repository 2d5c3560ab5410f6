"""CloudEvents 1.0 over HTTP: structured, in batches, and binary. What an event says is found by expressions."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from allclear.domain.alerts import Action, Event, KeyKind
from allclear.domain.alerts.kinds import Example, Option, Step
from allclear.intake.dialects import json as any_json
from allclear.intake.dialects.base import Answer, Dialect, Preview, Reading, Received, Unreadable, taken
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import Part, each_part, json_of, part_of, text_of
from allclear.intake.dialects.reading.body import json_in
from allclear.intake.dialects.reading.mapping import Mapped
from allclear.intake.dialects.reading.previews import previewed
from allclear.kernel.words import marked, say

_NEEDED = ("id", "source", "type", "specversion")
_OWN = {
    "title": "data.title || data.summary || data.message || subject || type",
    "description": "data.description || data.details || data.body",
    "key": "dedupkey || data.dedup_key || data.key || data.fingerprint",
    "severity": "severity || data.severity || data.level || data.priority",
    "status": "status || data.status || data.state",
    "source": "data.source || data.host || subject || source",
    "time": "time",
    "labels": "data.labels || data.tags",
    "link": "data.url || data.link",
    "image": "data.image_url",
}
OPTIONS: tuple[Option, ...] = tuple(
    dataclasses.replace(option, default=_OWN.get(option.name, option.default), required=False)
    for option in any_json.OPTIONS
    if option.name != "split"
)
_BEGINNINGS = frozenset(  # last parts of types that say that it begins or goes on
    ("firing", "fired", "triggered", "raised", "open", "opened", "created", "started", "active", "failed", "down",
     "alert", "alerting", "problem", "updated", "changed")
)  # fmt: skip
_DEFAULTS = {option.name: option.default for option in OPTIONS}


def _read(received: Received) -> Reading:
    if received.method == "OPTIONS":
        return Reading([], _allowed(received))
    kind = received.headers.get("content-type", "").lower()
    if kind.startswith("application/cloudevents-batch"):
        return _batch(json_of(received), received)
    if kind.startswith("application/cloudevents"):
        part = part_of(json_of(received))
    elif any(name.startswith("ce-") for name in received.headers):
        part = _binary(received)
    else:  # without a content type that says so, an event is still known by its attributes
        value = json_of(received)
        if isinstance(value, list):
            return _batch(value, received)
        part = part_of(value)
    return taken([_event(_unpacked(part), received)], "")


def _batch(value: Any, received: Received) -> Reading:
    return taken(*each_part(value, "", lambda part: _event(_unpacked(part), received)))


def _unpacked(part: Part) -> Part:
    """With its data, which an event in JSON may have as base64 in `data_base64`: bytes, often of JSON themselves."""
    packed = part.value.get("data_base64")
    if packed is None or part.value.get("data") is not None:
        return part
    try:
        raw = base64.b64decode(packed, validate=True)
    except (TypeError, ValueError) as error:
        place = f"{part.place}.data_base64".lstrip(".")
        raise Unreadable(say("“{place}” must be base64.", place=place)) from error
    kind = part.text("datacontenttype").lower()
    data = json_in(raw, kind) if raw.strip() and (not kind or "json" in kind) else raw.decode("utf-8", "replace")
    rest = {name: value for name, value in part.value.items() if name != "data_base64"}
    return Part({**rest, "data": data}, part.place)


def _allowed(received: Received) -> Answer:
    """The handshake by which a sender asks whether it may."""
    origin = received.headers.get("webhook-request-origin", "")
    headers = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"} if origin else {}
    return Answer(200, "", {"Allow": "POST, OPTIONS", **headers})


def _binary(received: Received) -> Part:
    names = {name[3:]: unquote(value) for name, value in received.headers.items() if name.startswith("ce-")}
    kind = received.headers.get("content-type", "").lower()
    data: Any = None
    if received.body.strip():
        is_json = not kind or "json" in kind  # the SDK sends no type where none was set
        data = json_of(received) if is_json else text_of(received)
    return Part({**names, "data": data})


def _event(part: Part, received: Received) -> Event:
    missing = [name for name in _NEEDED if not part.text(name)]
    if missing:
        place, names = part.place or "1", ", ".join(missing)
        raise Unreadable(say("The event {place} lacks: {names}. CloudEvents 1.0 needs them.", place=place, names=names))
    if not part.text("specversion").startswith(("1.", "0.3")):
        raise Unreadable(say("“specversion” must be 1.0."))
    options = {**_DEFAULTS, **received.options}
    mapped = Mapped(options, dict(part.value))
    if mapped.event is None:
        raise any_json.unmapped(mapped)
    event, source, kind = mapped.event, part.text("source"), part.text("type")
    key, action = mapped.text("key"), event.action
    if not mapped.text("status"):
        action = _of_type(kind, options)
    labels = {"type": kind, "event_source": source, **event.labels}
    return dataclasses.replace(
        event, action=action, labels=labels, source_id=f"{source} {part.text('id')}",
        key=key or " ".join(filter(None, (source, part.text("subject"), _stem(kind, options)))),
        key_kind=KeyKind.GIVEN if key else KeyKind.DERIVED,
    )  # fmt: skip


def _of_type(kind: str, options: dict[str, Any]) -> Action:
    """`com.example.disk.resolved` says by its end that it is over."""
    word = kind.rpartition(".")[2].lower()
    if word in _words(options, "resolved_words"):
        return Action.RESOLVE
    return Action.ACKNOWLEDGE if word in _words(options, "acknowledged_words") else Action.TRIGGER


def _stem(kind: str, options: dict[str, Any]) -> str:
    """The type without a last part that says how it stands: `com.example.disk`, alike when it begins and ends."""
    stem, _, word = kind.rpartition(".")
    known = _words(options, "resolved_words") | _words(options, "acknowledged_words") | _BEGINNINGS
    return stem if word.lower() in known else kind


def _words(options: dict[str, Any], name: str) -> set[str]:
    return {str(word).strip().lower() for word in options.get(name) or ()}


def preview(options: Mapping[str, Any], body: bytes) -> Preview:
    """How a structured event would be read under these settings, for a screen."""
    return previewed({**_DEFAULTS, **options}, body, any_json.problems(options), _values, _read)


def _values(received: Received) -> list[Any]:
    value = json_of(received)
    values = value if isinstance(value, list) else [value]
    return [dict(_unpacked(part_of(one)).value) if isinstance(one, dict) else one for one in values]


DIALECT = Dialect(
    kind="cloudevents",
    name="CloudEvents",
    read=_read,
    options=OPTIONS,
    problems=any_json.problems,
    preview=preview,
    methods=("POST", "OPTIONS"),
    longest=256 * 1024,
    example=Example(
        """{"specversion": "1.0", "id": "allclear-test", "source": "/allclear", "type": "allclear.test.firing",
"data": {"title": "Test from Allclear", "severity": "info"}}""",
        content_type="application/cloudevents+json",
    ),
    setup=(
        Step(marked("Send events here, structured or binary:"), "{url}"),
        Step(marked("Try it in a shell:"), pasted("cloudevents.sh")),
        Step(marked("A type that ends in .resolved, or a status that says so in the data, ends the alert.")),
    ),
)
