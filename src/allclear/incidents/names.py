"""Names for the keys that events and rows carry, found in as few queries as there are kinds of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from allclear.accounts import queries as people
from allclear.accounts.models import Organisation, SecurityClass, User
from allclear.catalog import queries as catalog
from allclear.catalog.models import Code, Service
from allclear.incidents.models import Incident
from allclear.kernel.generation import Cached
from allclear.kernel.models import Event

PEOPLE = frozenset({"requester_id", "on_behalf_of_id", "assignee_id", "acknowledged_by_id", "resolved_by_id"})
PEOPLE |= {"offered_to_id", "offered_by_id"}
PEOPLE |= {"verified_by_id", "closed_by_id", "logged_by_id", "followed_up_by_id"}
CATEGORIES = frozenset({"category_id", "first_category_id", "final_category_id"})
ORGANISATIONS = frozenset({"organisation_id", "supplier_id"})


@dataclass(slots=True)
class Names:
    """Key to name, by kind of thing. A key that is not there any more reads as "somebody" or "unknown"."""

    users: Mapping[int, User] = field(default_factory=dict)
    services: Mapping[int, str] = field(default_factory=dict)
    organisations: Mapping[int, str] = field(default_factory=dict)
    classes: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[int, catalog.CategoryNode] = field(default_factory=dict)
    codes: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def person(self, pk: int | None, empty: str = "") -> str:
        if pk is None:
            return empty
        return self.users[pk].name if pk in self.users else gettext("somebody")

    def team(self, pk: int | None) -> str:
        return self.teams.get(pk or 0, "")

    def category(self, pk: int | None) -> str:
        node = self.categories.get(pk or 0)
        return node.label if node else ""

    def code(self, list_: str, key: str) -> str:
        """The company's word for a code of the lists "resolution" and "cause"; empty when there is none."""
        return self.codes.get((list_, key), "")

    def of(self, name: str, value: Any) -> str:
        """The name behind the key in field `name`; empty when the field holds no key or nothing."""
        if value is None:
            return ""
        if name in PEOPLE:
            return self.person(value)
        if name in CATEGORIES:
            return self.category(value)
        if name in ("team_id", "offered_team_id"):
            return self.team(value)
        tables = {"service_id": self.services, "security_class_id": self.classes}
        table = self.organisations if name in ORGANISATIONS else tables.get(name, {})
        return table.get(value) or gettext("unknown")


def names_for(row: Incident, events: Iterable[Event], also: Iterable[int | None] = ()) -> Names:
    """The names that a record's page needs: of its people, and of all that its events changed."""
    keys = _changed(events)
    users = {pk for name in PEOPLE for pk in keys.get(name, ())} | {getattr(row, name) for name in PEOPLE}
    users |= {*row.responder_ids, *row.watcher_ids, *also} | keys.get("actor", set()) | keys.get("member", set())
    organisations = {pk for name in ORGANISATIONS for pk in keys.get(name, ())}
    return Names(
        users=User.objects.select_related("organisation").in_bulk([pk for pk in users if pk]),
        services=_named(Service, keys.get("service_id", set()), {row.service_id: row.service}),
        organisations=_named(
            Organisation, organisations, {row.organisation_id: row.organisation, row.supplier_id: row.supplier}
        ),
        classes=_named(SecurityClass, keys.get("security_class_id", set()), {}),
        teams=people.team_names.get(),
        categories=catalog.category_tree.get(),
        codes=_codes.get(),
    )


def _load_codes() -> Mapping[tuple[str, str], str]:
    return {(list_, key): name for list_, key, name in Code.objects.values_list("list", "key", "name")}


_codes: Cached[Mapping[tuple[str, str], str]] = Cached("codes", _load_codes)


def _changed(events: Iterable[Event]) -> dict[str, set[int]]:
    """The keys that events mention, by field; actors under "actor", responders and watchers under "member"."""
    found: dict[str, set[int]] = {}
    for event in events:
        if event.actor_id:
            found.setdefault("actor", set()).add(event.actor_id)
        if who := event.data.get("person"):
            found.setdefault("member", set()).add(who)
        for told in event.data.get("told") or ():
            if isinstance(told, dict):
                found.setdefault("member", set()).update(told.get("user_ids") or ())
        for name, pair in event.data.get("changes", {}).items():
            if name.endswith("_id"):
                found.setdefault(name, set()).update(pk for pk in pair if pk)
        for part in ("added", "removed"):
            for name in ("responder_ids", "watcher_ids"):
                found.setdefault("member", set()).update(event.data.get(part, {}).get(name, ()))
    return found


def _named(model: Any, keys: set[int], known: Mapping[int | None, Any]) -> Mapping[int, str]:
    names = {pk: row.name for pk, row in known.items() if pk and row is not None}
    missing = keys - names.keys()
    return names | (dict(model.objects.filter(pk__in=missing).values_list("pk", "name")) if missing else {})
