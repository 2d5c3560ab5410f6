"""What a look at alerts came to: written on the alerts, with its reasons, and told to the incident."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allclear.alerts.actions import saying, settling
from allclear.alerts.actions.opening import request_for
from allclear.alerts.actions.raising import acknowledge, raise_weight
from allclear.alerts.merged import goes_on_in
from allclear.alerts.models import Alert, AlertDecision
from allclear.alerts.rules import rule_that_decided
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.folding import is_worse
from allclear.domain.alerts.looking import Look, Way
from allclear.domain.trace import Step, Trace
from allclear.incidents.actions.monitoring import JOINED, tell_alerts
from allclear.incidents.models import Incident
from allclear.kernel.words import say, say_many

MOST_NAMED = 200  # keys of alerts in one event of an incident
Said = list[tuple[list[Alert], str, dict[str, Any]]]  # decisions that say the same: whose, what kind, what beside


@dataclass(frozen=True, slots=True)
class Looked:
    """An alert under its lock, and what the look came to."""

    row: Alert
    facts: AlertFacts
    look: Look
    kept: tuple[Step, ...] = ()  # by what it was held until now


def stay(looked: Sequence[tuple[Alert, Look]], now: datetime) -> None:
    """They open nothing, now or at all."""
    said: Said = []
    for row, look in looked:
        released = row.outcome == "suppressed" and look.way is not Way.SUPPRESSED
        is_new = (row.outcome, row.held_by.get("id"), row.rule) != (look.way, look.held_by.get("id"), _name(look))
        settling.settle(row, look.way, look.traces, until=look.until, held_by=look.held_by, **_by(look))
        if look.until is None or look.way is Way.RECORDED:
            settling.rest(row, now, look.until)
        if is_new:
            _say(said, row, "released" if released else "decided", look)
    settling.save([row for row, _ in looked])
    _note(said, now)


def settled(
    looked: Sequence[Looked], incident: Incident, outcome: str, key: str, more: Sequence[Trace], now: datetime
) -> None:
    """They opened this incident or joined it."""
    said: Said = []
    for one in looked:
        _say(said, one.row, "released" if one.row.outcome == "suppressed" else "decided", one.look)
        beside = {"incident_id": incident.pk, "group_key": key, **_by(one.look)}
        settling.settle(one.row, outcome, (*one.look.traces, *more), **beside)
        settling.rest(one.row, now)
    settling.save([one.row for one in looked])
    _note(said, now)


def wait_for_one(looked: Iterable[Looked], key: str, now: datetime) -> None:
    """A rule that only joins found nothing to join: should one of its group open later, it is looked at again."""
    why = Trace("joining", say("No incident of its group is open: it waits for one"))
    rows = []
    for one in looked:
        settling.settle(one.row, "recorded", (*one.look.traces, why), group_key=key, **_by(one.look))
        settling.rest(one.row, now)
        rows.append(one.row)
    settling.save(rows)
    settling.note(rows, "decided", now)


def tell(looked: Sequence[Looked], incident: Incident, why_it: Sequence[Step], now: datetime) -> None:
    """The incident learns of those that have joined it: one entry for all, its weight, that somebody owns it."""
    if not looked or (rule := looked[0].look.rule) is None:
        return
    rows, count = [one.row for one in looked], len(looked)
    request = request_for(rows, rule, now)
    summary = say_many("An alert joined it ({rule})", "{count} alerts joined it ({rule})", count, rule=rule.name)
    steps = list(dict.fromkeys([*(step for one in looked for step in one.kept), *why_it]))[: saying.MOST_STEPS]
    why = Trace("alert rules", summary, looked[0].look.traces[0].version, tuple(steps))
    facts = {"alert_ids": [row.pk for row in rows][:MOST_NAMED], "count": count}
    tell_alerts(request, incident.pk, JOINED, why=why, facts=facts)
    raise_weight(incident, rows, rule, request)
    acknowledge(incident, rows, request)


def again(rows: Sequence[Alert], now: datetime) -> None:
    """Alerts of an incident that fire on, and are graver than before, acknowledged, or calm after flapping."""
    ends = goes_on_in(row.incident_id for row in rows)
    incidents = Incident.objects.in_bulk(set(ends.values()))
    for row in rows:
        settling.rest(row, now)
        rule = rule_that_decided(row.rule, row.rules_version)
        if row.incident_id:
            request, incident = request_for([row], rule, now), incidents[ends[row.incident_id]]
            if rule and is_worse(row.severity, _severity_before(row)):
                raise_weight(incident, [row], rule, request)
                settling.note([row], "graver", now)
            acknowledge(incident, [row], request)
    settling.save(rows)


def _say(said: Said, row: Alert, kind: str, look: Look) -> None:
    """One decision more, with those like the one before it: what in shadow would have held one held not the next."""
    data = _beside(look)
    if said and said[-1][1:] == (kind, data):
        said[-1][0].append(row)
    else:
        said.append(([row], kind, data))


def _note(said: Said, now: datetime) -> None:
    for rows, kind, data in said:
        settling.note(rows, kind, now, data=data)


def _severity_before(row: Alert) -> str:
    """How grave it was when somebody or something last decided about it."""
    last = AlertDecision.objects.filter(alert=row, data__has_key="severity").order_by("-pk").first()
    return str(last.data["severity"]) if last else row.severity


def _name(look: Look) -> str:
    return look.rule.name if look.rule else ""


def _by(look: Look) -> dict[str, Any]:
    return {"rule": _name(look), "rules_version": look.traces[0].version}


def _beside(look: Look) -> dict[str, Any]:
    """What rules and holders in shadow would have done."""
    would = [{"kind": str(one.kind), "id": one.id, "name": one.name} for one in look.would]
    shadowed = [rule.name for rule in look.shadowed]
    return {name: value for name, value in (("would", would), ("shadowed", shadowed)) if value}
