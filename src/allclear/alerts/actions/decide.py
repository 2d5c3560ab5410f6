"""From alerts to incidents: look at each alert whose time has come, and settle it in one transaction with its group.

1. Plan without locks: alerts that belong together are looked at together, what others stand on before those others.
2. One at a time: an advisory lock of the transaction, then the alerts' row locks, in order.
3. Look again under the locks. What is settled or was moved meanwhile is left alone.
4. Join an open incident or open one, through the incidents' own verbs, and write down what was decided and why.

Killed half way, nothing happened: the incident and the alert's outcome are committed together or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from allclear.alerts.actions import clearing, joining, saying, storms
from allclear.alerts.actions.opening import name_ci, open_incident, request_for
from allclear.alerts.actions.outcomes import Looked, again, settled, stay, tell, wait_for_one
from allclear.alerts.actions.raising import acknowledge
from allclear.alerts.facts import nodes_of
from allclear.alerts.holding import Sight, sight
from allclear.alerts.models import RESOLVED, Alert
from allclear.catalog.policies import in_force
from allclear.catalog.topology import felt
from allclear.domain.alerts.folding import worst
from allclear.domain.alerts.grouping import group_key
from allclear.domain.alerts.looking import Look, Way
from allclear.domain.alerts.rules import Rule, RuleAction
from allclear.domain.trace import Step, Trace
from allclear.incidents.actions import link_parent, relate_incident
from allclear.incidents.actions.run import Request
from allclear.incidents.models import Incident
from allclear.kernel.announce import announce
from allclear.kernel.errors import AllclearError
from allclear.kernel.generation import held_still
from allclear.kernel.words import say

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


def due(now: datetime, without: Collection[int], limit: int) -> list[int]:
    """Alerts whose time has come, in order."""
    rows = Alert.objects.filter(decide_at__lte=now).exclude(pk__in=without).order_by("decide_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def decide_due(now: datetime, limit: int = 100) -> int:
    """Settle what is due; gives how many alerts. What cannot be settled raises."""
    return sum(settle_together(keys, now) for keys in plan(due(now, (), limit), now))


def plan(keys: Sequence[int], now: datetime) -> list[list[int]]:
    """The keys in bundles that are settled in one transaction each, in the order in which they should be.

    Nothing is locked or written. What has failed below comes before what stands on it, so that it can be joined.
    """
    with held_still():
        rows = list(Alert.objects.filter(pk__in=keys).order_by("first_seen_at", "pk"))
        view, roots, topology = sight(now), joining.root_below(rows), felt.get()
        bundles: dict[Any, list[int]] = {}
        depth: dict[Any, tuple[int, int]] = {}
        for place, row in enumerate(rows):
            name = _bundle(row, view, roots)
            bundles.setdefault(name, []).append(row.pk)
            below = topology.stands_on(*nodes_of(row)) if row.pk in roots else ()
            depth.setdefault(name, (len(below), place))
        return [bundles[name] for name in sorted(bundles, key=depth.__getitem__)]


def _bundle(row: Alert, view: Sight, roots: Mapping[int, Any]) -> Any:
    if row.incident_id:
        return "incident", row.incident_id
    if row.status == RESOLVED:
        return ("over",)
    facts, look = view.look(row)
    if look.rule is None or look.way is not Way.GO:
        return ("staying",)  # they touch no incident: in a storm, most of them, and one transaction settles all
    if row.pk in roots and look.rule.group and look.rule.group.has_topology:
        return "root", look.rule.key, roots[row.pk]
    return ("group", look.rule.key, key) if (key := group_key(facts, look.rule)) else ("alert", row.pk)


def settle_together(keys: Sequence[int], now: datetime) -> int:
    """Settle these in one transaction; gives how many were still due."""
    with held_still(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('alerts:decide'))")
        locked = Alert.objects.select_for_update(of=("self",)).filter(pk__in=keys, decide_at__lte=now)
        rows = list(locked.order_by("pk"))
        told = [row for row in rows if row.incident_id]
        clearing.over([row for row in rows if not row.incident_id and row.status == RESOLVED], now)
        clearing.clear([row for row in told if row.status == RESOLVED], now)
        again([row for row in told if row.status != RESOLVED], now)
        opened = _decide([row for row in rows if not row.incident_id and row.status != RESOLVED], now)
        if rows:
            announce("alerts")
    _call(opened, now)
    return len(rows)


def push_on(key: int, error: Exception, now: datetime) -> None:
    """An alert that cannot be settled says why and is tried again: after a minute, later after an hour at most."""
    with transaction.atomic():
        row = Alert.objects.select_for_update(of=("self",)).filter(pk=key, decide_at__lte=now).first()
        if row is None:
            return
        wait = min(max(_FIRST_WAIT, (now - row.first_seen_at) / 2), _LONGEST_WAIT)
        row.decide_at = now + wait
        at = row.decide_at.isoformat(timespec="seconds")
        reason = say("It is tried again at {at}: {error}", at=at, error=str(error)[:500])
        row.trace = [dict(Trace("alerts", say("It could not be decided"), steps=(Step("", reason),)).as_data())]
        row.save(update_fields=["decide_at", "trace"])


def _decide(rows: Sequence[Alert], now: datetime) -> list[str]:
    """Look at alerts that belong to no incident yet; gives the groups for which one has opened."""
    if not rows:
        return []
    view = sight(now)
    going: dict[tuple[str, str], list[Looked]] = {}
    staying: list[tuple[Alert, Look]] = []
    for row in rows:
        facts, look = view.look(row)
        if look.way is Way.GO and look.rule:
            name_ci(row, facts, look.rule)
            key = group_key(replace(facts, ci_id=row.ci_id), look.rule)
            going.setdefault((look.rule.key, key or f"alone {row.pk}"), []).append(
                Looked(row, facts, look, saying.kept_back(row, look))
            )
        else:
            staying.append((row, look))
    stay(staying, now)
    joined: dict[int, tuple[Incident, list[Looked], list[Step]]] = {}
    opened: list[str] = []
    for (_, key), looked in going.items():
        incident, rest, why = _go(looked, "" if key.startswith("alone") else key, now)
        if incident:
            _, all_, whys = joined.setdefault(incident.pk, (incident, [], []))
            all_.extend(rest)
            whys.extend(why)
            opened += [key] if len(rest) < len(looked) else []
    for incident, rest, why in joined.values():
        tell(rest, incident, why, now)
    return opened


def _go(looked: Sequence[Looked], key: str, now: datetime) -> tuple[Incident | None, list[Looked], list[Step]]:
    """Join an open incident, all of a group together; else open one. Gives it, those that have joined it, and why."""
    first, rule = _lead(looked), looked[0].look.rule
    assert rule is not None
    request = request_for([one.row for one in looked], rule, now)
    found = joining.target(first.row, rule, key)
    incident, why = (found.incident, found.why) if found else (None, saying.alike(rule))
    if incident is None and rule.action is RuleAction.JOIN:
        wait_for_one(looked, key, now)
        return None, [], []
    rest = list(looked)
    if incident is None:
        incident, opening = open_incident(
            first.row, first.facts, rule, request, impact_at=first.look.impact_at,
            alone=saying.alone(rule, key), kept=first.kept,
        )  # fmt: skip
        rest.remove(first)
        settled([first], incident, "opened", key, (opening,), now)
        _relate(first.row, key, incident, request)
        storms.note_opened(incident.pk, now)
        acknowledge(incident, [first.row], request)
    if rest:
        settled(rest, incident, "joined", key, (_joins(incident, why),), now)
    _adopt([one.row for one in looked], rule, incident, request)
    return incident, rest, [why] if rest else []


def _lead(looked: Sequence[Looked]) -> Looked:
    """The gravest of them, the first of those."""
    gravest = worst([one.row.severity for one in looked])
    return next(one for one in looked if one.row.severity == gravest)


def _call(keys: Collection[str], now: datetime) -> None:
    """Alerts that wait to join an incident of these groups are looked at again.

    After the commit: those who decide lock no alerts but their own, so that they and the fold never wait in a circle.
    """
    if keys and any(rule.action is RuleAction.JOIN for rule in in_force().alert_rules.rules):
        waiting = Alert.objects.exclude(status=RESOLVED).filter(group_key__in=keys, outcome="recorded", incident=None)
        waiting.update(decide_at=now)


def _joins(incident: Incident, why: Step) -> Trace:
    return Trace("grouping", say("It joined {number}", number=incident.number), steps=(why,))


def _relate(row: Alert, key: str, incident: Incident, request: Request) -> None:
    """It was mended not long ago: whoever works on it finds what was done then."""
    if other := joining.before(row, key, request.now):
        _tried(relate_incident, request, incident.pk, other)


def _adopt(rows: Sequence[Alert], rule: Rule, incident: Incident, request: Request) -> None:
    """What stands on this has failed shortly before: its incidents hang below this one from now on."""
    if incident.parent_id:
        return
    for pk in dict.fromkeys(pk for row in rows for pk in joining.above(row, rule, incident.pk)):
        _tried(link_parent, request, pk, incident.pk)


def _tried(verb: Any, *args: Any) -> None:
    """A link that is refused (its record ended meanwhile) is no reason to lose an alert."""
    try:
        with transaction.atomic():
            verb(*args)
    except AllclearError:
        return
