"""The free texts of one incident, read in one query. Internal notes are read only for those who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from allclear.incidents.models import Content, Incident, InternalNote, PublicReply
from allclear.kernel.models import Event


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
    why = _erasures(row)
    bodies = {
        str(pk): erased_words(at, why.get(at, "")) if at else body for pk, body, at in first.union(*others, all=True)
    }
    return Words(bodies, row.texts)


def _erasures(row: Incident) -> Mapping[datetime, str]:
    """Why something was erased, by the instant; read only of an incident of which something is."""
    if row.erased_at is None:
        return {}
    events = Event.objects.filter(stream_type="incident", stream_id=row.pk, kind="texts_erased")
    return dict(events.values_list("recorded_at", "data__because"))


def erased_words(at: datetime, because: str = "") -> str:
    """What stands where a text was, in the reader's language."""
    # Translators: letters of Django's date format, not words: 22 November 2026
    day = date_format(timezone.localtime(at), gettext("j F Y"))
    if because == "retention":
        return gettext("[Erased on %(day)s under the retention rules.]") % {"day": day}
    if because == "person":
        return gettext("[Erased on %(day)s on request of the person.]") % {"day": day}
    return gettext("[Erased on %(day)s.]") % {"day": day}


def _rows(table: Any, incident_id: int) -> Any:
    return table.objects.filter(incident_id=incident_id).order_by().values_list("pk", "body", "erased_at")
