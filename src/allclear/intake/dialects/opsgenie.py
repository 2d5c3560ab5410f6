"""Opsgenie's Alert API (POST /v2/alerts and what is done to one), and the webhook that Opsgenie itself sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from allclear.domain.alerts import Action, Event, Severity
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import Part, finished, flat, json_of, nameless, part_of, put, severity_of, tagged
from allclear.kernel.words import marked, say

_PRIORITIES = {"p1": Severity.CRITICAL, "p2": Severity.ERROR, "p3": Severity.WARNING}
_DEFAULT = "P3"  # where no priority is given, as in Opsgenie
_DONE = {"close": Action.RESOLVE, "acknowledge": Action.ACKNOWLEDGE}
_ACTIONS = frozenset(
    ("acknowledge", "actions", "assign", "close", "description", "details", "escalate", "message", "notes", "priority",
     "responders", "snooze", "tags", "teams", "unacknowledge")
)  # fmt: skip
_UPDATES = ("message", "description", "priority", "details", "tags")
_SENT = {"create": Action.TRIGGER, "close": Action.RESOLVE, "delete": Action.RESOLVE, "acknowledge": Action.ACKNOWLEDGE,
         "updatemessage": Action.UPDATE, "updatedescription": Action.UPDATE, "updatepriority": Action.UPDATE,
         "addtags": Action.UPDATE, "adddetails": Action.UPDATE}  # fmt: skip
_KEPT = ("responders", "visibleTo", "actions", "details", "tags", "user", "note", "teams", "priority")
IDENTIFIERS = ("id", "alias", "tiny")


def _key_of(received: Received) -> str | None:
    scheme, _, key = received.headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "geniekey" else None


def _read(received: Received) -> Reading:
    request = uuid4()
    bare = received.path.strip("/").removeprefix("v2/alerts").strip("/")
    body = part_of(json_of(received)) if received.body.strip() else Part({})
    if bare:
        event = _done(received, bare, body)
    elif received.method == "POST":
        event = _sent(body) if "alert" in body.value else _created(body, request)
    else:
        raise Unreadable(say("Use POST to create an alert."), status=405)
    answer = {"result": "Request will be processed", "took": 0.001, "requestId": str(request)}
    return Reading([event], Answer(202, answer, {"X-Request-Id": str(request)}), request)


def _created(body: Part, request: UUID) -> Event:
    message = body.text("message")
    if not message:
        raise Unreadable(say("“message” is missing or empty. Say there what is wrong."), status=422)
    return _event(Action.TRIGGER, body.text("alias") or str(request), body)  # without an alias, its id names it


def _sent(body: Part) -> Event:
    """What Opsgenie tells a webhook of its own."""
    alert = body.part("alert")
    word = body.text("action").lower()
    key = alert.text("alias", "alertId")
    if not key:
        raise nameless("alert.alias", 422)
    return _event(_SENT.get(word, Action.NOTE), key, alert)


def _done(received: Received, bare: str, body: Part) -> Event:
    identifier, _, word = bare.rpartition("/")
    if identifier.endswith("/actions"):  # an action of the user's own
        identifier, word = identifier.removesuffix("/actions"), "actions"
    if received.method == "DELETE" and word not in _ACTIONS:
        identifier, action, word = bare, Action.RESOLVE, "delete"
    elif not identifier or word not in _ACTIONS:
        raise Unreadable(say("Opsgenie's API has no such address."), status=404)
    else:
        action = _DONE.get(word, Action.NOTE)
    kind = next(iter(received.query.get("identifierType", ())), "id").lower()
    if kind not in IDENTIFIERS:
        raise Unreadable(say("“identifierType” must be one of: id, alias, tiny."), status=422)
    named = {} if kind == "alias" else {"identifier_type": kind}  # the fold finds the alert that has this id
    details = {"request": word, **named, **dict(body.value)}
    if word in _UPDATES and received.method != "DELETE":
        return _updated(identifier, word, body, details)
    description = body.text("note", "description")
    return finished(action, identifier, body.text("message"), description=description, details=details)


def _updated(identifier: str, word: str, body: Part, details: Mapping[str, Any]) -> Event:
    """A new message, description or priority, more details or tags; a note beside it is kept with the request."""
    if word in ("message", "priority") and not body.text(word):
        raise Unreadable(say("“{name}” is missing or empty.", name=word), status=422)
    labels = flat(body.mapping("details")) if word == "details" else {}
    if word == "tags":
        tagged(labels, body.items("tags"))
    return finished(
        Action.UPDATE,
        identifier,
        body.text("message") if word == "message" else "",
        severity=severity_of(body.text("priority"), _PRIORITIES) if word == "priority" else Severity.UNKNOWN,
        description=body.text("description") if word == "description" else "",
        labels=labels,
        details=details,
    )


def _event(action: Action, key: str, body: Part) -> Event:
    details = body.value.get("details")
    labels: dict[str, str] = {}
    put(labels, "entity", body.value.get("entity"))
    tagged(labels, body.items("tags"))
    labels = flat(labels, details if isinstance(details, dict) else {})
    created = {"created_at": body.value.get("createdAt"), "alert_id": body.value.get("alertId")}
    return finished(
        action,
        key,
        body.text("message"),
        severity=severity_of(body.text("priority", default="" if action is Action.UPDATE else _DEFAULT), _PRIORITIES),
        description=body.text("description", "note"),
        source=body.text("entity", "source"),
        labels=labels,
        details={name: body.value.get(name) for name in _KEPT} | created,
        occurred_at=body.instant("createdAt"),
    )


def _refuse(status: int, reason: str) -> Answer:
    body: Mapping[str, Any] = {"message": reason, "took": 0.001, "requestId": str(uuid4())}
    if status == 422:
        body = {"message": "Request body is not processable. Please check the errors.", "errors": {"body": reason}, **{
            name: value for name, value in body.items() if name != "message"}}  # fmt: skip
    return Answer(status, body)


DIALECT = Dialect(
    kind="opsgenie",
    name="Opsgenie",
    read=_read,
    key_of=_key_of,
    refuse=_refuse,
    methods=("POST", "PUT", "PATCH", "DELETE"),
    example=Example(
        '{"message": "Test from Allclear", "alias": "allclear-test", "priority": "P5", "entity": "allclear"}',
        "v2/alerts",
    ),
    setup=(
        Step(marked("In the tool's Opsgenie settings, use this as the API key:"), "{key}"),
        Step(marked("Where it asks for the URL of the API, give:"), "{base}/"),
        Step(marked("Alertmanager takes both in its receiver:"), pasted("alertmanager-opsgenie.yml")),
        Step(marked("While you move: let a webhook integration of Opsgenie send its alerts here, too:"), "{url}"),
    ),
)
