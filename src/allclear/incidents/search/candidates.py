"""Which incidents a question finds: the open ones, then the newest thousands, then all, until there are enough.

A word that stands everywhere is answered from the open and the newest ones; a rare word costs little in all of them. So
the time of an answer does not grow with the number of incidents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max, Q

from allclear.accounts.permissions import Viewer
from allclear.domain.terms import OPEN
from allclear.incidents.models import Incident, SearchDocument
from allclear.incidents.search.asked import Question, compiled, either
from allclear.incidents.search.index import BLOCK, block
from allclear.incidents.search.parts import EVERYTHING, PUBLIC, A

ALL = Q()
MOST = 300  # hits that are ranked; whoever gets more should say more
_NEWEST = 4  # blocks that are looked through before all others
_HALF = 45  # days after which an incident is half as fresh
_WEIGHTS = "{0.1, 0.3, 0.6, 1.0}"  # of words with the weights D, C, B, A


@dataclass(frozen=True, slots=True)
class Candidates:
    """Keys in the order of their worth. `is_all`: there are no others."""

    ids: Sequence[int]
    is_all: bool


def weights_of(viewer: Viewer) -> str:
    """By which words this person may find something."""
    return EVERYTHING if viewer.may("incident.read_internal") else PUBLIC


def find_ids(question: Question, viewer: Viewer, now: datetime, also: Q = ALL, most: int = MOST) -> Candidates:
    """The best hits that the viewer may see; `also` narrows them further."""
    query = compiled(question, weights_of(viewer))
    found, is_all = gathered(query, viewer, also, most)
    return Candidates(_ranked(found, compiled(question, A), query, now), is_all)


def gathered(query: str, viewer: Viewer, also: Q, most: int) -> tuple[list[int], bool]:
    """Keys of visible hits, and whether these are all."""
    rows = Incident.objects.visible_to(viewer).filter(also).order_by("-pk")

    def matching(asked: str, only_open: bool = False) -> list[int]:
        wanted = Q(found_by__words__matches=asked, **({"found_by__is_open": True} if only_open else {}))
        return list(rows.filter(wanted).values_list("pk", flat=True)[:most])

    if not viewer.is_staff:  # has few
        found = matching(query)
        return found, len(found) < most
    best = dict.fromkeys([*matching(query, only_open=True), *matching(f"{newest_blocks()} & {query}")])
    if len(best) >= most:
        return list(best), False
    everything = matching(query)
    return list(dict.fromkeys([*best, *everything])), len(everything) < most


def newest_blocks() -> str:
    """The words of the newest blocks, in PostgreSQL's notation."""
    newest = SearchDocument.objects.aggregate(last=Max("incident_id"))["last"] or 0
    return either(f"'{block(max(0, newest - BLOCK * back))}'" for back in range(_NEWEST))


_RANK = """
SELECT row.id, row.status, coalesce(row.last_progress_at, row.logged_at),
       ts_rank(%s::float4[], found.words, %s::tsquery), found.words @@ %s::tsquery
  FROM incidents_search found JOIN incidents_incident row ON row.id = found.incident_id
 WHERE found.incident_id = ANY(%s)
"""


def _ranked(ids: Collection[int], in_title: str, query: str, now: datetime) -> list[int]:
    """Words of the title before those of texts, open before ended, fresh before old."""
    with connection.cursor() as cursor:
        cursor.execute(_RANK, [_WEIGHTS, query, in_title, list(ids)])
        rows = cursor.fetchall()
    best = max((row[3] for row in rows), default=0) or 1.0
    worth = {
        pk: 0.8 * is_title + 0.6 * rank / best + 1.3 * (status in OPEN) + freshness(at, now)
        for pk, status, at, rank, is_title in rows
    }
    return sorted(worth, key=lambda pk: (-worth[pk], -pk))


def freshness(at: datetime, now: datetime) -> float:
    """1 for now, a half after some weeks, towards 0 after years."""
    return _HALF / (_HALF + max(0.0, (now - at).total_seconds() / 86_400))


def in_order(ids: Sequence[int], rows: Iterable[Incident]) -> list[Incident]:
    found = {row.pk: row for row in rows}
    return [found[pk] for pk in ids if pk in found]
