"""The records that a person may name in a filter: teams, people, services ... by name, slug, address or #key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from allclear.accounts.models import Organisation, SecurityClass
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import below, open_teams, organisations_visible_to, people_visible_to, team_names
from allclear.catalog.queries import category_tree, cis_visible_to, services_visible_to
from allclear.domain.filters import Named, best, nearest, slug, typed
from allclear.incidents.models import Incident

_MOST = 50  # candidates of a big table
_WORDS = re.compile(r"[\W_]+")
_LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Names:
    """What this person may name. Small lists are read whole, of big ones only what may fit."""

    viewer: Viewer

    def find(self, refers: str, text: str) -> Sequence[Named]:
        """What a text may mean, of the best kind of match."""
        if refers == "incident":
            return self._incidents(text)
        return best(text, self._candidates(refers, text))

    def near(self, refers: str, text: str) -> Sequence[str]:
        """What may have been meant, as one types it."""
        if refers == "incident":
            return []
        known = self._small.get(refers)
        if known is None:
            known = _named(self._rows(refers).filter(name__istartswith=text.strip()[:1])[:500])
        slugs = {slug(one.label): one for one in known}
        return [typed(slugs[name], known) for name in nearest(slug(text), slugs)]

    def begun(self, refers: str, text: str, limit: int) -> list[Named]:
        """Those that go on from what is typed, the closest first; active ones only."""
        if refers == "incident":
            rows = Incident.objects.visible_to(self.viewer).filter(number__istartswith=text).order_by("-id")
            return [
                Named(pk, number, detail=title)
                for pk, number, title in rows.values_list("pk", "number", "title")[:limit]
            ]
        if refers in ("team", "category", "class"):
            known = [
                one for one in self._small[refers] if slug(text) in slug(one.label) and _is_active(refers, one.key)
            ]
        else:
            people = self._narrowed(refers, text)
            known = _named((people.filter(is_active=True) if refers != "ci" else people)[:_MOST], refers)
        wanted = slug(text)
        begins = {one.key for one in known if any(slug(name).startswith(wanted) for name in (one.label, *one.also))}
        return sorted(known, key=lambda one: (one.key not in begins, one.label.casefold()))[:limit]

    def _candidates(self, refers: str, text: str) -> Sequence[Named]:
        if (known := self._small.get(refers)) is not None:
            return known
        rows = self._rows(refers)
        if text.startswith("#") and text[1:].isdecimal():
            key = int(text[1:])
            return _named(rows.filter(pk=key) if key <= _LARGEST_KEY else rows.none(), refers)
        return _named(self._narrowed(refers, text)[:_MOST], refers)

    def _narrowed(self, refers: str, text: str) -> QuerySet[Any]:
        wanted = Q()
        for word in filter(None, _WORDS.split(text)):
            wanted &= (
                Q(name__icontains=word) | Q(email__icontains=word) if refers == "person" else Q(name__icontains=word)
            )
        return self._rows(refers).filter(wanted).order_by(Length("name"), "name", "pk")

    def _rows(self, refers: str) -> QuerySet[Any]:
        if refers == "person":
            return people_visible_to(self.viewer)
        if refers == "service":
            return services_visible_to(self.viewer)
        if refers == "ci":
            return cis_visible_to(self.viewer)
        assert refers == "organisation"
        if not self.viewer.is_staff:
            return organisations_visible_to(self.viewer)
        return Organisation.objects.filter(
            Q(pk__in=organisations_visible_to(self.viewer).values("pk")) | Q(is_supplier=True)
        )

    @cached_property
    def _small(self) -> Mapping[str, list[Named]]:
        is_staff = self.viewer.may("accounts.read")
        classes = SecurityClass.objects.all()
        if not self.viewer.sees_every_class:
            classes = classes.filter(pk__in=self.viewer.security_class_ids)
        nodes = category_tree.get()
        trees: dict[int, set[int]] = {pk: set() for pk in nodes}
        for node in nodes.values():
            for above in node.path:
                trees[above].add(node.id)
        return {
            "team": [Named(pk, name) for pk, name in team_names.get().items()] if is_staff else [],
            "category": [Named(pk, n.label, frozenset(trees[pk]), (n.name,)) for pk, n in nodes.items()],
            "class": [Named(pk, name) for pk, name in classes.values_list("pk", "name")],
        }

    def _incidents(self, text: str) -> Sequence[Named]:
        rows = Incident.objects.visible_to(self.viewer).filter(number=text.strip().upper())
        return [Named(pk, number) for pk, number in rows.values_list("pk", "number")]


def _is_active(refers: str, key: int) -> bool:
    if refers == "team":
        return key in open_teams.get()
    return refers != "category" or category_tree.get()[key].is_active


def _named(rows: QuerySet[Any], refers: str = "") -> list[Named]:
    if refers == "person":
        return [
            Named(pk, name, also=(email, email.partition("@")[0]) if email else (), detail=email or "")
            for pk, name, email in rows.values_list("pk", "name", "email")
        ]
    if refers == "organisation":
        return [
            Named(pk, name, below([pk]), detail=parent or "")
            for pk, name, parent in rows.values_list("pk", "name", "parent__name")
        ]
    return [Named(pk, name) for pk, name in rows.values_list("pk", "name")]
