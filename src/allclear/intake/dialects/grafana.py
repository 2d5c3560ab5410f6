"""Grafana's contact point of the type webhook, and the webhook of its older alerting."""

from __future__ import annotations

from allclear.domain.alerts import Action, Event, Image, KeyKind, Link
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects import alertmanager
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import Part, finished, flat, json_of, nameless, part_of, severity_of, source_in
from allclear.kernel.words import marked, say

_STATES = {
    "alerting": Action.TRIGGER, "no_data": Action.TRIGGER, "ok": Action.RESOLVE,
    "pending": Action.NOTE, "paused": Action.NOTE, "unknown": Action.NOTE,
}  # fmt: skip


def _read(received: Received) -> Reading:
    body = part_of(json_of(received))
    if "alerts" in body.value:
        return alertmanager.read(received)
    if "ruleName" in body.value or "ruleId" in body.value:
        return Reading([_legacy(body)], Answer(200))
    raise Unreadable(say("Neither “alerts” nor “ruleName” is there: this is no message of a contact point of Grafana."))


def _legacy(body: Part) -> Event:
    """Grafana up to 10: one rule a message; its state says whether it fires."""
    state = body.text("state").lower()
    if state not in _STATES:
        raise Unreadable(say("“state” is “{word}”, which is no state of a rule of Grafana.", word=state[:50]))
    name = body.text("ruleName", "title")
    key = body.text("ruleId", default=name)
    if not key:
        raise nameless("ruleId")
    labels = flat(body.mapping("tags"), {"alertname": name, "dashboard": body.text("dashboardId")})
    for match in body.parts("evalMatches"):
        labels = flat(labels, match.mapping("tags"))
    return finished(
        _STATES[state],
        f"{body.text('orgId', default='1')}/{key}",
        body.text("title", default=name),
        key_kind=KeyKind.DERIVED,
        severity=severity_of(labels.get("severity")),
        description=body.text("message"),
        source=source_in(labels),
        labels=labels,
        details={"evalMatches": body.items("evalMatches"), "state": state},
        links=[Link(body.text("ruleUrl"), "Grafana")],
        images=[Image(body.text("imageUrl"), name)],
    )


DIALECT = Dialect(
    kind="grafana",
    name="Grafana",
    read=_read,
    options=alertmanager.DIALECT.options,
    longest=alertmanager.LONGEST,
    example=Example(
        """{"version": "1", "groupKey": "test", "status": "firing", "state": "alerting", "receiver": "allclear",
"alerts": [{"status": "firing", "labels": {"alertname": "AllclearTest", "severity": "info"}, "values": {"A": 1},
"annotations": {"summary": "Test from Allclear"},
"startsAt": "2026-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z"}]}"""
    ),
    setup=(
        Step(
            marked("In Grafana, open Alerting, Contact points, and add one with the integration Webhook. Its URL:"),
            "{url}",
        ),
        Step(marked("Leave the HTTP method at POST and “Disable resolved message” off.")),
        Step(marked("Press Test, then use the contact point in a notification policy.")),
        Step(marked("Or provision it from a file:"), pasted("grafana.yml"), "allclear-contact-point.yaml"),
    ),
)
