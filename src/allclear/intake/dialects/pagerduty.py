"""PagerDuty Events API v2: POST /v2/enqueue and /v2/change/enqueue. The key is the body's `routing_key`."""

from __future__ import annotations

from uuid import uuid4

from allclear.domain.alerts import Action, Event, Image, Link
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import (
    Part,
    custom,
    finished,
    flat,
    json_of,
    part_of,
    severity_of,
    tried,
)
from allclear.kernel.words import marked, say

ACTIONS = {"trigger": Action.TRIGGER, "acknowledge": Action.ACKNOWLEDGE, "resolve": Action.RESOLVE}
_NEEDED = ("summary", "source", "severity")


def _invalid(errors: list[str], status: int = 400) -> Answer:
    if status == 429:
        return Answer(429, {"status": "throttle exceeded", "message": "Requests for this key are arriving too quickly"})
    word, message = ("invalid event", "Event object is invalid") if status < 500 else ("error", "Try again later")
    return Answer(status, {"status": word, "message": message, "errors": errors})


def _refuse(status: int, reason: str) -> Answer:
    return _invalid([reason], 400 if status in (401, 403) else status)


def _key_of(received: Received) -> str | None:
    try:
        value = json_of(received)
    except Unreadable:
        return None
    key = value.get("routing_key") if isinstance(value, dict) else None
    return key.strip() if isinstance(key, str) else None


def _read(received: Received) -> Reading:
    body = part_of(json_of(received))
    if "service_key" in body.value and "routing_key" not in body.value and "event_action" not in body.value:
        reason = say("This is a message of the Events API v1. Send v2: “routing_key”, “event_action” and “payload”.")
        raise Unreadable(reason, _invalid([reason]))
    return _change(body) if received.path.strip("/").endswith("change/enqueue") else _alert(body)


def _alert(body: Part) -> Reading:
    errors: list[str] = []
    payload = tried(lambda: body.part("payload"), errors) or Part({}, "payload")
    word = tried(lambda: body.text("event_action"), errors)
    key = tried(lambda: body.text("dedup_key"), errors)
    action = ACTIONS.get((word or "").lower())
    if action is None:
        errors.append(say("'event_action' must be one of: trigger, acknowledge, resolve"))
    elif action is Action.TRIGGER:
        errors += _lacking(payload)
    elif not key:
        errors.append(_missing("dedup_key"))
    event = None if errors or action is None else tried(lambda: _event(body, payload, action, key or ""), errors)
    if event is None:
        raise Unreadable("; ".join(errors), _invalid(errors))
    answer = {"status": "success", "message": "Event processed", "dedup_key": event.key}
    return Reading([event], Answer(202, answer))


def _lacking(payload: Part) -> list[str]:
    errors: list[str] = []
    for name in _NEEDED:
        text = tried(lambda name=name: payload.text(name), errors)  # type: ignore[misc]  # bound at once
        if text == "":
            errors.append(_missing(f"payload.{name}"))
    return errors


def _event(body: Part, payload: Part, action: Action, key: str) -> Event:
    told = payload.value.get("custom_details")
    named = {name: payload.value.get(name) for name in ("component", "group", "class")}
    labels = flat(named, {"client": body.text("client")}, *custom.labels_in(told))
    links = [Link(link.text("href"), link.text("text")) for link in body.parts("links")]
    if url := body.text("client_url"):
        links.append(Link(url, body.text("client")))
    return finished(
        action,
        key or uuid4().hex,  # returned to the source, which names the alert by it from now on: so it is a given one
        payload.text("summary"),
        severity=severity_of(payload.value.get("severity")),
        description=custom.described(told),
        source=custom.source_of(payload.text("source"), body.text("client"), labels),
        labels=labels,
        details={"custom_details": told} if told else {},
        links=links,
        images=[Image(i.text("src"), i.text("alt"), i.text("href")) for i in body.parts("images")],
        occurred_at=payload.instant("timestamp"),
    )


def _change(body: Part) -> Reading:
    errors: list[str] = []
    payload = tried(lambda: body.part("payload"), errors) or Part({}, "payload")
    if not errors and not tried(lambda: payload.text("summary"), errors):
        errors.append(_missing("payload.summary"))
    event = None if errors else tried(lambda: _event(body, payload, Action.CHANGE, ""), errors)
    if event is None:
        raise Unreadable("; ".join(errors), _invalid(errors))
    return Reading([event], Answer(202, {"status": "success", "message": "Change event processed"}))


def _missing(place: str) -> str:
    return say("'{place}' is missing or blank", place=place)


DIALECT = Dialect(
    kind="pagerduty",
    name="PagerDuty Events API v2",
    read=_read,
    key_of=_key_of,
    refuse=_refuse,
    longest=512 * 1024,
    example=Example(
        """{"event_action": "trigger", "dedup_key": "allclear-test", "payload": {"summary": "Test from Allclear",
"source": "allclear", "severity": "info", "component": "test"}}""",
        path="v2/enqueue",
    ),
    setup=(
        Step(marked("In the tool's PagerDuty settings, use this as the routing key (or integration key):"), "{key}"),
        Step(marked("Where it asks for the URL of the Events API, give:"), "{base}/v2/enqueue"),
        Step(marked("Alertmanager takes both in its receiver:"), pasted("alertmanager-pagerduty.yml")),
        Step(marked("Or try it in a shell:"), pasted("pagerduty.sh")),
        Step(marked("Tools whose PagerDuty address cannot be changed cannot be pointed here.")),
    ),
)
