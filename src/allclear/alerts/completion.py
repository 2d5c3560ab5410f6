"""What may come next while somebody types a filter of alerts: fields, labels and values as alerts lately had them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import Integration
from allclear.domain.alerts.facts import alert_schema
from allclear.domain.filters import Field, Named, Schema, slug
from allclear.incidents.completion import Suggestion, complete_in
from allclear.incidents.directory import Names

LOOKED_AT = 1000  # of the newest alerts, for names and values of labels
MOST = 200
_NAMES = """
    SELECT name, count(*) FROM (SELECT labels FROM alerts_alert ORDER BY id DESC LIMIT %s) AS newest,
    LATERAL jsonb_object_keys(labels) AS name GROUP BY name ORDER BY 2 DESC, 1 LIMIT %s"""
_VALUES = """
    SELECT labels ->> %s, count(*) FROM (SELECT labels FROM alerts_alert ORDER BY id DESC LIMIT %s) AS newest
    WHERE labels ? %s AND labels ->> %s <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s"""


def complete_alert_filter(text: str, cursor: int, viewer: Viewer, *, for_lists: bool = False) -> list[Suggestion]:
    """Ways to go on at this position, the likeliest first. Needs the right to read alerts."""
    viewer.require("alert.read")
    schema = _WithLabels(alert_schema(for_lists=for_lists), label_names())
    return complete_in(text, cursor, schema, _Begun(viewer), _known)


def label_names() -> list[str]:
    """The names of labels that alerts lately had, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [LOOKED_AT, MOST])
        return [str(row[0]) for row in cursor.fetchall()]


def label_values(name: str) -> list[str]:
    """The values that alerts lately had in this label, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_VALUES, [name, LOOKED_AT, name, name, MOST])
        return [str(row[0]) for row in cursor.fetchall()]


def _known(field: Field) -> list[tuple[str, str]]:
    kind, dot, name = field.column.partition(".")
    return [(value, "") for value in label_values(name)] if dot and kind == "labels" else []


class _Begun:
    """As the directory of incidents, and integrations."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self._names = Names(viewer)

    def begun(self, refers: str, text: str, limit: int) -> list[Named]:
        if refers != "integration":
            return self._names.begun(refers, text, limit)
        known = Integration.objects.order_by("name").values_list("pk", "name", "kind")
        return [Named(pk, name, detail=kind) for pk, name, kind in known if slug(text) in slug(name)][:limit]


class _WithLabels(Mapping[str, Field]):
    """A schema that also lists the labels that there are."""

    def __init__(self, schema: Schema, labels: list[str]) -> None:
        self._schema = schema
        self._labels = [f"label.{name}" for name in labels]

    def __getitem__(self, name: str) -> Field:
        return self._schema[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._schema
        yield from self._labels

    def __len__(self) -> int:
        return len(self._schema) + len(self._labels)
