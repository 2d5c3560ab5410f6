"""Search over incidents: number, title, texts, replies, notes, names, in several languages, with typing errors.

`words_q` narrows any list, `find` and `answer` give ranked hits, `alike` finds what is probably the same, and
`reindex` makes the index say what stands in the incidents. Notes and other texts for staff are found by staff only.
"""

from __future__ import annotations

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import SearchDocument
from allclear.incidents.search.alike import Similar, alike
from allclear.incidents.search.asked import compiled, understand
from allclear.incidents.search.candidates import weights_of
from allclear.incidents.search.finding import Answer, Hit, answer, find, widened
from allclear.incidents.search.index import keep, reindex, reindex_all, reindex_missing

__all__ = [
    "Answer",
    "Hit",
    "Similar",
    "alike",
    "answer",
    "find",
    "keep",
    "reindex",
    "reindex_all",
    "reindex_missing",
    "words_q",
]


def words_q(text: str, viewer: Viewer) -> Q:
    """Incidents with these words, as a condition on `Incident`; longer words that contain them count too.

    Notes and other texts for staff count only for staff. The caller still begins with `.visible_to(viewer)`.
    Without any word in `text` it narrows nothing, or leaves nothing when there are only signs.
    """
    if not text.strip():
        return Q()
    question = widened(understand(text))
    if not question:
        return Q(pk__in=[])
    found = SearchDocument.objects.filter(words__matches=compiled(question, weights_of(viewer)))
    return Q(pk__in=found.values("incident_id"))
