"""Alerts as rules see them."""

from __future__ import annotations

from collections.abc import Mapping

from allclear.alerts.models import Alert, Integration
from allclear.catalog.topology import felt
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.topology import CI, SERVICE, Node
from allclear.kernel.generation import Cached


def _load() -> Mapping[int, tuple[str, str]]:
    return {pk: (name, kind) for pk, name, kind in Integration.objects.values_list("pk", "name", "kind")}


_integrations: Cached[Mapping[int, tuple[str, str]]] = Cached("integrations", _load)


def facts_of(row: Alert) -> AlertFacts:
    """An alert with the name of its integration and all that its service and configuration item stand on."""
    name, kind = _integrations.get().get(row.integration_id) or _fresh(row.integration_id)
    below = felt.get().stands_on(*nodes_of(row))
    return AlertFacts(
        alert_id=row.pk,
        integration_id=row.integration_id,
        integration_name=name,
        kind=kind,
        key=row.dedup_key,
        status=row.status,
        severity=row.severity,
        title=row.title,
        description=row.description,
        source=row.source,
        labels=row.labels,
        details=row.details,
        service_id=row.service_id,
        ci_id=row.ci_id,
        lower_service_ids=frozenset(node.id for node in below if node.kind == SERVICE),
        lower_ci_ids=frozenset(node.id for node in below if node.kind == CI),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        event_count=row.event_count,
        is_flapping=row.is_flapping,
    )


def nodes_of(row: Alert) -> list[Node]:
    """The configuration item that it is about, else the service."""
    if row.ci_id:
        return [Node(CI, row.ci_id)]
    return [Node(SERVICE, row.service_id)] if row.service_id else []


def _fresh(integration_id: int) -> tuple[str, str]:
    row = Integration.objects.get(pk=integration_id)
    return row.name, row.kind
