"""People, teams, categories and the rest that the log names: found by name, made once when they are new."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils.text import slugify

from allclear.accounts.models import Organisation, Team, User
from allclear.catalog.models import Category, Code, ConfigurationItem, CustomField, Service
from allclear.incidents.importing.cells import SourceRow
from allclear.incidents.importing.mapping import Mapping
from allclear.incidents.importing.readers import PEOPLE
from allclear.kernel.generation import bump
from allclear.kernel.ids import sha256

Make = Callable[[str], Model]
_NAMED: dict[str, tuple[type[Model], str]] = {
    "team": (Team, "teams"),
    "service": (Service, ""),
    "ci": (ConfigurationItem, ""),
    "organisation": (Organisation, "organisations"),
    "supplier": (Organisation, "organisations"),
}


class Masters:
    """Names to keys, remembered for the length of an import. `made` counts what was new."""

    def __init__(self, source: str, mapping: Mapping, now: datetime) -> None:
        self.source = source
        self.mapping = mapping
        self.now = now
        self.made: dict[str, int] = {}
        self._ids: dict[str, dict[str, int]] = {name: {} for name in _NAMED}
        self._people: dict[str, int] = {}
        self._roles: dict[str, set[str]] = {}
        self._categories: dict[tuple[str, str], int] = {}
        self._codes: dict[tuple[str, str], str] = {}
        self._criticalities: dict[str, dict[int, int]] = {"service": {}, "ci": {}}
        self.vips: set[int] = set()

    def id(self, kind: str, name: str | None) -> int | None:
        """The key of a team, service, ci, organisation or supplier that `ensure` has seen."""
        return self._ids[kind][name] if name else None

    def person(self, name: str | None) -> int | None:
        return self._people[name] if name else None

    def category(self, name: str | None, below: str | None) -> int | None:
        """The key of the subcategory, or of the category when there is none."""
        return self._categories[name or "", below or ""] if name or below else None

    def code(self, list_: str, name: str | None) -> str:
        return self._codes[list_, name] if name else ""

    def criticality(self, service_id: int | None, ci_ids: Iterable[int]) -> int | None:
        """Of the service and the configuration items, the most critical: 1 to 4."""
        services, cis = self._criticalities["service"], self._criticalities["ci"]
        return min(filter(None, (services.get(service_id or 0), *map(cis.get, ci_ids))), default=None)

    def ensure(self, rows: Collection[SourceRow]) -> None:
        """Find or make everything that these rows name, in a transaction of its own."""
        with transaction.atomic():
            for kind in _NAMED:
                self._ensure_named(kind, {row.facts[kind] for row in rows if kind in row.facts})
            self._ensure_people(rows)
            self._ensure_categories(rows)
            for list_ in ("resolution", "cause"):
                names = {row.facts[f"{list_}_code"] for row in rows if f"{list_}_code" in row.facts}
                self._ensure_codes(list_, sorted(names))

    def ensure_custom_fields(self) -> None:
        """Describe the columns that are kept. They are not offered on forms until somebody switches them on."""
        rows = [CustomField(key=c.key, name=c.name, kind=c.kind, is_active=False) for c in self.mapping.custom.values()]
        CustomField.objects.bulk_create(rows, ignore_conflicts=True)

    def _count(self, noun: str, number: int) -> None:
        if number:
            self.made[noun] = self.made.get(noun, 0) + number

    def _ensure_named(self, kind: str, names: Iterable[str]) -> None:
        held = self._ids[kind]
        new = sorted(set(names) - held.keys())
        if not new:
            return
        model, topic = _NAMED[kind]
        roots = " AND t.parent_id IS NULL" if model is Organisation else ""
        found = _by_name(model, new, roots)
        if missing := [name for name in new if name not in found]:
            model._default_manager.bulk_create([self._named(kind, name) for name in missing], ignore_conflicts=True)
            self._count(f"{kind}s" if kind != "ci" else "configuration items", len(missing))
            found = _by_name(model, new, roots)
            if topic:
                bump(topic)
        held.update(found)
        if kind in self._criticalities:
            rows = model._default_manager.filter(pk__in=found.values()).exclude(criticality=None)
            self._criticalities[kind].update(rows.values_list("pk", "criticality"))

    def _named(self, kind: str, name: str) -> Model:
        if kind == "supplier":
            return Organisation(name=name, is_supplier=True)
        if kind == "ci":
            return ConfigurationItem(name=name, external_key=f"{self.source}:{name}"[:200])
        return _NAMED[kind][0](name=name)

    def _ensure_people(self, rows: Collection[SourceRow]) -> None:
        roles: dict[str, set[str]] = {}
        for row in rows:
            for field in PEOPLE:
                if name := row.facts.get(field):
                    roles.setdefault(name, set()).update(self.mapping.roles.get(field, ()))
        new = sorted(name for name in roles if name not in self._people)
        if new:
            self._find_people(new)
            if missing := [name for name in new if name not in self._people]:
                User.objects.bulk_create([self._user(name, roles[name]) for name in missing], ignore_conflicts=True)
                self._count("people", len(missing))
                self._find_people(missing)
        grown = {name for name in roles if name in self._roles and roles[name] - self._roles[name]}
        for name in sorted(grown):
            self._roles[name] |= roles[name]
            User.objects.filter(pk=self._people[name]).update(roles=sorted(self._roles[name]))

    def _find_people(self, names: list[str]) -> None:
        """By address when the log has addresses, else by the key of an earlier import: only the latter get rights."""
        keys = {f"{self.source}:person:{name}": name for name in names}
        with connection.cursor() as cursor:  # one parameter, however many names
            cursor.execute(
                "SELECT id, external_key, roles, is_vip FROM accounts_user WHERE external_key = ANY(%s)", [[*keys]]
            )
            for pk, key, roles, is_vip in cursor.fetchall():
                self._people[keys[key]] = pk
                self._roles[keys[key]] = set(roles)
                self.vips |= {pk} if is_vip else set()
        addresses = {name.lower(): name for name in names if "@" in name}
        if addresses:
            known = User.objects.filter(email__in=addresses).values_list("pk", "email", "is_vip")
            for pk, email, is_vip in known:
                self._people[addresses[email or ""]] = pk
                self.vips |= {pk} if is_vip else set()

    def _user(self, name: str, roles: Iterable[str]) -> User:
        key = f"{self.source}:person:{name}"
        return User(name=name, roles=sorted(roles), external_key=key, password="!", created_at=self.now)  # noqa: S106 - none

    def _ensure_categories(self, rows: Collection[SourceRow]) -> None:
        pairs = {(row.facts.get("category", ""), row.facts.get("subcategory", "")) for row in rows}
        new = sorted(pairs - self._categories.keys() - {("", "")})
        if not new:
            return
        roots = self._category_level({(None, top or below) for top, below in new})
        leaves = self._category_level({(roots[None, top], below) for top, below in new if top and below})
        for top, below in new:
            root = roots[None, top or below]
            self._categories[top, below] = leaves[root, below] if top and below else root

    def _category_level(self, wanted: set[tuple[int | None, str]]) -> dict[tuple[int | None, str], int]:
        found = _categories_by_name(wanted)
        if missing := [pair for pair in wanted if pair not in found]:
            rows = [Category(name=name, parent_id=parent) for parent, name in sorted(missing, key=str)]
            Category.objects.bulk_create(rows, ignore_conflicts=True)
            self._count("categories", len(missing))
            found = _categories_by_name(wanted)
            bump("categories")
        return found

    def _ensure_codes(self, list_: str, names: Iterable[str]) -> None:
        new = [name for name in names if (list_, name) not in self._codes]
        if not new:
            return
        known = list(Code.objects.filter(list=list_).values_list("name", "key"))
        by_name = {name.lower(): key for name, key in known}
        taken = {key for _, key in known}
        for name in new:
            key = by_name.get(name.lower()) or self._make_code(list_, name, taken)
            self._codes[list_, name] = by_name[name.lower()] = key

    def _make_code(self, list_: str, name: str, taken: set[str]) -> str:
        key = slugify(name)[:60]
        if not key or key in taken:
            key = f"{key[:50]}-{sha256(name)[:8]}".strip("-")
        Code.objects.create(list=list_, key=key, name=name)
        taken.add(key)
        self._count("codes", 1)
        return key


def _by_name(model: type[Model], names: list[str], condition: str) -> dict[str, int]:
    """The keys of rows by name, in upper or lower case, as the database compares them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (k.name) k.name, t.id FROM unnest(%s::text[]) AS k (name)"  # noqa: S608 - own table
            f" JOIN {model._meta.db_table} t ON lower(t.name) = lower(k.name){condition} ORDER BY k.name, t.id",
            [names],
        )
        return dict(cursor.fetchall())


def _categories_by_name(wanted: set[tuple[int | None, str]]) -> dict[tuple[int | None, str], int]:
    parents: list[Any] = [parent for parent, _ in wanted]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.parent, k.name, t.id FROM unnest(%s::bigint[], %s::text[]) AS k (parent, name)"
            " JOIN catalog_category t ON lower(t.name) = lower(k.name) AND t.parent_id IS NOT DISTINCT FROM k.parent",
            [parents, [name for _, name in wanted]],
        )
        return {(parent, name): pk for parent, name, pk in cursor.fetchall()}
