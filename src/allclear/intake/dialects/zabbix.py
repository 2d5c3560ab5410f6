"""Zabbix' webhook: the JSON that the script of our media type sends. Also what PagerDuty's agent for Zabbix queues."""

from __future__ import annotations

import re

from allclear.domain.alerts import Action, Event, Link, Severity
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import Part, finished, flat, json_of, part_of, put, severity_of
from allclear.intake.dialects.reading.agent import agent_event, is_agent
from allclear.kernel.words import marked, say

_BY_NUMBER = {
    "0": Severity.UNKNOWN, "1": Severity.INFO, "2": Severity.WARNING, "3": Severity.WARNING, "4": Severity.ERROR,
    "5": Severity.CRITICAL,
}  # fmt: skip
_AND = re.compile(r", | and ")  # between what was done at once: "acknowledged, commented and closed"
_BY_WORD = {"high": Severity.ERROR, "average": Severity.WARNING, "not classified": Severity.UNKNOWN}


def _read(received: Received) -> Reading:
    body = part_of(json_of(received))
    return Reading([agent_event(body, _BY_WORD)] if is_agent(body) else _events(body), Answer(200))


def _events(body: Part) -> list[Event]:
    """One; two where somebody changed the severity and acknowledged in one go: each moves the alert in its own way."""
    key, value = body.text("event_id"), body.text("event_value")
    if not key or key.startswith("{"):
        raise Unreadable(say("“event_id” is missing or a macro that was not filled in. Import our media type anew."))
    if value not in ("0", "1"):
        raise Unreadable(say("“event_value” must be 1 (problem) or 0 (over)."))
    return [_event(body, key, action) for action in _actions(body, value)]


def _event(body: Part, key: str, action: Action) -> Event:
    number = body.text("event_nseverity")
    return finished(
        action,
        key,
        body.text("event_name"),
        severity=_BY_NUMBER.get(number) or severity_of(body.value.get("event_severity"), _BY_WORD),
        description="\n\n".join(filter(None, (body.text("event_opdata"), body.text("trigger_description", "message")))),
        source=body.text("host_name", "host_ip"),
        labels=_labels(body),
        details=dict(body.value),
        links=[Link(_link(body), "Zabbix"), Link(body.text("trigger_url"), "Trigger")],
        occurred_at=body.instant("event_time"),
    )


def _actions(body: Part, value: str) -> list[Action]:
    if value == "0":
        return [Action.RESOLVE]
    if body.text("event_update_status") != "1":
        return [Action.TRIGGER]
    words = _AND.split(body.text("event_update_action").lower())
    actions = [Action.TRIGGER] if any(word.startswith("changed severity") for word in words) else []
    if "acknowledged" in words:
        actions.append(Action.ACKNOWLEDGE)
    return actions or [Action.NOTE]


def _labels(body: Part) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, field in (("host", "host_name"), ("ip", "host_ip"), ("trigger", "trigger_id"), ("group", "host_group")):
        put(labels, name, body.value.get(field))
    tags = body.value.get("event_tags")  # [{"tag": ..., "value": ...}], or "tag:value, tag:value"
    if isinstance(tags, str):
        tags = [dict(zip(("tag", "value"), pair.strip().split(":", 1), strict=False)) for pair in tags.split(",")]
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, dict) and tag.get("tag"):
            put(labels, tag["tag"], tag.get("value") or "yes")
    return flat(labels)


def _link(body: Part) -> str:
    base, trigger = body.text("zabbix_url").rstrip("/"), body.text("trigger_id")
    return f"{base}/tr_events.php?triggerid={trigger}&eventid={body.text('event_id')}" if base and trigger else ""


DIALECT = Dialect(
    kind="zabbix",
    name="Zabbix",
    read=_read,
    example=Example('{"event_id": "allclear-test", "event_value": "1", "event_update_status": "0", '
                    '"event_name": "Test from Allclear", "event_nseverity": "1", "host_name": "allclear"}'),
    setup=(
        Step(marked("In Zabbix 6.0 or later, open Alerts, Media types, Import, and choose this file:"),
             pasted("zabbix.yaml"), "allclear-zabbix.yaml"),
        Step(marked("Set the global macro that problems are linked by, under Administration, Macros:"),
             "{$ZABBIX.URL} = https://zabbix.example.org/zabbix"),
        Step(marked("Give a user the media type Allclear (send to: anything), with permission to see the hosts.")),
        Step(marked("Add a trigger action that sends to this user: for problems, recoveries and updates.")),
    ),
)  # fmt: skip
