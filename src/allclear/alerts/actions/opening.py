"""Open an incident for an alert: what it is called, what it weighs, who gets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import open_teams
from allclear.alerts import things
from allclear.alerts.actions.saying import opened_by
from allclear.alerts.models import Alert
from allclear.catalog.policies import in_force
from allclear.catalog.queries import category, service_ids
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.grouping import incident_description, incident_title, value_of
from allclear.domain.alerts.rules import Rule
from allclear.domain.terms import Channel
from allclear.domain.trace import Step, Trace
from allclear.incidents.actions import LogForm, Request, log_incident
from allclear.incidents.models import Incident
from allclear.incidents.texts import LIMITS, LONGEST
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say


def request_for(rows: Sequence[Alert], rule: Rule | None, now: datetime) -> Request:
    """On behalf of the program; what caused it is the alert and the rule."""
    cause: dict[str, Any] = {"alert": rows[0].pk, "alerts": len(rows)}
    if rule:
        cause |= {"rule": rule.name, "rules_version": in_force().alert_rules.version}
    return Request(SYSTEM_VIEWER, now, cause=cause)


def open_incident(
    row: Alert,
    facts: AlertFacts,
    rule: Rule,
    request: Request,
    *,
    impact_at: datetime | None = None,
    alone: Sequence[Step] = (),
    kept: Sequence[Step] = (),
) -> tuple[Incident, Trace]:
    """Log it. What the rule names and is not there any more is left out, and the trace says so.

    `alone` says why it joins none, `kept` what had held it until now.

    A form that is refused all the same is logged with its title and words alone: no alert is lost over a wrong rule.
    """
    steps = list(alone)
    why = opened_by(rule, request.cause.get("rules_version"), (*kept, *alone))
    name_ci(row, facts, rule)
    form = _form(row, facts, rule, steps, impact_at, request.now)
    try:
        made = log_incident(request, form, why=why).incident
    except Invalid as error:
        steps.append(Step(say("Nothing but title and description was taken"), error.message, matched=False))
        bare = LogForm(form.title, form.description, channel=Channel.MONITORING)
        made = log_incident(request, bare, why=why).incident
    summary = say("It opened {number}", number=made.number)
    return made, Trace("opening", summary, in_force().alert_rules.version, tuple(steps))


def name_ci(row: Alert, facts: AlertFacts, rule: Rule) -> None:
    """The configuration item that the rule says where to find, if it is there."""
    name = value_of(facts, rule.incident.ci_from) if rule.incident.ci_from else ""
    if name:
        forms = things.forms(name)
        known = things.things_named([], forms).cis
        row.ci_id = next((known[form.lower()] for form in forms if form.lower() in known), row.ci_id)


def _form(
    row: Alert, facts: AlertFacts, rule: Rule, steps: list[Step], impact_at: datetime | None, now: datetime
) -> LogForm:
    spec, matrix = rule.incident, in_force().matrix
    weight = spec.weight(row.severity)
    node = category(spec.category_id)
    is_category = bool(node and node.is_active)
    if spec.category_id and not is_category:
        steps.append(Step(say("Category"), say("The rule's category is not there any more."), matched=False))
    is_team = spec.team_id in open_teams.get()
    if spec.team_id and not is_team:
        steps.append(Step(say("Team"), say("The rule's team is not there any more."), matched=False))
    service_id = spec.service_id or row.service_id
    if service_id and service_id not in service_ids.get():
        steps.append(Step(say("Service"), say("The rule's service is not there any more."), matched=False))
        service_id = None
    return LogForm(
        title=incident_title(facts, rule, LIMITS["title"]),
        description=incident_description(facts, row.links)[:LONGEST],
        channel=Channel.MONITORING,
        service_id=service_id,
        ci_ids=[row.ci_id] if row.ci_id else [],
        category_id=spec.category_id if is_category else None,
        impact=matrix.nearest(weight.impact) or None,
        urgency=matrix.nearest(weight.urgency) or None,
        team_id=spec.team_id if is_team else None,
        is_impending=impact_at is not None,
        predicted_impact_at=impact_at,
        detected_at=min(row.first_seen_at, now),
    )
