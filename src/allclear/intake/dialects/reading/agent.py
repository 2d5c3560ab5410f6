"""What PagerDuty's agents for Nagios and Zabbix queue: the Events API v1 around the tool's own macros."""

from __future__ import annotations

from collections.abc import Mapping

from allclear.domain.alerts import Action, Event, Link, Severity
from allclear.intake.dialects.base import Unreadable
from allclear.intake.dialects.reading.finish import finished
from allclear.intake.dialects.reading.labels import flat
from allclear.intake.dialects.reading.part import Part, nameless
from allclear.intake.dialects.reading.severity import severity_of
from allclear.kernel.words import say

_ACTIONS = {"trigger": Action.TRIGGER, "acknowledge": Action.ACKNOWLEDGE, "resolve": Action.RESOLVE}
_NAMES = {"HOSTNAME": "host", "hostname": "host", "SERVICEDESC": "service", "ip": "ip", "name": "trigger"}


def is_agent(body: Part) -> bool:
    return "event_type" in body.value and "incident_key" in body.value


def agent_event(body: Part, words: Mapping[str, Severity]) -> Event:
    """One message. Raises `Unreadable`."""
    action, key = _ACTIONS.get(body.text("event_type").lower()), body.text("incident_key")
    if action is None:
        raise Unreadable(say("“event_type” must be one of: trigger, acknowledge, resolve."))
    if not key:
        raise nameless("incident_key")
    details = body.part("details")
    labels = flat({_NAMES[name]: value for name, value in details.value.items() if name in _NAMES})
    return finished(
        action,
        key,
        body.text("description"),
        severity=severity_of(details.text("SERVICESTATE", "HOSTSTATE", "severity"), words),
        source=labels.get("host", ""),
        labels=labels,
        details=dict(details.value),
        links=[Link(body.text("client_url"), body.text("client"))],
    )
