"""Reads of what was promised: agreements and calendars as of an instant, made ready to count with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import PROTECT, QuerySet

from allclear.accounts.permissions import Viewer
from allclear.domain.business import CalendarRules, Hours, rules_from
from allclear.domain.sla import Agreement, Book, agreement_from
from allclear.kernel.generation import Cached
from allclear.slas.models import Agreement as AgreementRow
from allclear.slas.models import AgreementVersion, BusinessCalendar, CalendarVersion

_Versions = Mapping[int, list[tuple[datetime, CalendarRules]]]  # of each calendar, in the order in which they begin


def _load() -> _Versions:
    found: dict[int, list[tuple[datetime, CalendarRules]]] = {}
    rows = CalendarVersion.objects.select_related("calendar").order_by("effective_at", "version")
    for row in rows:
        found.setdefault(row.calendar_id, []).append((row.effective_at, rules_of(row)))
    return found


_versions: Cached[_Versions] = Cached("business_calendars", _load)


def calendars_as_of(at: datetime) -> Mapping[int, CalendarRules]:
    """The versions in force at an instant, by the calendar's key; also of calendars out of use.

    A calendar that was added later is not among them.
    """
    found = {}
    for pk, versions in _versions.get().items():
        begun = [rules for effective_at, rules in versions if effective_at <= at]
        if begun:
            found[pk] = begun[-1]
    return found


def rules_of(row: CalendarVersion) -> CalendarRules:
    """What a version says, also one that a newer release wrote."""
    return rules_from(row.body, name=row.calendar.name, version=row.version, is_lenient=True)


@lru_cache(maxsize=512)
def compiled(version: CalendarRules) -> Hours:
    """A version made ready to count with: made once in each process, as what it says never changes."""
    return Hours(version)


def _load_hours() -> Mapping[tuple[int, int], Hours]:
    return {(pk, rules.version): compiled(rules) for pk, versions in _versions.get().items() for _, rules in versions}


_hours: Cached[Mapping[tuple[int, int], Hours]] = Cached("business_calendars", _load_hours)


def hours_of(calendar_id: int, version: int) -> Hours:
    """The hours of that version of a calendar; raises `KeyError` when there is none."""
    return _hours.get()[calendar_id, version]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """All versions of agreements, read once; None where one ends."""

    by_version: Mapping[tuple[int, int], Agreement]
    in_order: Sequence[Sequence[tuple[datetime, Agreement | None]]]  # of each agreement, as they begin


def _load_agreements() -> _Shelf:
    by_version: dict[tuple[int, int], Agreement] = {}
    in_order: dict[int, list[tuple[datetime, Agreement | None]]] = {}
    rows = AgreementVersion.objects.select_related("agreement")
    for row in rows.order_by("agreement__position", "agreement_id", "effective_at", "version"):
        one = by_version[row.agreement_id, row.version] = agreement_of(row)
        in_order.setdefault(row.agreement_id, []).append((row.effective_at, None if row.is_ended else one))
    return _Shelf(by_version, list(in_order.values()))


_agreements: Cached[_Shelf] = Cached("agreements", _load_agreements)


def agreement_of(row: AgreementVersion) -> Agreement:
    """What a version says, also one that a newer release wrote."""
    about = row.agreement
    return agreement_from(about.pk, row.version, about.name, about.kind, row.body, is_lenient=True)


def agreement_at(agreement_id: int, version: int) -> Agreement:
    """That version of an agreement; raises `KeyError` when there is none."""
    return _agreements.get().by_version[agreement_id, version]


def book_as_of(at: datetime) -> Book:
    """Every agreement and calendar in the version that is in force at an instant."""
    found = [[one for start, one in versions if start <= at] for versions in _agreements.get().in_order]
    agreements = tuple(versions[-1] for versions in found if versions and versions[-1] is not None)
    return Book(agreements, {pk: rules.version for pk, rules in calendars_as_of(at).items()})


def calendars_for(viewer: Viewer) -> QuerySet[BusinessCalendar]:
    """The calendars, for those who may read policies."""
    viewer.require("policy.read")
    return BusinessCalendar.objects.all()


def version_in_force(pk: int, at: datetime) -> CalendarVersion | None:
    """The row of the version in force at an instant; None before the first one."""
    rows = CalendarVersion.objects.filter(calendar_id=pk, effective_at__lte=at)
    return rows.select_related("calendar").order_by("-effective_at", "-version").first()


def newest_version(pk: int) -> CalendarVersion | None:
    """The row of the last version that was saved; it may begin later."""
    return CalendarVersion.objects.filter(calendar_id=pk).select_related("calendar").order_by("-version").first()


def users_of(pk: int) -> list[str]:
    """The names of what counts by a calendar: every row that refers to it and keeps it from being removed."""
    found: list[str] = []
    for relation in BusinessCalendar._meta.related_objects:
        if getattr(relation, "on_delete", None) is PROTECT:
            rows = relation.related_model._default_manager.filter(**{relation.field.name: pk})
            found += [str(row) for row in rows.order_by("pk")]
    return list(dict.fromkeys(found))


def is_newer(at: datetime, now: datetime) -> bool:
    """Whether another version of an agreement or a calendar has come into force since an instant."""
    starts = [start for versions in _agreements.get().in_order for start, _ in versions]
    starts += [start for versions in _versions.get().values() for start, _ in versions]
    return any(at < start <= now for start in starts)


def agreements_for(viewer: Viewer) -> QuerySet[AgreementRow]:
    """The agreements, for those who may read policies."""
    viewer.require("policy.read")
    return AgreementRow.objects.all()


def agreement_in_force(pk: int, at: datetime) -> AgreementVersion | None:
    """The version of an agreement in force at an instant, also one that ends it; None before the first."""
    rows = AgreementVersion.objects.filter(agreement_id=pk, effective_at__lte=at).select_related("agreement")
    return rows.order_by("-effective_at", "-version").first()


def users_of_calendar(calendar_id: int) -> list[str]:
    """The names of the agreements that use a calendar in any version: it cannot be removed while there are some."""
    rows = AgreementRow.objects.filter(versions__calendars=calendar_id)
    return list(rows.distinct().order_by("name").values_list("name", flat=True))
