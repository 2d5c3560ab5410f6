"""Check that the index says what stands in the incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from allclear.incidents.models import Incident
from allclear.incidents.search.index import BATCH, Progress, vectors
from allclear.incidents.search.parts import read

_MOST_TOLD = 100

_DIFFERS = """
SELECT row.number
  FROM unnest(%s::bigint[], %s::bool[], %s::text[]) should(id, is_open, words)
  JOIN incidents_incident row ON row.id = should.id
  LEFT JOIN incidents_search found ON found.incident_id = should.id
 WHERE (found.is_open, found.words) IS DISTINCT FROM (should.is_open, should.words::tsvector)
 ORDER BY row.id
"""


@dataclass(slots=True)
class Checked:
    """`stale` are numbers of incidents that are not found as they should be; all are counted, some are told."""

    incidents: int = 0
    stale_count: int = 0
    stale: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.stale_count == 0


def check(progress: Progress = lambda done, total: None) -> Checked:
    """Compare every incident with the index, batch by batch, each in one snapshot; changes nothing."""
    checked, last, total = Checked(), 0, Incident.objects.count()
    rows = Incident.objects.order_by("pk").values_list("pk", flat=True)
    while ids := list(rows.filter(pk__gt=last)[:BATCH]):
        with transaction.atomic():
            list(Incident.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
            stale = _stale(ids)
        checked.incidents += len(ids)
        checked.stale_count += len(stale)
        checked.stale += stale[: max(0, _MOST_TOLD - len(checked.stale))]
        last = ids[-1]
        progress(checked.incidents, max(total, checked.incidents))
    return checked


def _stale(ids: Sequence[int]) -> list[str]:
    found = read(ids)
    words = vectors(found)
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERS, [list(words), [found[pk].is_open for pk in words], list(words.values())])
        return [row[0] for row in cursor.fetchall()]
