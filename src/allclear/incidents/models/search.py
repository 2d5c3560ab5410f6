"""What the search looks into: one row of words for each incident, and every word that was ever written.

Both are made from other tables by `incidents.search.reindex` and can be made again at any time.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from allclear.incidents.models.incident import Incident

PENDING = 1024  # kB of new words that wait unsorted in an index: a search reads all of them


@SearchVectorField.register_lookup
class Matches(models.Lookup[Any]):
    """`words__matches="'printer':ABC & 'stripe':ABC"`: PostgreSQL's own notation of a query, taken as it is."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} @@ %s::tsquery", [*parameters, self.rhs]


class SearchDocument(models.Model):
    """The words of an incident as they stand now. The weight of a word says where it was found and who may find it.

    A: number, title. B: requester, service, organisation. C: other texts that the requester may read. D: for
    staff only. Words such as `#b12` name the block of some thousand incidents that it belongs to, so that the
    newest can be looked through first.
    """

    incident = models.OneToOneField(Incident, models.CASCADE, primary_key=True, related_name="found_by")
    is_open = models.BooleanField(default=True)
    words = SearchVectorField()

    objects = models.Manager["SearchDocument"]()

    class Meta:
        db_table = "incidents_search"
        indexes = [
            GinIndex(fields=["words"], name="search_words", gin_pending_list_limit=PENDING),  # words of all incidents
            # what is open comes first: a small index answers while somebody types
            GinIndex(
                fields=["words"], name="search_open_words", gin_pending_list_limit=PENDING, condition=Q(is_open=True)
            ),
        ]

    def __str__(self) -> str:
        return f"Words of incident {self.pk}"


class SearchWord(models.Model):
    """A word that stands in some incident: to find what was meant when a word is mistyped, and parts of long words."""

    word = models.CharField(max_length=40, primary_key=True)

    class Meta:
        db_table = "incidents_search_word"
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_word_trgm")]  # similar words, parts

    def __str__(self) -> str:
        return self.word
