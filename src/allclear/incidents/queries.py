"""Which incidents somebody asks for: one filter for the queue screen, the API and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import below
from allclear.catalog.queries import category_tree
from allclear.domain.terms import ENDED, OPEN, Channel, Kind, Status
from allclear.incidents import filters
from allclear.incidents.models import IncidentQuerySet
from allclear.incidents.search import words_q
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

ORDERS: dict[str, tuple[str, ...]] = {
    "critical": ("priority", "logged_at", "id"),  # most critical first, then the oldest
    "newest": ("-logged_at", "-id"),
    "oldest": ("logged_at", "id"),
}
GROUPS = {"open": OPEN, "ended": ENDED}  # words that stand for several statuses
ME, NONE = "me", "none"
FOLLOW_UPS = ("missing", "done")


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """What to look for. Values of one field are alternatives; fields are joined by 'and'; empty asks nothing.

    Persons and teams are keys as text, or `me` (for teams: mine) and `none`. Categories and organisations stand for
    all below them. Spans include `_from` and exclude `_to`. `numbers` are public numbers. A channel may be `none`.
    `follow_up` is `done`, or `missing`: closed, no duplicate, and nobody looked back at it.
    """

    q: str = ""
    status: Sequence[str] = ()
    kind: Sequence[str] = ()
    channel: Sequence[str] = ()
    priority: Sequence[int] = ()
    team: Sequence[str] = ()
    assignee: Sequence[str] = ()
    requester: Sequence[str] = ()
    service: Sequence[int] = ()
    category: Sequence[int] = ()
    organisation: Sequence[int] = ()
    supplier: Sequence[int] = ()
    ci: Sequence[int] = ()
    logged_from: datetime | None = None
    logged_to: datetime | None = None
    resolved_from: datetime | None = None
    resolved_to: datetime | None = None
    follow_up: str = ""
    numbers: Sequence[str] = ()
    sort: str = "critical"
    filter: str = ""  # in the filter language; needs `now`
    now: datetime | None = None

    def apply(self, rows: IncidentQuerySet, viewer: Viewer) -> IncidentQuerySet:
        """Those of `rows` that fit, in order; the caller begins with `.visible_to(viewer)`.

        Raises `Invalid` naming the field whose value is unknown.
        """
        if self.supplier or self.follow_up:
            viewer.require("incident.read_internal")
        self._check()
        wanted = words_q(self.q, viewer) & self._status() & self._spans()
        wanted &= _people("assignee", self.assignee, viewer) & _people("requester", self.requester, viewer)
        wanted &= _people("team", self.team, viewer) & self._follow_up()
        for field, values in (
            ("kind", self.kind),
            ("channel", ["" if channel == NONE else channel for channel in self.channel]),
            ("priority", self.priority),
            ("service", self.service),
            ("supplier", self.supplier),
            ("number", [number.upper() for number in self.numbers]),
        ):
            if values:
                wanted &= Q(**{f"{field}__in": list(values)})
        if self.category:
            wanted &= Q(category__in=_categories(self.category))
        if self.organisation:
            wanted &= Q(organisation__in=below(list(self.organisation)))
        if self.ci:
            wanted &= Q(ci_ids__overlap=list(self.ci))
        if self.filter:
            assert self.now, "relative times are those of an instant"
            wanted &= filter_q(self.filter, viewer, self.now)
        return rows.filter(wanted).order_by(*ORDERS[self.sort])

    def _check(self) -> None:
        wrong: dict[str, str] = {}
        for name, values, known in (
            ("status", self.status, [*GROUPS, *map(str, Status)]),
            ("kind", self.kind, [str(k) for k in Kind]),
            ("channel", self.channel, [*map(str, Channel), NONE]),
            ("follow_up", [self.follow_up], ["", *FOLLOW_UPS]),
            ("sort", [self.sort], list(ORDERS)),
        ):
            if unknown := [v for v in values if v not in known]:
                wrong[name] = say(
                    "There is no {field} “{value}”; choose of {choices}.",
                    field=say(name),
                    value=unknown[0],
                    choices=", ".join(known),
                )
        if wrong:
            raise Invalid(wrong)

    def _status(self) -> Q:
        values = {str(s) for word in self.status for s in GROUPS.get(word, {word})}
        return Q(status__in=sorted(values)) if values else Q()

    def _follow_up(self) -> Q:
        missing = Q(status=Status.CLOSED, followed_up_at=None, merged_into=None)
        return {"missing": missing, "done": Q(followed_up_at__isnull=False)}.get(self.follow_up, Q())

    def _spans(self) -> Q:
        given = {
            "logged_at__gte": self.logged_from,
            "logged_at__lt": self.logged_to,
            "resolved_at__gte": self.resolved_from,
            "resolved_at__lt": self.resolved_to,
        }
        return Q(**{lookup: instant for lookup, instant in given.items() if instant})


def filter_q(text: str, viewer: Viewer, now: datetime) -> Q:
    """What a text such as `priority:1 opened:>7d printer` asks for; raises `FilterError`, an `Invalid`."""
    return filters.wanted(text, viewer, now, words_q)


def _people(field: str, values: Sequence[str], viewer: Viewer) -> Q:
    """Keys, `me` and `none` for a field that refers to a person or a team."""
    if not values:
        return Q()
    keys: set[int] = set()
    wanted = Q(pk__in=[])
    for value in map(str, values):
        if value == NONE:
            wanted |= Q(**{field: None})
        elif value == ME:
            keys |= set(viewer.team_ids) if field == "team" else {viewer.user_id or 0}
        elif value.isascii() and value.isdigit() and len(value) < 19:
            keys.add(int(value))
        else:
            text = say("Write a key ({field}), me or none, not “{value}”.", field=say(field), value=value)
            raise Invalid({field: text})
    return wanted | Q(**{f"{field}__in": sorted(keys)}) if keys else wanted


def _categories(ids: Sequence[int]) -> list[int]:
    asked = set(ids)
    return [node.id for node in category_tree.get().values() if asked & set(node.path)]
