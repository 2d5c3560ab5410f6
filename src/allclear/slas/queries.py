"""Reads of what was promised: calendars as of an instant, and calendars made ready to count with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from django.db.models import PROTECT, QuerySet

from allclear.accounts.permissions import Viewer
from allclear.domain.business import CalendarRules, Hours, rules_from
from allclear.kernel.generation import Cached
from allclear.slas.models import BusinessCalendar, CalendarVersion

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
def hours_of(version: CalendarRules) -> Hours:
    """A version made ready to count with: made once in each process, as what it says never changes."""
    return Hours(version)


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
