"""Prometheus straight to us: POST /api/v2/alerts as Alertmanager's API v2 takes it, also from amtool."""

from __future__ import annotations

import json

from allclear.domain.alerts import Action, Event
from allclear.domain.alerts.kinds import Example, Step
from allclear.intake.dialects.alertmanager import DROP_LABELS, LONGEST, event_of
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received
from allclear.intake.dialects.pasted import pasted
from allclear.intake.dialects.reading import Part, each_part, json_of
from allclear.kernel.words import marked


def _read(received: Received) -> Reading:
    """As Alertmanager: what is valid is taken, also where the answer has to say that something else is not."""
    events, left_out = each_part(json_of(received), "", lambda alert: _event(alert, received))
    return Reading(events, _refuse(400, left_out) if left_out else Answer(200, ""), left_out=left_out)


def _event(alert: Part, received: Received) -> Event:
    """It fires unless its end has come: Prometheus says with each repeat when it would be over without another."""
    ends_at = alert.instant("endsAt")
    is_over = ends_at is not None and ends_at <= received.received_at
    dropped = received.options.get("drop_labels", DROP_LABELS.default)
    return event_of(alert, Action.RESOLVE if is_over else Action.TRIGGER, dropped, {})


def _refuse(status: int, reason: str) -> Answer:
    return Answer(status, json.dumps(reason), {"content-type": "application/json"})  # a JSON string, as Alertmanager's


DIALECT = Dialect(
    kind="prometheus",
    name="Prometheus",
    read=_read,
    refuse=_refuse,
    options=(DROP_LABELS,),
    longest=LONGEST,
    example=Example(
        """[{"labels": {"alertname": "AllclearTest", "severity": "info", "instance": "allclear"},
"annotations": {"summary": "Test from Allclear"}}]""",
        path="api/v2/alerts",
    ),
    setup=(
        Step(marked("In prometheus.yml, name Allclear as an Alertmanager:"), pasted("prometheus.yml")),
        Step(marked("Or keep the key out of the path:"), pasted("prometheus-bearer.yml")),
        Step(marked("It may stand beside your Alertmanagers: Prometheus sends every alert to all of them.")),
        Step(
            marked("Then reload Prometheus and send a test alert:"),
            "amtool --alertmanager.url={url} alert add AllclearTest severity=info instance=test",
        ),
    ),
)
