"""Words as a condition, for any list of incidents."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import SearchDocument
from allclear.incidents.search import vocabulary
from allclear.incidents.search.asked import Question, Term, compiled, understand
from allclear.incidents.search.candidates import weights_of


def words_q(text: str, viewer: Viewer, *, only_open: bool = False) -> Q:
    """Incidents with these words, as a condition on `Incident`; longer words that contain them count too.

    `only_open`: the caller asks for open ones anyway, so the small index of those is enough.

    Notes and other texts for staff count only for staff. The caller still begins with `.visible_to(viewer)`.
    Without any word in `text` it narrows nothing, or leaves nothing when there are only signs.
    """
    if not text.strip():
        return Q()
    question = widened(understand(text))
    if not question:
        return Q(pk__in=[])
    found = SearchDocument.objects.filter(words__matches=compiled(question, weights_of(viewer)))
    if only_open:
        found = found.filter(is_open=True)
    return Q(pk__in=found.values("incident_id"))


def widened(question: Question) -> Question:
    """The same question, to which words that contain the asked ones are an answer too."""
    single = {term.words[0] for term in question.wanted if len(term.words) == 1 and not term.is_phrase}
    longer = vocabulary.containing(single)

    def wider(term: Term) -> Term:
        others = longer.get(term.words[0], ()) if len(term.words) == 1 and not term.is_phrase else ()
        return replace(term, others=tuple(others))

    return question.with_terms(wider)
