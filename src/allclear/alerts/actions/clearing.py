"""What happens when alerts are over: the incident's history says so, and its rule resolves it, asks, or leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from allclear.alerts.actions import settling
from allclear.alerts.actions.opening import request_for
from allclear.alerts.merged import all_of, end_of
from allclear.alerts.models import RESOLVED, Alert
from allclear.alerts.rules import rule_that_decided
from allclear.domain.alerts.rules import OnClear
from allclear.domain.terms import OPEN
from allclear.domain.trace import Step, Trace
from allclear.incidents.actions import Request, Resolution, resolve_incident
from allclear.incidents.actions.monitoring import CLEARED, tell_alerts
from allclear.incidents.models import Incident
from allclear.kernel.errors import AllclearError
from allclear.kernel.words import say, say_many

CODE = "restored_by_itself"  # of the catalogue's list; without it the incident asks
MOST_NAMED = 200
OVER = "over"  # the rule in the trace of such an alert


def over(rows: Sequence[Alert], now: datetime) -> None:
    """Alerts that were over before anything was opened for them. One that flapped and is calm now has been told."""
    new = [row for row in rows if row.outcome != "recorded" and _rule_of(row) != OVER]
    for row in new:
        outcome = "recorded" if row.outcome == "waiting" else row.outcome
        settling.settle(row, outcome, [Trace(OVER, _before(row))], held_by=row.held_by)
    for row in rows:
        settling.rest(row, now)
    settling.save(rows)
    settling.note(new, "over", now)


def _rule_of(row: Alert) -> str:
    return str(row.trace[0].get("rule", "")) if row.trace else ""


def _before(row: Alert) -> str:
    sentences = {
        "held": say("It was over before the wait was: it opened nothing"),
        "suppressed": say("It was over while it was kept quiet: it opened nothing"),
    }
    if row.held_by.get("kind") == "trend":
        return say("It was over before its trend was there: it opened nothing")
    return sentences.get(row.outcome) or say("It was over before it was looked at: it opened nothing")


def clear(rows: Sequence[Alert], now: datetime) -> None:
    """Alerts of incidents that are over. Those that come and go count only once they are calm."""
    calm: dict[int, list[Alert]] = {}
    for row in rows:
        settling.rest(row, now)
        if not row.is_flapping and row.incident_id:
            calm.setdefault(row.incident_id, []).append(row)
    settling.save(rows)
    for incident_id, over_now in calm.items():
        _clear(incident_id, over_now, now)
        settling.note(over_now, "cleared", now)


def _alerts_of(incident_id: int) -> QuerySet[Alert]:
    """Its alerts, and those of the incidents that were merged into it."""
    return Alert.objects.filter(incident__in=all_of(incident_id))


def _that_fire(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those that still fire, or come and go."""
    return rows.exclude(status=RESOLVED, is_flapping=False)


def _clear(incident_id: int, rows: Sequence[Alert], now: datetime) -> None:
    incident_id = end_of(incident_id)  # whoever works on the fault works on that one
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
    if incident.status not in OPEN:
        return
    rule = rule_that_decided(rows[-1].rule, rows[-1].rules_version)
    left = _that_fire(_alerts_of(incident_id)).count()
    request = request_for(rows, rule, now)
    on_clear = rule.on_clear if rule else OnClear.ASK
    steps: tuple[Step, ...] = ()
    if left == 0 and on_clear is OnClear.RESOLVE:
        if (reason := _resolve(request, incident_id)) is None:
            return
        steps = (Step(say("It was to be resolved by itself"), reason, matched=False),)
    facts = {"alert_ids": [row.pk for row in rows][:MOST_NAMED], "count": len(rows), "left": left}
    why = Trace("alert rules", _summary(len(rows), left), request.cause.get("rules_version"), steps)
    tell_alerts(request, incident_id, CLEARED, why=why, facts=facts)


def _summary(count: int, left: int) -> str:
    if left:
        return say_many(
            "An alert is over; still firing: {left}", "{count} alerts are over; still firing: {left}", count, left=left
        )
    return say_many("Its alert is over: none fires any more", "Its last {count} alerts are over", count)


def _resolve(request: Request, incident_id: int) -> str | None:
    """Resolve it; gives the reason when that is refused (open tasks, a cause that has to be named)."""
    text = say("All alerts are over.")
    try:
        with transaction.atomic():
            resolve_incident(request, incident_id, Resolution(CODE, text))
    except AllclearError as error:
        return error.message
    return None
