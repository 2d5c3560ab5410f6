"""Which open incident an alert joins: its group's, or that of something broken which it stands on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions import saying
from allclear.alerts.facts import nodes_of
from allclear.alerts.merged import goes_on_in
from allclear.alerts.models import RESOLVED, Alert
from allclear.catalog.topology import felt
from allclear.domain.alerts.event import Severity
from allclear.domain.alerts.rules import Rule
from allclear.domain.alerts.topology import CI, SERVICE, Node
from allclear.domain.terms import ENDED, OPEN, Status
from allclear.domain.trace import Step
from allclear.incidents.models import Incident

BROKEN = (Severity.CRITICAL, Severity.ERROR, Severity.UNKNOWN)  # a mere warning brings nothing down
_GOES_ON = Q(incident__status__in=OPEN) | Q(incident__merged_into__isnull=False)
REMEMBERED = timedelta(hours=24)  # for so long a new incident is related to the one before it


@dataclass(frozen=True, slots=True)
class Target:
    """An open incident to join, locked, and why just that one."""

    incident: Incident
    why: Step


def target(row: Alert, rule: Rule, group_key: str) -> Target | None:
    """The open incident to join, locked; None: there is none. One that is resolved or ended never is.

    1. Of a flapping alert: where it was before. 2. The group's. 3. That of what has failed below.
    """
    if row.is_flapping and (found := _same_key(row)):
        return Target(found, saying.comes_and_goes())
    if group_key and rule.group and (found := _of_group(row, rule, group_key)):
        return Target(found, saying.alike(rule))
    return _below(row) if rule.group and rule.group.has_topology else None


def root_below(rows: Iterable[Alert]) -> dict[int, Node]:
    """For each alert, the lowest node that it stands on and that has failed too, among these or by an open incident."""
    topology, listed = felt.get(), list(rows)
    lower = {row.pk: topology.stands_on(*nodes_of(row)) - set(nodes_of(row)) for row in listed}
    wanted = frozenset().union(*lower.values()) if lower else frozenset()
    if not wanted:
        return {}
    broken = {node for row in listed if row.severity in BROKEN for node in nodes_of(row)} & wanted
    broken |= {node for one in _failing(wanted) for node in nodes_of(one)}
    depth = {node: len(topology.stands_on(node)) for node in broken}
    return {
        pk: min(nodes & broken, key=lambda node: (depth[node], node)) for pk, nodes in lower.items() if nodes & broken
    }


def above(row: Alert, rule: Rule, incident_id: int) -> Sequence[int]:
    """Open incidents of what stands on this and began to fail shortly before it, in the order of their keys."""
    if not rule.group or not rule.group.has_topology or row.severity not in BROKEN:
        return []
    carried = felt.get().carries(*nodes_of(row)) - set(nodes_of(row))
    if not carried:
        return []
    rows = Alert.objects.exclude(status=RESOLVED).filter(
        about(carried), incident__status__in=OPEN, incident__parent=None,
        first_seen_at__gte=row.first_seen_at - rule.group.within,
    )  # fmt: skip
    found = rows.exclude(incident_id=incident_id).order_by("incident_id").values_list("incident_id", flat=True)
    return [pk for pk in found.distinct() if pk]


def before(row: Alert, group_key: str, now: datetime) -> int | None:
    """The incident of the same group or key that ended last, not long ago."""
    same = Q(integration_id=row.integration_id, dedup_key=row.dedup_key)
    if group_key:
        same |= Q(group_key=group_key)
    ended = Q(incident__resolved_at__gte=now - REMEMBERED) | Q(incident__closed_at__gte=now - REMEMBERED)
    rows = Alert.objects.filter(same, ended, incident__status__in={Status.RESOLVED, *ENDED}).exclude(pk=row.pk)
    return rows.order_by("-incident_id").values_list("incident_id", flat=True).first()


def about(nodes: Collection[Node]) -> Q:
    """Alerts about any of these."""
    cis = [node.id for node in nodes if node.kind == CI]
    services = [node.id for node in nodes if node.kind == SERVICE]
    return Q(ci_id__in=cis) | Q(ci_id=None, service_id__in=services)


def _same_key(row: Alert) -> Incident | None:
    rows = Alert.objects.filter(integration_id=row.integration_id, dedup_key=row.dedup_key, pk__lt=row.pk)
    last = rows.order_by("-pk").values_list("incident_id", flat=True).first()
    return _open([last]) if last else None


def _of_group(row: Alert, rule: Rule, group_key: str) -> Incident | None:
    assert rule.group is not None
    since = row.first_seen_at - rule.group.within
    rows = Alert.objects.filter(_GOES_ON, group_key=group_key, last_seen_at__gte=since).exclude(pk=row.pk)
    return _open(rows.order_by().values_list("incident_id", flat=True).distinct())


def _below(row: Alert) -> Target | None:
    """The incident of the lowest failed thing; where several are alike, the oldest."""
    topology = felt.get()
    lower = topology.stands_on(*nodes_of(row)) - set(nodes_of(row))
    failing = [one for one in _failing(lower) if one.pk != row.pk] if lower else []
    ranked = sorted(failing, key=lambda one: (len(topology.stands_on(*nodes_of(one))), one.incident_id or 0))
    for one in ranked:
        if found := _open([one.incident_id]):
            return Target(found, saying.stands_on(one))
    return None


def _failing(nodes: Collection[Node]) -> QuerySet[Alert]:
    """Alerts that fire, have an incident that is open or was merged, and say that one of these has failed."""
    rows = Alert.objects.exclude(status=RESOLVED).filter(about(nodes), severity__in=BROKEN)
    named = rows.filter(_GOES_ON).select_related("ci", "service")
    return named.only("pk", "incident_id", "ci_id", "service_id", "ci__name", "service__name")


def _open(incident_ids: Iterable[int | None]) -> Incident | None:
    """The newest of these, or of those that they were merged into, that is still open: looked at under its lock."""
    ends = set(goes_on_in(incident_ids).values())
    rows = Incident.objects.visible_to(SYSTEM_VIEWER).filter(pk__in=ends, status__in=OPEN)
    return rows.select_for_update(of=("self",)).order_by("-pk").first()
