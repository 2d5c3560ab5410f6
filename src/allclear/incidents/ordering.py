"""Sort incidents by anything, group them, and turn pages by keyset: what is missing comes last in both directions.

An `Order` is a list of keys in SQL. The place of a row is the values of these keys; the page behind it is a condition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.db.models.functions import Lower, NullIf

from allclear.accounts.permissions import Viewer
from allclear.domain import next_best
from allclear.domain.filters import FieldKind, nearest
from allclear.domain.terms import Status
from allclear.incidents import custom_values, filters
from allclear.incidents.models import IncidentQuerySet
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

Place = Sequence[Any]
NAMED: Mapping[str, tuple[str, ...]] = {
    "critical": ("priority", "opened"),
    "newest": ("-opened",),
    "oldest": ("opened",),
    "next": ("-next", "priority", "opened"),
}
GROUPS = (
    "status", "priority", "team", "assignee", "service", "category", "organisation", "kind", "severity", "hold",
    "channel", "requester", "supplier", "impact", "urgency",
)  # fmt: skip
_JOINED = ("team", "assignee", "requester", "on_behalf_of", "service", "category", "organisation", "supplier")
_SORTABLE = frozenset({FieldKind.CHOICE, FieldKind.NUMBER, FieldKind.TEXT, FieldKind.EXACT, FieldKind.INSTANT})


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that rows are sorted by. `kind`: number, text or instant, for the place in a cursor."""

    name: str
    expression: Any
    kind: str = "text"
    is_down: bool = False
    may_miss: bool = True  # where nothing can be missing, an index gives the order


@dataclass(frozen=True, slots=True)
class Order:
    """Keys from the weightiest on; the last one is the incident's own, so no two rows stand at the same place."""

    name: str
    keys: tuple[Key, ...]

    def apply(self, rows: IncidentQuerySet, *, back: bool = False) -> IncidentQuerySet:
        """The rows in this order, or in the opposite one to page back."""
        ordered = rows.alias(**{key.name: key.expression for key in self.keys})
        return ordered.order_by(*(self._by(key, back) for key in self.keys))

    def behind(self, rows: IncidentQuerySet, place: Place, *, back: bool = False) -> IncidentQuerySet:
        """The rows that come after a place, in order; with `back` those before it, the nearest first."""
        ordered, behind, same = self.apply(rows, back=back), Q(pk__in=[]), Q()
        for key, value in zip(self.keys, place, strict=True):
            behind |= same & self._beyond(key, value, back)
            same &= Q(**{f"{key.name}__isnull": True}) if value is None else Q(**{key.name: value})
        first = self.keys[0]
        if not first.may_miss:  # lets the database begin there instead of at the top
            behind &= Q(**{f"{first.name}__{'lte' if first.is_down != back else 'gte'}": place[0]})
        return ordered.filter(behind)

    def place_of(self, rows: IncidentQuerySet, pk: int) -> Place | None:
        """Where a row stands; None if it is not among `rows` any more."""
        found = rows.filter(pk=pk).order_by().annotate(**{key.name: key.expression for key in self.keys})
        place: Place | None = found.values_list(*(key.name for key in self.keys)).first()
        return place

    def read(self, values: Sequence[Any]) -> Place:
        """A place as JSON knows it; raises `ValueError` for what is none of this order."""
        if len(values) != len(self.keys):
            raise ValueError("not of this order")
        return [_value(key.kind, value) for key, value in zip(self.keys, values, strict=True)]

    @staticmethod
    def _by(key: Key, back: bool) -> Any:
        column, is_down = F(key.name), key.is_down != back
        if not key.may_miss:
            return column.desc() if is_down else column.asc()
        if back:
            return column.desc(nulls_first=True) if is_down else column.asc(nulls_first=True)
        return column.desc(nulls_last=True) if is_down else column.asc(nulls_last=True)

    @staticmethod
    def _beyond(key: Key, value: Any, back: bool) -> Q:
        missing = Q(**{f"{key.name}__isnull": True})
        if value is None:
            return ~missing if back else Q(pk__in=[])
        beyond = Q(**{f"{key.name}__{'lt' if key.is_down != back else 'gt'}": value})
        return beyond if back or not key.may_miss else beyond | missing


def order_of(sort: str, viewer: Viewer, now: datetime, *, group_by: str = "") -> Order:
    """The order that a name stands for: one of `NAMED`, a field, or `-field` for the other direction.

    Raises `Invalid` for a name that is not known, or for a field that this person may not read.
    """
    keys = list(_group_keys(group_by, viewer)) if group_by else []
    for name in NAMED.get(sort) or (sort,):
        plain = name.removeprefix("-")
        keys += _next_keys(viewer, now) if plain == "next" else [_key(plain, viewer, is_down=name.startswith("-"))]
    is_down = sort == "newest" or sort.startswith("-")
    unique = {key.name: key for key in reversed(keys)}
    kept = [key for key in keys if unique[key.name] is key or key.name not in {k.name for k in keys[: keys.index(key)]}]
    return Order(f"{group_by}/{sort}", (*kept, Key("sort_id", F("pk"), "number", is_down, may_miss=False)))


def sort_names(viewer: Viewer) -> list[str]:
    """Everything that this person may sort by, without the minus."""
    fields = {field.name: field for field in filters.schema_for(viewer).values()}
    names = [name for name, field in fields.items() if field.kind in _SORTABLE or _joined(field.column)]
    return [*(name for name in NAMED if name != "next" or viewer.is_staff), *names]


def group_names(viewer: Viewer) -> list[str]:
    """Everything that this person may group by."""
    return [name for name in GROUPS if name in filters.schema_for(viewer)]


def group_counts(rows: IncidentQuerySet, group_by: str, viewer: Viewer) -> list[tuple[Any, int]]:
    """The value of each group (a key, a word, a number; None for those without) and how many, in the groups' order."""
    column = _field(group_by, viewer, group_names(viewer), "group_by").column
    keys = _group_keys(group_by, viewer)
    found = rows.order_by().values(column).annotate(n=Count("pk"), **{key.name: key.expression for key in keys})
    found = found.order_by(*(F(key.name).asc(nulls_last=True) for key in keys))
    return [(row[column] if row[column] != "" else None, row["n"]) for row in found.values(column, "n")]


def _group_keys(group_by: str, viewer: Viewer) -> tuple[Key, ...]:
    field = _field(group_by, viewer, group_names(viewer), "group_by")
    first = _key(field.name, viewer, is_down=False)
    group = Key(f"group_{first.name}", first.expression, first.kind)
    if not _joined(field.column):
        return (group,)
    return group, Key("group_key", F(field.column), "number")  # two of one name are two groups


def _key(name: str, viewer: Viewer, *, is_down: bool) -> Key:
    field = _field(name, viewer, sort_names(viewer), "sort")
    label, column = "sort_" + field.name.replace("-", "_").replace(".", "_"), field.column
    if joined := _joined(column):
        return Key(label, Lower(f"{joined}__name"), "text", is_down)
    if column == "status":
        ranks = [When(status=str(status), then=Value(rank)) for rank, status in enumerate(Status)]
        return Key(label, Case(*ranks, output_field=IntegerField()), "number", is_down)
    if column.startswith("custom."):
        is_number = field.kind is FieldKind.NUMBER
        value: Any = custom_values.amount(column[7:]) if is_number else custom_values.words(column[7:])
        return Key(label, value, "number" if is_number else "text", is_down)
    kinds = {FieldKind.INSTANT: "instant", FieldKind.NUMBER: "number"}
    kind = kinds.get(field.kind, "text")
    expression = F(column) if kind != "text" or column == "number" else NullIf(Lower(column), Value(""))
    return Key(label, expression, kind, is_down, filters.column_of(column).null or kind == "text")


def _next_keys(viewer: Viewer, now: datetime) -> list[Key]:
    """The points of `domain.next_best` in SQL."""
    points: Any = Value(0)
    for rule, tree in next_best.trees(filters.context_for(viewer, now)):
        fits = filters.condition(tree, viewer, lambda *_, **__: Q())
        points = points + Case(When(fits, then=Value(rule.points)), default=Value(0), output_field=IntegerField())
    return [Key("sort_next", points, "number", is_down=True)]


def _joined(column: str) -> str:
    name = column.removesuffix("_id")
    return name if name != column and name in _JOINED else ""


def _field(name: str, viewer: Viewer, known: Sequence[str], parameter: str) -> Any:
    field = filters.schema_for(viewer).get(name)
    if field is None or field.name not in known:
        near = ", ".join(nearest(name, known) or known[:6])
        raise Invalid({parameter: say("This cannot be sorted by {name}. Try {near}.", name=name, near=near)})
    return field


def _value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "instant":
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind == "number":
        if type(value) not in (int, float) or not isfinite(value):
            raise ValueError(kind)
        return value
    if not isinstance(value, str) or "\0" in value or len(value) > 5000:
        raise ValueError(kind)
    return value
