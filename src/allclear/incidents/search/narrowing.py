"""Words as a condition, for any list of incidents."""

from __future__ import annotations

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import SearchDocument
from allclear.incidents.search.asked import compiled, understand
from allclear.incidents.search.candidates import weights_of
from allclear.incidents.search.finding import widened


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
