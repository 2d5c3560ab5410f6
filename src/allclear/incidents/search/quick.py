"""The quickest look, while somebody types into the palette: a few incidents, unranked, without marks.

Open ones with the words in their titles come first, then open ones with them in any text, then the newest. Each step is
one small query, and the first that fills the list is the last.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import Incident, SearchDocument
from allclear.incidents.search import vocabulary
from allclear.incidents.search.asked import Question, Term, compiled, understand
from allclear.incidents.search.candidates import newest_blocks, weights_of
from allclear.incidents.search.parts import A

_OWN = 500  # of the newest incidents of somebody who sees only their own
_MOST_READ = 300  # hits whose rights are looked at


def quick(text: str, viewer: Viewer, most: int) -> list[Incident]:
    """A few incidents with these words that the viewer may see. With none: those with the words that were meant."""
    question = understand(text, is_typing=True)
    if not question:
        return []
    found = _found(question, viewer, most)
    if found:
        return found
    asked = {word for term in question.wanted for word in term.words}
    meant = {word: alike[0] for word, alike in vocabulary.near(asked, most=1).items() if alike}
    return _found(_corrected(question, meant), viewer, most) if meant else []


def _corrected(question: Question, meant: dict[str, str]) -> Question:
    def corrected(term: Term) -> Term:
        words = tuple(meant.get(word, word) for word in term.words)
        return term if words == term.words else Term(words, term.is_phrase, False, term.others)

    return question.with_terms(corrected)


def _found(question: Question, viewer: Viewer, most: int) -> list[Incident]:
    rows = Incident.objects.visible_to(viewer).select_related("service").order_by("-pk")
    found: dict[int, Incident] = {}
    for hits in _steps(question, viewer):
        if fresh := [pk for pk in hits if pk not in found]:
            found |= {row.pk: row for row in rows.filter(pk__in=fresh)[: most - len(found)]}
        if len(found) >= most:
            break
    return list(found.values())


def _steps(question: Question, viewer: Viewer) -> Iterator[list[int]]:
    """Keys of hits, the likeliest first; each step looks further."""
    anywhere = compiled(question, weights_of(viewer))
    if not viewer.is_staff:
        newest = Incident.objects.visible_to(viewer).order_by("-pk").values_list("pk", flat=True)[:_OWN]
        yield list(
            SearchDocument.objects.filter(pk__in=list(newest), words__matches=anywhere).values_list("pk", flat=True)
        )
        return
    yield _newest_of(compiled(question, A), "is_open")
    yield _newest_of(anywhere, "is_open")
    yield _newest_of(f"{newest_blocks()} & {anywhere}")
    yield _newest_of(anywhere)


# The words are always looked up in their index: walking through all incidents, newest first, takes long for rare words.
_NEWEST = """
WITH hit AS MATERIALIZED (SELECT incident_id FROM incidents_search WHERE words @@ %s::tsquery AND {which})
SELECT incident_id FROM hit ORDER BY incident_id DESC LIMIT {most}
"""


def _newest_of(query: str, which: str = "true") -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST.format(which=which, most=_MOST_READ), [query])
        return [pk for (pk,) in cursor.fetchall()]
