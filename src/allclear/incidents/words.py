"""The free texts of one incident, read in one query. Internal notes are read only for those who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q

from allclear.incidents.models import Content, Incident, InternalNote, PublicReply

ERASED = "[This text was erased.]"


@dataclass(slots=True)
class Words:
    """Body by the id of its row; `texts` says which row stands in which slot now."""

    bodies: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, ref_id: str | None) -> str:
        return self.bodies.get(str(ref_id), "") if ref_id else ""

    def slot(self, name: str) -> str:
        """The text that stands in a slot of the incident now."""
        return self.of(self.texts.get(name, {}).get("id"))


def words_of(row: Incident, *, internal: bool) -> Words:
    """All texts of an incident; internal notes only when `internal`."""
    tables: list[Any] = [Content, PublicReply, *([InternalNote] if internal else [])]
    first, *others = [_rows(table, row.pk) for table in tables]
    bodies = {str(pk): ERASED if is_erased else body for pk, body, is_erased in first.union(*others, all=True)}
    return Words(bodies, row.texts)


def _rows(table: Any, incident_id: int) -> Any:
    is_erased = ExpressionWrapper(Q(erased_at__isnull=False), output_field=BooleanField())
    rows = table.objects.filter(incident_id=incident_id).order_by()
    return rows.annotate(is_erased=is_erased).values_list("pk", "body", "is_erased")
