"""Azure Monitor's common alert schema."""

from __future__ import annotations

from allclear.domain.alerts import Action, Event, Link, Severity
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.reading import Part, finished, flat, json_of, nameless, part_of, put, severity_of
from allclear.kernel.words import marked, say

_SEVERITIES = {
    "sev0": Severity.CRITICAL, "sev1": Severity.ERROR, "sev2": Severity.WARNING, "sev3": Severity.INFO,
    "sev4": Severity.INFO,
}  # fmt: skip
_CONDITIONS = {"fired": Action.TRIGGER, "resolved": Action.RESOLVE, "": Action.TRIGGER}  # a budget has none: it fires
_SCHEMA = "azureMonitorCommonAlertSchema"


def _read(received: Received) -> Reading:
    body = part_of(json_of(received))
    if body.text("schemaId") != _SCHEMA:
        reason = say(
            "“schemaId” is not azureMonitorCommonAlertSchema. Switch the common alert schema on in the action."
        )
        raise Unreadable(reason)
    return Reading([_event(body.part("data"))], Answer(200))


def _event(data: Part) -> Event:
    facts = data.part("essentials")
    word, key = facts.text("monitorCondition").lower(), facts.text("alertId", "originAlertId")
    if word not in _CONDITIONS:
        raise Unreadable(say("“data.essentials.monitorCondition” must be Fired or Resolved."))
    if not key:
        raise nameless("data.essentials.alertId")
    targets = [target for target in facts.items("alertTargetIDs") if isinstance(target, str)]
    items = [item for item in facts.items("configurationItems") if isinstance(item, str)]
    action = _CONDITIONS[word]
    return finished(
        action,
        key,
        facts.text("alertRule"),
        severity=severity_of(facts.value.get("severity"), _SEVERITIES),
        description=facts.text("description"),
        source=items[0] if items else targets[0].rpartition("/")[2] if targets else "",
        labels=_labels(data, facts, targets),
        details={"context": data.value.get("alertContext"), "properties": data.value.get("customProperties")},
        links=[Link(facts.text("investigationLink"), "Azure"), *(Link(_portal(target), "Azure") for target in targets)],
        occurred_at=facts.instant("resolvedDateTime" if action is Action.RESOLVE else "firedDateTime"),
    )


def _labels(data: Part, facts: Part, targets: list[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, field in (("alertname", "alertRule"), ("signal", "signalType"), ("monitor", "monitoringService")):
        put(labels, name, facts.value.get(field))
    parts = (targets[0] if targets else "").split("/")
    named = {name.lower(): value for name, value in zip(parts[1::2], parts[2::2], strict=False)}
    put(labels, "subscription", named.get("subscriptions"))
    put(labels, "resource_group", named.get("resourcegroups"))
    put(labels, "resource_type", "/".join([named["providers"], *parts[-2:-1]]) if named.get("providers") else None)
    put(labels, "resource", parts[-1])
    own = data.value.get("customProperties")
    return flat(labels, own if isinstance(own, dict) else {})


def _portal(target: str) -> str:
    return f"https://portal.azure.com/#resource{target}" if target.startswith("/") and " " not in target else ""


DIALECT = Dialect(
    kind="azure",
    name="Azure Monitor",
    read=_read,
    example=Example(
        """{"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": {"alertId": "/allclear/test",
"alertRule": "Test from Allclear", "severity": "Sev4", "monitorCondition": "Fired", "alertTargetIDs": []}}}"""
    ),
    setup=(
        Step(
            marked("In Azure Monitor, open Alerts, Action groups, and add an action of the type Webhook with the URL:"),
            "{url}",
        ),
        Step(marked("Say yes to “Enable the common alert schema”.")),
        Step(marked("Test the action group, then name it in your alert rules.")),
    ),
)
