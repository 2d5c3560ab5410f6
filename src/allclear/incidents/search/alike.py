"""Incidents that are probably about the same: for whoever logs one, and beside one that is worked on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import log

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.domain.terms import OPEN
from allclear.incidents.models import Incident
from allclear.incidents.search import vocabulary
from allclear.incidents.search.asked import either, lexeme
from allclear.incidents.search.candidates import newest_blocks
from allclear.incidents.search.parts import A
from allclear.incidents.search.words import stems, words_in

_MOST_WORDS = 8  # of a title
_MOST_READ = 200  # titles compared
_ALIKE = 30  # percent: less is no likeness
_RECENT = timedelta(days=30)  # as long as a solution is worth looking at first
_SHOWN = ("number", "title", "status", "priority", "resolution_code", "hold_reason", "merged_into", "logged_at")


@dataclass(frozen=True, slots=True)
class Similar:
    """`percent`: how much the titles say the same. `shares`: what else is the same: service, ci or requester."""

    incident: Incident
    percent: int
    shares: tuple[str, ...] = ()


def alike(
    title: str,
    viewer: Viewer,
    now: datetime,
    *,
    service_id: int | None = None,
    ci_ids: Collection[int] = (),
    requester_id: int | None = None,
    leave_out: int = 0,
    open_only: bool = False,
    most: int = 5,
) -> list[Similar]:
    """The incidents most like one with this title; open ones first, then what was solved lately."""
    words = _telling(title)
    if not words:
        return []
    found = _candidates(words, viewer, leave_out, open_only)
    comparison = _Comparison(words, _weights(words, found.values()), service_id, frozenset(ci_ids), requester_id)
    compared = [similar for row, forms in found.items() if (similar := comparison.of(row, forms))]
    compared.sort(key=lambda similar: (-_worth(similar, now), -similar.incident.pk))
    return compared[:most]


def _telling(title: str) -> Mapping[str, frozenset[str]]:
    """The words of a title that say something, each with its forms; mistyped ones with what was meant."""
    asked = list(dict.fromkeys(words_in(title)))
    known = stems(asked)
    telling = [word for word in asked if not known[word].is_stop and len(word) > 1][:_MOST_WORDS]
    meant = vocabulary.near([word for word in telling if len(word) > 3], most=2)
    known = {**known, **stems(other for others in meant.values() for other in others)}
    return {
        word: frozenset(form for each in (word, *meant.get(word, ())) for form in known[each].forms) for word in telling
    }


def _candidates(
    words: Mapping[str, frozenset[str]], viewer: Viewer, leave_out: int, open_only: bool
) -> dict[Incident, list[frozenset[str]]]:
    """Incidents whose titles have two of the words (or the only one), with the forms of each telling word in them."""
    forms = [either(lexeme(form, A) for form in sorted(each)) for each in words.values()]
    query = either(f"({one} & {other})" for one, other in combinations(forms, 2)) if len(forms) > 1 else forms[0]
    rows = Incident.objects.visible_to(viewer).exclude(pk=leave_out).order_by("-pk")
    rows = rows.only(*_SHOWN, "service", "requester", "on_behalf_of", "ci_ids", "resolved_at")
    found = list(rows.filter(found_by__words__matches=query, found_by__is_open=True)[:_MOST_READ])
    if not open_only:
        recent = Q(found_by__words__matches=f"{newest_blocks()} & {query}", found_by__is_open=False)
        found += rows.filter(recent)[:_MOST_READ]
    titles = {row: set(words_in(row.title)) for row in found}
    known = stems(word for title in titles.values() for word in title)
    return {
        row: [frozenset(known[word].forms) for word in title if len(word) > 1 and not known[word].is_stop]
        for row, title in titles.items()
    }


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The new incident: the words of its title with what each tells, and what it is about."""

    words: Mapping[str, frozenset[str]]
    weights: Mapping[str, float]
    service_id: int | None
    ci_ids: frozenset[int]
    requester_id: int | None

    def of(self, row: Incident, forms: Collection[frozenset[str]]) -> Similar | None:
        """Rare words tell more than frequent ones; words that only one of two titles has make them less alike."""
        total = sum(self.weights.values())
        shared = sum(self.weights[word] for word, own in self.words.items() if any(own & theirs for theirs in forms))
        percent = min(100, round(200 * shared / (total + len(forms) * total / len(self.words))))
        return Similar(row, percent, tuple(self._shares(row))) if percent >= _ALIKE else None

    def _shares(self, row: Incident) -> Iterator[str]:
        if self.service_id and self.service_id == row.service_id:
            yield "service"
        if not self.ci_ids.isdisjoint(row.ci_ids):
            yield "ci"
        if self.requester_id and self.requester_id in (row.requester_id, row.on_behalf_of_id):
            yield "requester"


def _weights(words: Mapping[str, frozenset[str]], titles: Iterable[Iterable[frozenset[str]]]) -> Mapping[str, float]:
    """How much each word tells: the fewer of the candidates have it, the more."""
    all_forms = [frozenset[str]().union(*title) for title in titles]
    count = Counter(word for forms in all_forms for word, own in words.items() if own & forms)
    return {word: 1 + log((1 + len(all_forms)) / (1 + count[word])) for word in words}


def _worth(similar: Similar, now: datetime) -> float:
    row = similar.incident
    worth = similar.percent + 12 * len(similar.shares)
    if row.status in OPEN:
        return worth + 30
    return worth + (10 if row.resolved_at and now - row.resolved_at < _RECENT else 0)
