"""Answer a question: hits with what they show, and what was meant when nothing is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import Incident
from allclear.incidents.search import vocabulary
from allclear.incidents.search.asked import Question, understand
from allclear.incidents.search.box import unpack
from allclear.incidents.search.candidates import ALL, MOST, Candidates, find_ids, in_order, weights_of
from allclear.incidents.search.narrowing import widened
from allclear.incidents.search.parts import read
from allclear.incidents.search.show import Marked, Marker, Shown, Where, shown
from allclear.incidents.search.words import folded, tokens

FEW = 3  # hits: with fewer, parts of longer words and mistyped words are tried
JOINED = ("service", "team", "assignee", "requester", "on_behalf_of", "organisation", "supplier")


@dataclass(frozen=True, slots=True)
class Hit:
    """An incident and why it was found."""

    incident: Incident
    title: Marked
    number: Marked
    snippet: Marked | None
    snippet_of: Where | None
    where: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of hits. `total` counts them all, up to `MOST`; `is_all` says whether there are no more than that.

    `instead` is what was looked for instead, because nothing was found for what was typed. `perhaps` is a better
    spelling that is offered when little was found. `complaint` says what is wrong with a filter that was typed.
    """

    hits: Sequence[Hit] = ()
    total: int = 0
    is_all: bool = True
    instead: str = ""
    perhaps: str = ""
    asked: Question = field(default_factory=Question)
    complaint: str = ""


def find(
    text: str, viewer: Viewer, now: datetime, limit: int = 20, *, is_typing: bool = False, also: Q = ALL
) -> list[Hit]:
    """The best hits for what somebody typed; `also` narrows them (a filter)."""
    return list(answer(text, viewer, now, limit=limit, is_typing=is_typing, also=also).hits)


def answer(
    text: str,
    viewer: Viewer,
    now: datetime,
    *,
    limit: int = 20,
    offset: int = 0,
    is_typing: bool = False,
    also: Q = ALL,
) -> Answer:
    """Hits from `offset` on. Raises nothing: whatever was typed means something, at worst nothing is found."""
    box = unpack(text, viewer, now)
    if box.narrowed is not None:
        text, also = box.words, also & box.narrowed
    question = understand(text, is_typing=is_typing)
    if not question:
        return _narrowed_only(viewer, also, limit, offset) if box.narrowed is not None else Answer()
    found, question = _found(question, viewer, now, also)
    instead = perhaps = ""
    if len(found.ids) < FEW and (better := _corrected(text, question, viewer, now, also, is_typing)):
        if found.ids:
            perhaps = better
        else:
            instead = better
            found, question = _found(understand(better, is_typing=is_typing), viewer, now, also)
    hits = show(found.ids[offset : offset + limit], question, viewer)
    return Answer(hits, len(found.ids), found.is_all, instead, perhaps, question, box.complaint)


def _narrowed_only(viewer: Viewer, also: Q, limit: int, offset: int) -> Answer:
    """Filters without any word: the newest that fit."""
    rows = Incident.objects.visible_to(viewer).filter(also).order_by("-pk")
    ids = list(rows.values_list("pk", flat=True)[:MOST])
    return Answer(show(ids[offset : offset + limit], Question(), viewer), len(ids), len(ids) < MOST)


def _found(question: Question, viewer: Viewer, now: datetime, also: Q) -> tuple[Candidates, Question]:
    """As it was asked; with longer words too (Netzwerkdrucker for Drucker) when that finds few."""
    found = find_ids(question, viewer, now, also)
    if len(found.ids) >= FEW:
        return found, question
    wider = widened(question)
    return (find_ids(wider, viewer, now, also), wider) if wider != question else (found, question)


def _corrected(text: str, question: Question, viewer: Viewer, now: datetime, also: Q, is_typing: bool) -> str:
    """What was typed with its unknown words replaced by those that were probably meant; empty when that finds nothing.

    Only what the reader then finds among what they may see is told to them.
    """
    asked = {word for term in question.wanted for word in term.words}
    meant = {
        word: max(alike, key=lambda other, word=word: SequenceMatcher(None, word, other).ratio())  # type: ignore[misc]  # bound now
        for word, alike in vocabulary.near(asked).items()
    }
    if not meant:
        return ""
    better = _replaced(text, meant)
    return better if find_ids(understand(better, is_typing=is_typing), viewer, now, also, 1).ids else ""


def _replaced(text: str, meant: dict[str, str]) -> str:
    text = folded(text)
    for token in reversed(list(tokens(text))):
        if token.word in meant:
            text = f"{text[: token.start]}{meant[token.word]}{text[token.end :]}"
    return text


def show(ids: Sequence[int], question: Question, viewer: Viewer) -> list[Hit]:
    """The hits of a page: their rows, and their words marked."""
    rows = in_order(ids, Incident.objects.visible_to(viewer).filter(pk__in=ids).select_related(*JOINED))
    texts = read([row.pk for row in rows])
    weights = weights_of(viewer)
    parts = {row.pk: texts[row.pk].seen_by(weights) for row in rows}
    marker = Marker(question, [part.text for each in parts.values() for part in each])
    return [_hit(row, shown(row.title, row.number, parts[row.pk], marker)) for row in rows]


def _hit(row: Incident, found: Shown) -> Hit:
    return Hit(row, found.title, found.number, found.snippet, found.snippet_of, found.where)


__all__ = ["MOST", "Answer", "Hit", "answer", "find", "show"]
