"""Which service and configuration item an alert is about, by the names that its labels and its source give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

SERVICE_LABELS = ("service", "service_name", "Service")
CI_LABELS = ("ci", "host", "hostname", "host_name", "instance", "node")
_BY_NAME = {
    "service": "SELECT lower(name), id FROM catalog_service WHERE lower(name) = ANY(%s) AND is_active",
    "ci": "SELECT lower(name), id FROM catalog_ci WHERE lower(name) = ANY(%s)",
    "external": "SELECT lower(external_key), min(id) FROM catalog_ci"
    " WHERE lower(external_key) = ANY(%s) AND external_key <> '' GROUP BY 1",
}


@dataclass(frozen=True, slots=True)
class Things:
    """Services and configuration items by their names in lower case."""

    services: Mapping[str, int] = field(default_factory=dict)
    cis: Mapping[str, int] = field(default_factory=dict)

    def service_of(self, labels: Mapping[str, str]) -> int | None:
        return _first(self.services, service_names(labels))

    def ci_of(self, labels: Mapping[str, str], source: str) -> int | None:
        return _first(self.cis, ci_names(labels, source))


def service_names(labels: Mapping[str, str]) -> list[str]:
    """The names that may be the service's, the best first."""
    return [labels[name] for name in SERVICE_LABELS if labels.get(name)]


def ci_names(labels: Mapping[str, str], source: str) -> list[str]:
    """The names that may be the configuration item's, the best first: as given, without port, without domain."""
    given = [labels[name] for name in CI_LABELS if labels.get(name)]
    return [form for name in (*given, *([source] if source else [])) for form in forms(name)]


def forms(name: str) -> list[str]:
    """`web1.example.org:9100` may be called so, or `web1.example.org`, or `web1`. An address stays whole."""
    host, colon, port = name.rpartition(":")
    bare = host if colon and port.isdecimal() and ":" not in host else name
    short = bare.partition(".")[0] if not bare.replace(".", "").isdecimal() else bare
    return list(dict.fromkeys(one for one in (name, bare, short) if one))


def things_named(services: Iterable[str], cis: Iterable[str]) -> Things:
    """Look up all these names at once. A configuration item is found by its name, else by its external key."""
    service_keys, ci_keys = _lower(services), _lower(cis)
    found = _rows("external", ci_keys) | _rows("ci", ci_keys)
    return Things(_rows("service", service_keys), found)


def services_of_integrations(integration_ids: Iterable[int]) -> dict[int, int]:
    """The service of each integration that has one: for alerts that name none."""
    sql = "SELECT id, service_id FROM alerts_integration WHERE id = ANY(%s) AND service_id IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(sql, [sorted(set(integration_ids))])
        return dict(cursor.fetchall())


def _rows(what: str, names: Sequence[str]) -> dict[str, int]:
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_NAME[what], [list(names)])
        return {str(name): int(pk) for name, pk in cursor.fetchall()}


def _lower(names: Iterable[Any]) -> list[str]:
    return sorted({str(name).lower()[:200] for name in names})


def _first(known: Mapping[str, int], names: Iterable[str]) -> int | None:
    return next((known[name.lower()] for name in names if name.lower() in known), None)
