"""Datadog's webhook. Its body is whatever template the user gave it: ours, or one with names like Datadog's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from allclear.domain.alerts import Action, Event, Image, KeyKind, Link, Severity
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import (
    Part,
    finished,
    form_of,
    is_form,
    json_of,
    part_of,
    put,
    severity_of,
    tagged,
)
from allclear.kernel.words import marked, say

_UNFILLED = re.compile(r"\$[A-Z][A-Z0-9_]*")
_STATE = re.compile(r"^\s*\[(?:re-)?(?:triggered|recovered|renotify|warn|no data)\b ?", re.I)  # in $EVENT_TITLE
_OVER = ("recovered", "resolved", "recovery", "success", "ok")
_SEVERITIES = {"normal": Severity.UNKNOWN, "low": Severity.INFO, "1": Severity.CRITICAL, "2": Severity.ERROR,
               "3": Severity.WARNING, "4": Severity.INFO, "5": Severity.INFO}  # fmt: skip


def _read(received: Received) -> Reading:
    value = form_of(received) if is_form(received) else json_of(received)
    given = part_of(value).value
    fields = {str(name).lower(): item for name, item in given.items() if not _is_unfilled(item)}
    if len(fields) < len(given) and not any(isinstance(item, str) for item in fields.values()):
        raise Unreadable(say("The values are still Datadog's variables: this is the template itself, not a message."))
    return Reading([_event(Part(fields), dict(given))], Answer(200))


def _is_unfilled(value: Any) -> bool:
    return isinstance(value, str) and bool(_UNFILLED.fullmatch(value.strip()))


def _event(body: Part, details: Mapping[str, Any]) -> Event:
    title = body.text("alert_title", "event_title", "title")
    if not title:
        raise Unreadable(say("“title” is missing or empty. Use the payload from the instructions of this integration."))
    word = body.text("alert_transition", "transition", "alert_status", "status").lower()
    monitor, scope = body.text("alert_id", "monitor_id"), _scope(body)
    labels = _labels(body)
    return finished(
        Action.RESOLVE if word in _OVER else Action.TRIGGER,
        "/".join(filter(None, (monitor or _STATE.sub("[", title), scope))),
        title,
        key_kind=KeyKind.GIVEN if monitor else KeyKind.DERIVED,
        severity=_severity(body, word),
        description=_without_marks(body.text("text_only_msg", "body", "event_msg", "message", "description")),
        source=body.text("host", "hostname", "host_name", default=labels.get("host", "")),
        labels=labels,
        details={name: value for name, value in details.items() if not isinstance(value, str) or len(value) <= 2000},
        links=[Link(body.text("link", "url"), "Datadog")],
        images=[Image(body.text("snapshot"), title)],
        occurred_at=body.instant("last_updated", "date"),
    )


def _scope(body: Part) -> str:
    scopes = body.value.get("scopes")
    return body.text("alert_scope", "scope") or ",".join(map(str, scopes if isinstance(scopes, list) else ()))


def _labels(body: Part) -> dict[str, str]:
    labels: dict[str, str] = {}
    put(labels, "monitor", body.text("alert_title", "title"))
    put(labels, "host", body.text("host", "hostname", "host_name"))
    put(labels, "metric", body.text("alert_metric"))
    for name in ("tags", "alert_scope", "scope"):
        value = body.value.get(name)
        words = value.split(",") if isinstance(value, str) else value
        tagged(labels, words if isinstance(words, list) else [])
    return labels


def _severity(body: Part, word: str) -> Severity:
    """The monitor's priority if it has one, else how far it went."""
    given = severity_of(body.text("alert_priority", "priority"), _SEVERITIES)
    if given is not Severity.UNKNOWN:
        return given
    return Severity.WARNING if "warn" in word else severity_of(body.text("alert_type", "event_type"))


def _without_marks(text: str) -> str:
    """Datadog sets messages between lines of three percent signs."""
    return re.sub(r"^\s*%%%\s*|\s*%%%\s*$", "", text)


DIALECT = Dialect(
    kind="datadog",
    name="Datadog",
    read=_read,
    example=Example('{"title": "Test from Allclear", "alert_id": "allclear-test", "alert_transition": "Triggered", '
                    '"alert_priority": "P5"}'),
    setup=(
        Step(marked("In Datadog, open Integrations, Webhooks, and add one named allclear with the URL:"), "{url}"),
        Step(marked("Its payload:"), pasted("datadog.json")),
        Step(marked("Name it in the message of your monitors, outside of conditions, so that it hears of recoveries:"),
             "@webhook-allclear"),
    ),
)  # fmt: skip
