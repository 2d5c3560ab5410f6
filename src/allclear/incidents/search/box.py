"""One box for words and filters: `priority:1 vpn` looks for the word among what the filter leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.domain.filters import AllOf, AnyOf, Except, FilterError, Search, Tree, read, settle
from allclear.incidents import filters
from allclear.incidents.directory import Names
from allclear.incidents.search.asked import LONGEST_ASKED
from allclear.incidents.search.narrowing import words_q


@dataclass(frozen=True, slots=True)
class Box:
    """The free words, and what else is asked. `complaint`: what is wrong with a filter, so all was read as words."""

    words: str
    narrowed: Q | None = None
    complaint: str = ""


def unpack(text: str, viewer: Viewer, now: datetime) -> Box:
    """Read what stands in the box. Raises nothing: what is no filter is looked for as words."""
    text = text.replace("\0", " ").strip()[:LONGEST_ASKED]
    try:
        tree = settle(read(text), filters.schema_for(viewer), filters.context_for(viewer, now), Names(viewer))
    except FilterError as error:
        return Box(text, None, error.message)
    if not _has_filter(tree):
        return Box(text)
    parts = tree.parts if isinstance(tree, AllOf) else (tree,)
    words = " ".join(part.text for part in parts if isinstance(part, Search))
    rest = AllOf(tuple(part for part in parts if not isinstance(part, Search)))
    return Box(words, filters.condition(rest, viewer, words_q))


def _has_filter(tree: Tree) -> bool:
    """Whether anything but words is asked."""
    if isinstance(tree, (AllOf, AnyOf)):
        return any(map(_has_filter, tree.parts))
    if isinstance(tree, Except):
        return _has_filter(tree.part)
    return not isinstance(tree, Search)
