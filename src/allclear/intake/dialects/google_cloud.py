"""Google Cloud Monitoring's webhook, versions 1.0 to 1.2."""

from __future__ import annotations

from allclear.domain.alerts import Action, Event, Link, Severity
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.reading import Part, finished, flat, json_of, nameless, part_of, put, severity_of
from allclear.kernel.words import marked, say

_STATES = {"open": Action.TRIGGER, "acknowledged": Action.ACKNOWLEDGE, "closed": Action.RESOLVE}
_SEVERITIES = {"no severity": Severity.UNKNOWN}
_KEPT = ("condition", "observed_value", "threshold_value", "metric", "documentation", "metadata")


def _key_of(received: Received) -> str | None:
    """Google's own way to hand a token over with a URL."""
    return next(iter(received.query.get("auth_token", ())), None)


def _read(received: Received) -> Reading:
    body = part_of(json_of(received))
    if "incident" not in body.value:
        raise Unreadable(say("“incident” is missing: this is no message of Google Cloud Monitoring's webhook."))
    return Reading([_event(body.part("incident"))], Answer(200))


def _event(incident: Part) -> Event:
    word, key = incident.text("state").lower(), incident.text("incident_id")
    if word not in _STATES:
        raise Unreadable(say("“incident.state” must be open, acknowledged or closed."))
    if not key:
        raise nameless("incident.incident_id")
    action, note = _STATES[word], incident.value.get("documentation")
    documentation = Part(note, "incident.documentation") if isinstance(note, dict) else Part({"content": note})
    system = incident.part("metadata").mapping("system_labels")
    labels = _labels(incident)
    policy, condition = incident.text("policy_name"), incident.text("condition_name")
    return finished(
        action,
        key,
        documentation.text("subject")
        or " · ".join(filter(None, (_last(policy), condition)))
        or incident.text("summary"),
        severity=severity_of(incident.value.get("severity") or system.get("severity"), _SEVERITIES),
        description="\n\n".join(filter(None, (incident.text("summary"), documentation.text("content")))),
        source=_last(incident.text("resource_display_name", "resource_name", "resource_id")),
        labels=labels,
        details={name: incident.value.get(name) for name in _KEPT},
        links=[Link(incident.text("url"), "Google Cloud")],
        occurred_at=incident.instant("ended_at" if action is Action.RESOLVE else "started_at"),
    )


def _labels(incident: Part) -> dict[str, str]:
    labels: dict[str, str] = {}
    put(labels, "alertname", incident.value.get("condition_name"))
    put(labels, "policy", _last(incident.text("policy_name")))
    put(labels, "project", incident.value.get("scoping_project_id"))
    for name in ("resource", "metric"):
        part = incident.part(name)
        put(labels, f"{name}_type", part.value.get("type"))
        labels = flat(labels, part.mapping("labels"))
    user = incident.part("metadata").mapping("user_labels")
    return flat(labels, user, incident.mapping("policy_user_labels"))


def _last(name: str) -> str:
    """`projects/987654/instances/web-1` is web-1."""
    return name.rpartition("/")[2] if name.startswith("projects/") else name


DIALECT = Dialect(
    kind="google_cloud",
    name="Google Cloud Monitoring",
    read=_read,
    key_of=_key_of,
    example=Example(
        """{"version": "1.2", "incident": {"incident_id": "allclear-test", "state": "open", "severity": "No severity",
"policy_name": "Allclear", "condition_name": "Test from Allclear", "summary": "A test."}}"""
    ),
    setup=(
        Step(
            marked(
                "In Google Cloud, open Monitoring, Alerting, Edit notification channels, and add a webhook. Its URL:"
            ),
            "{url}",
        ),
        Step(marked("Press “Test connection”, save, and name the channel in your alerting policies.")),
        Step(marked("In each policy, let it notify on incident closure too.")),
    ),
)
