"""A draft: changed agreements, calendars and the priority matrix, checked by the readers of the real ones.

    {"agreements": {"12": {"body": {...}}, "15": {"is_ended": true},
                    "new-1": {"name": "Gold", "kind": "sla", "body": {...}}},
     "calendars": {"3": {"body": {...}}}, "matrix": {...}}

A new calendar is added for real before it is tried: it binds nobody until an agreement counts by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from allclear.accounts.models import Membership
from allclear.catalog.models import PolicyVersion
from allclear.catalog.policies import body_of as policy_of
from allclear.catalog.policies import check_body, in_force
from allclear.domain.business import Hours, check_works, rules_from
from allclear.domain.priority import DEFAULT_MATRIX, Matrix, matrix_from
from allclear.domain.sla import Agreement, AgreementKind, Book, Counting, agreement_from, problems
from allclear.domain.sla.worlds import World
from allclear.kernel.errors import Invalid
from allclear.kernel.words import listed, say
from allclear.slas.facts import known_for
from allclear.slas.models import Agreement as AgreementRow
from allclear.slas.models import AgreementVersion, BusinessCalendar, CalendarVersion
from allclear.slas.queries import book_as_of, hours_of

MOST = 100  # agreements, and as many calendars
_PARTS = ("agreements", "calendars", "matrix")
_NEW = re.compile(r"new-\d{1,4}")
_NEW_FROM = 2**52  # keys of agreements that are not there yet, for the run only


@dataclass(frozen=True)
class Draft:
    """A draft that was read. `agreements`: None ends it; new ones have keys from `_NEW_FROM` on."""

    agreements: Mapping[int, Agreement | None]
    calendars: Mapping[int, Counting]
    matrix: Matrix | None

    @property
    def is_empty(self) -> bool:
        return not (self.agreements or self.calendars or self.matrix)


def read(data: Any, now: datetime) -> Draft:
    """Raises `Invalid` with everything that is wrong, by places such as `draft.agreements.12.body.targets`."""
    reader = _Reader(now)
    found = reader.read(data)
    if reader.wrong:
        raise Invalid({f"draft.{place}" if place else "draft": text for place, text in reader.wrong.items()})
    return found


class _Reader:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.wrong: dict[str, str] = {}
        self.known = set(BusinessCalendar.objects.values_list("pk", flat=True))
        self.rows = {str(row.pk): row for row in AgreementRow.objects.all()}

    def read(self, data: Any) -> Draft:
        if not isinstance(data, Mapping) or set(data) - set(_PARTS):
            self.wrong[""] = say("Write an object with {choices}.", choices=listed(_PARTS))
            return Draft({}, {}, None)
        calendars = {key: hours for key, hours in map(self._calendar, *self._parts(data, "calendars")) if hours}
        agreements: dict[int, Agreement | None] = {}
        for key, part in zip(*self._parts(data, "agreements"), strict=True):
            self._agreement(str(key), part, agreements)
        matrix = self._matrix(data["matrix"]) if data.get("matrix") is not None else None
        return Draft(agreements, calendars, matrix)

    def _parts(self, data: Mapping[str, Any], name: str) -> tuple[list[str], list[Any]]:
        part = data.get(name) or {}
        if not isinstance(part, Mapping) or len(part) > MOST:
            self.wrong[name] = say("Write an object with at most {most} keys of records.", most=MOST)
            return [], []
        return list(map(str, part.keys())), list(part.values())

    def _body(self, place: str, part: Any) -> Mapping[str, Any] | None:
        body = part.get("body") if isinstance(part, Mapping) else None
        if not isinstance(body, Mapping):
            self.wrong[f"{place}.body"] = say("Write an object with names and values here.")
            return None
        return body

    def _calendar(self, key: str, part: Any) -> tuple[int, Counting | None]:
        place = f"calendars.{key}"
        if not key.isdecimal() or int(key) not in self.known:
            self.wrong[place] = say(
                "There is no such business calendar. Add it first: it binds nobody until it is used."
            )
            return 0, None
        body = self._body(place, part)
        if body is None:
            return 0, None
        try:
            rules = rules_from(body)
            check_works(rules, self.now)
        except Invalid as error:
            self._complain(f"{place}.body", error)
            return 0, None
        return int(key), Hours(rules)

    def _agreement(self, key: str, part: Any, found: dict[int, Agreement | None]) -> None:
        place = f"agreements.{key}"
        row = self.rows.get(key)
        if row is None and not _NEW.fullmatch(key):
            self.wrong[place] = say("There is no such agreement. Name a new one new-1, new-2 and so on.")
            return
        if row is not None and isinstance(part, Mapping) and part.get("is_ended") is True:
            found[row.pk] = None
            return
        body = self._body(place, part)
        name, kind = (row.name, row.kind) if row else (str(part.get("name") or ""), str(part.get("kind") or ""))
        if not name.strip() or len(name) > 120:
            self.wrong[f"{place}.name"] = say("Name it in at most {most} characters.", most=120)
        if kind not in set(AgreementKind):
            self.wrong[f"{place}.kind"] = say("Choose one of {choices}.", choices=listed(AgreementKind))
            return
        if body is None:
            return
        pk = row.pk if row else _NEW_FROM + int(key.partition("-")[2])
        try:
            found[pk] = one = agreement_from(pk, 0, name.strip(), kind, body)
        except Invalid as error:
            self._complain(f"{place}.body", error)
            return
        wrong = problems(one, known_for(one, self.now))
        self.wrong |= {f"{place}.body.{path}": text for path, text in wrong.items()}

    def _matrix(self, body: Any) -> Matrix | None:
        if not isinstance(body, Mapping):
            self.wrong["matrix"] = say("Write an object with names and values here.")
            return None
        try:
            check_body("priority_matrix", 0, body)
        except Invalid as error:
            self._complain("matrix", error)
            return None
        return matrix_from(0, body)

    def _complain(self, place: str, error: Invalid) -> None:
        self.wrong |= {f"{place}.{path}": text for path, text in error.fields.items()}


def newest_versions(data: Mapping[str, Any]) -> dict[str, Any]:
    """The newest version of each record that a draft changes, in force or still to come."""
    agreements = _newest(AgreementVersion, "agreement_id", data.get("agreements") or {})
    calendars = _newest(CalendarVersion, "calendar_id", data.get("calendars") or {})
    found: dict[str, Any] = {"agreements": agreements, "calendars": calendars}
    return found | ({"matrix": policy_of("priority_matrix")[0]} if data.get("matrix") is not None else {})


def _newest(model: type[AgreementVersion] | type[CalendarVersion], column: str, keys: Iterable[str]) -> dict[str, int]:
    wanted = [int(key) for key in keys if str(key).isdecimal()]
    rows = model._default_manager.filter(**{f"{column}__in": wanted}).order_by(column, "version")
    return {str(key): version for key, version in rows.values_list(column, "version")}


@dataclass(frozen=True)
class Worlds:
    """What is in force, and the same with the draft in its place. `versions` are those in force."""

    before: World
    after: World
    versions: Mapping[str, Any]


def worlds(draft: Draft, now: datetime) -> Worlds:
    """The versions in force now, whatever applied to each incident in its time, and the draft's."""
    book = book_as_of(now)
    hours: dict[int, Counting] = {key: hours_of(key, version) for key, version in book.calendar_versions.items()}
    matrix = in_force().matrix
    former: dict[int | None, Matrix] = {None: matrix, 0: matrix_from(0, DEFAULT_MATRIX)}
    for row in PolicyVersion.objects.filter(kind="priority_matrix"):
        former[row.version] = matrix_from(row.version, row.body)
    led = frozenset(Membership.objects.filter(is_lead=True, user__is_active=True).values_list("team_id", flat=True))
    before = World(book, hours, matrix, former, led)
    listed_ = [draft.agreements.get(one.id, one) for one in book.agreements]
    held = {one.id for one in book.agreements}
    more = [one for key, one in draft.agreements.items() if key not in held]
    changed = Book(tuple(one for one in (*listed_, *more) if one is not None), book.calendar_versions)
    after = replace(before, book=changed, hours=hours | dict(draft.calendars), matrix=draft.matrix or matrix)
    _require_hours(after)
    versions = {
        "agreements": {str(one.id): one.version for one in book.agreements},
        "calendars": {str(key): version for key, version in book.calendar_versions.items()},
        "matrix": matrix.version,
    }
    return Worlds(before, after, versions)


def _require_hours(world: World) -> None:
    for one in world.book.agreements:
        if missing := sorted({target.calendar_id for target in one.targets} - world.hours.keys()):
            text = say(
                "{agreement} counts by calendar {key}, which is not in force yet.", agreement=one.name, key=missing[0]
            )
            raise Invalid({"draft": text})
