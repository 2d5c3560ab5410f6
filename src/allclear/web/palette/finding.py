"""Records for the palette: incidents, people, teams, services, items, views. Only what the viewer may see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Upper
from django.urls import reverse

from allclear.accounts.folding import LOOKED_THROUGH, folded
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import open_teams, people_visible_to
from allclear.catalog.queries import cis_visible_to, services_visible_to
from allclear.incidents import views
from allclear.incidents.models import Incident, Look

MOST = 5  # of each kind
MOST_KEPT = 8
_ADDRESSES = {
    "person": "admin_area:person",
    "team": "admin_area:team",
    "service": "catalog:service",
    "ci": "catalog:ci",
}
_LARGEST_KEY = 2**63 - 1
_SHORTEST_MISTYPED = 4  # letters: in fewer, everything looks like everything


@dataclass(frozen=True, slots=True)
class Found:
    """A record as a line of the palette. `key` names it on a device."""

    kind: str
    id: int
    name: str
    detail: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def url(self) -> str:
        if self.kind == "view":
            return f"{reverse('incidents:queue')}?view={self.id}"
        return reverse(_ADDRESSES[self.kind], args=[self.id])


def records(text: str, viewer: Viewer, kinds: Iterable[str]) -> list[Found]:
    """Those with these words in their names, or with a name that looks much like it. One query."""
    words = text.split()[:6]
    if not words:
        return []
    rows = [_named(kind, viewer, words, text) for kind in kinds if kind != "team"]
    found = _together(rows)
    if "team" in kinds:
        found += _teams(viewer, words)
    return found


def by_keys(keys: Sequence[str], viewer: Viewer) -> dict[str, Found]:
    """Records that were chosen before, as they are named now; what the viewer no longer sees is left out. One query."""
    ids: dict[str, list[int]] = {}
    for key in keys:
        kind, _, number = key.partition(":")
        if number.isascii() and number.isdigit() and int(number) <= _LARGEST_KEY:
            ids.setdefault(kind, []).append(int(number))
    rows = [_lines(kind, _visible(kind, viewer).filter(pk__in=ids[kind])) for kind in _KINDS if ids.get(kind)]
    found = _together(rows)
    if viewer.may("accounts.read"):
        found += [Found("team", pk, open_teams.get()[pk]) for pk in ids.get("team", ()) if pk in open_teams.get()]
    return {one.key: one for one in found}


_KINDS = ("view", "person", "service", "ci")
_DETAIL = {"person": "email", "service": "", "ci": "kind", "view": "owner__name"}


def _visible(kind: str, viewer: Viewer) -> QuerySet[Any]:
    if kind == "person":
        return people_visible_to(viewer) if viewer.may("accounts.read") else people_visible_to(viewer).none()
    if kind == "service":
        return services_visible_to(viewer)
    if kind == "ci":
        return cis_visible_to(viewer)
    return views.visible_to(viewer).select_related(None).prefetch_related(None)


def _named(kind: str, viewer: Viewer, words: Sequence[str], text: str) -> QuerySet[Any]:
    rows = _visible(kind, viewer)
    if kind == "person":
        return _lines(kind, _people(rows, text))[:_READ]
    contains = Q()
    for word in words:
        contains &= Q(name__icontains=word)
    if kind == "service":
        rows = rows.filter(is_active=True)
    elif kind == "ci":
        rows = rows.exclude(status="retired")
    if kind != "view" and len(text) >= _SHORTEST_MISTYPED and text.replace(" ", "").isalpha():
        rows = rows.annotate(upper=Upper("name"))
        contains |= Q(upper__trigram_word_similar=text.upper())
    return _lines(kind, rows.filter(contains))[:_READ]


_READ = 40  # of each kind, of which the best are shown


def _people(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """By name, address or place, in any writing: soren finds Søren."""
    rows = rows.filter(is_active=True).alias(looked_through=LOOKED_THROUGH)
    wanted = Q()
    for word in folded(text).split()[:6]:
        wanted &= Q(looked_through__contains=word)
    return rows.filter(wanted)


def _lines(kind: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    detail = _DETAIL[kind]
    lines: QuerySet[Any] = (
        rows.order_by()
        .annotate(kind_=Value(kind), order_=Value(_KINDS.index(kind), output_field=IntegerField()))
        .annotate(detail_=F(detail) if detail else Value(""))
        .values_list("kind_", "pk", "name", "detail_", "order_")
    )
    return lines


def _together(rows: Sequence[QuerySet[Any]]) -> list[Found]:
    if not rows:
        return []
    first, *rest = rows
    lines = first.union(*rest, all=True) if rest else first
    return [Found(kind, pk, name, detail or "") for kind, pk, name, detail, _ in lines]


def _teams(viewer: Viewer, words: Sequence[str]) -> list[Found]:
    if not viewer.may("accounts.read"):
        return []
    wanted = [word.casefold() for word in words]
    return [
        Found("team", pk, name)
        for pk, name in open_teams.get().items()
        if all(word in name.casefold() for word in wanted)
    ]


def best(found: Iterable[Found], text: str, most: int = MOST) -> Mapping[str, list[Found]]:
    """By kind: names that begin with the text first, then words that do, then the rest by name."""
    typed = text.casefold()
    begins = re.compile(rf"\b{re.escape(typed)}")

    def worth(one: Found) -> tuple[int, int, str]:
        name = one.name.casefold()
        rank = 0 if name.startswith(typed) else 1 if begins.search(name) else 2 if typed in name else 3
        return rank, len(name) if rank < 2 else 0, name

    sorted_: dict[str, list[Found]] = {}
    for one in sorted(found, key=worth):
        sorted_.setdefault(one.kind, []).append(one)
    return {kind: ones[:most] for kind, ones in sorted_.items()}


def numbered(text: str, viewer: Viewer, most: int = MOST) -> list[Incident]:
    """By the number or its digits: 41219 finds INC0041219, INC0041 finds what begins so."""
    asked = text.lstrip("#").strip().upper()
    if not asked or " " in asked:
        return []
    wanted = Q(number__startswith=asked)
    if asked.isascii() and asked.isdigit():
        wanted = Q(number__in=[asked, f"INC{asked:0>7}"]) | Q(number__startswith=f"INC{asked}")
    rows = Incident.objects.visible_to(viewer).filter(wanted).select_related("service")
    return list(rows.order_by("-pk")[:most])


def looked_at(viewer: Viewer, but: str, most: int = MOST) -> list[Incident]:
    """The incidents that the person opened last, without the one on the screen."""
    newest = Look.objects.filter(user=viewer.user_id).order_by("-seen_at").values_list("incident", flat=True)[:30]
    order = {pk: place for place, pk in enumerate(newest)}
    rows = Incident.objects.visible_to(viewer).filter(pk__in=order).exclude(number=but).select_related("service")
    return sorted(rows, key=lambda row: order[row.pk])[:most]
