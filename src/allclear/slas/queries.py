"""Reads of service levels: which versions are in force at an instant, compiled for use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from allclear.accounts.permissions import Viewer
from allclear.domain.business import Hours, rules_from
from allclear.domain.sla import Agreement, Book, agreement_from
from allclear.kernel.generation import Cached
from allclear.slas.models import Agreement as AgreementRow
from allclear.slas.models import AgreementVersion, CalendarVersion

TOPIC = "slas"  # moved by every verb on agreements and calendars
T = TypeVar("T")
Key = tuple[int, int]  # of a record and its version


@dataclass(frozen=True, slots=True)
class _Shelf:
    """All versions of agreements and calendars, read once."""

    agreements: Mapping[Key, Agreement]
    agreement_starts: Sequence[Sequence[tuple[datetime, Agreement | None]]]  # None: it ends
    hours: Mapping[Key, Hours]
    calendar_starts: Mapping[int, Sequence[tuple[datetime, int]]]


def _load() -> _Shelf:
    agreements: dict[Key, Agreement] = {}
    starts: dict[int, list[tuple[datetime, Agreement | None]]] = {}
    rows = AgreementVersion.objects.select_related("agreement")
    for row in rows.order_by("agreement__position", "agreement_id", "version"):
        one = agreements[row.agreement_id, row.version] = read(row)
        starts.setdefault(row.agreement_id, []).append((row.effective_at, None if row.is_ended else one))
    hours: dict[Key, Hours] = {}
    calendars: dict[int, list[tuple[datetime, int]]] = {}
    for version in CalendarVersion.objects.order_by("version"):
        hours[version.calendar_id, version.version] = Hours(rules_from(version.body, is_lenient=True))
        calendars.setdefault(version.calendar_id, []).append((version.effective_at, version.version))
    return _Shelf(agreements, list(starts.values()), hours, calendars)


_shelf: Cached[_Shelf] = Cached(TOPIC, _load)


def read(row: AgreementVersion) -> Agreement:
    """The agreement that a version says."""
    return agreement_from(
        row.agreement_id, row.version, row.agreement.name, row.agreement.kind, row.body, is_lenient=True
    )


def book_as_of(at: datetime) -> Book:
    """Everything in force at an instant: of each agreement and calendar the newest version that is effective."""
    shelf = _shelf.get()
    found = (_in_force(versions, at) for versions in shelf.agreement_starts)
    calendars = {key: _in_force(versions, at) for key, versions in shelf.calendar_starts.items()}
    numbers = {key: version for key, version in calendars.items() if version is not None}
    return Book(tuple(one for one in found if one is not None), numbers)


def _in_force(versions: Sequence[tuple[datetime, T]], at: datetime) -> T | None:
    """The newest version wins, also over an older one that was to be effective after it."""
    return next((one for start, one in reversed(versions) if start <= at), None)


def agreement_at(agreement_id: int, version: int) -> Agreement:
    """That version of an agreement; raises `KeyError` when there is none."""
    return _shelf.get().agreements[agreement_id, version]


def hours_of(calendar_id: int, version: int) -> Hours:
    """The hours of that version of a calendar; raises `KeyError` when there is none."""
    return _shelf.get().hours[calendar_id, version]


def agreements_for(viewer: Viewer) -> QuerySet[AgreementRow]:
    """The agreements, for those who may read policies."""
    viewer.require("policy.read")
    return AgreementRow.objects.all()


def version_in_force(pk: int, at: datetime) -> AgreementVersion | None:
    """The version of an agreement in force at an instant, also one that ends it; None before the first."""
    rows = AgreementVersion.objects.filter(agreement_id=pk, effective_at__lte=at).select_related("agreement")
    return rows.order_by("-version").first()


def users_of_calendar(calendar_id: int) -> list[str]:
    """The names of the agreements that use a calendar in any version: it cannot be removed while there are some."""
    rows = AgreementRow.objects.filter(versions__calendars=calendar_id)
    return list(rows.distinct().order_by("name").values_list("name", flat=True))
