"""Business calendars: which time counts, their versions, and the hours of a span with the reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.api.http import answer, instant, nothing, refuse_unknown, seen_version, viewer_of
from allclear.api.oncall_shapes import SpanAsked
from allclear.api.paging import key_page
from allclear.api.present import names_of
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Page, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.kernel import clock
from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.events import position_of
from allclear.slas.actions import calendars as verbs
from allclear.slas.actions.nouns import CALENDAR
from allclear.slas.models import BusinessCalendar, CalendarVersion
from allclear.slas.queries import calendars_for, compiled, newest_version, rules_of, users_of, version_in_force

routes = Routes("Business calendars")
LONGEST = timedelta(days=400)  # of a span that may be asked for
Name = Annotated[str, Field(max_length=120)]
Note = Annotated[str, Field(max_length=300, description="Why it changes.")]
Begins = Annotated[Instant | None, Field(description="From when it holds: now, by default, or later.")]
Rules = Annotated[
    dict[str, Any],
    Field(description="`zone`, `is_always`, `week`, `holidays`, `special_days`, as docs/calendars.md describes them."),
]


class CalendarBody(Strict):
    name: Name
    body: Rules
    note: Note = ""
    is_active: bool = True


class CalendarEdit(Strict):
    """Only what is named changes. A `body` becomes the next version."""

    name: Name = ""
    body: Rules = {}
    effective_at: Begins = None
    note: Note = ""
    is_active: bool = True


class CalendarShape(Shape):
    """`version` and `body` are in force now; `newest_version` may begin later."""

    id: int
    name: str
    is_active: bool
    version: int
    effective_at: str
    body: dict[str, Any]
    newest_version: int
    used_by: list[str]


class CalendarVersionShape(Shape):
    version: int
    effective_at: str
    body: dict[str, Any]
    note: str
    author: str
    created_at: str


class PartShape(Shape):
    """`reason`: why it does not count; empty when it does."""

    starts_at: str
    ends_at: str
    is_open: bool
    reason: str


class CalendarHours(Shape):
    """What counts in [from, until), by the version in force at `from`."""

    version: int
    zone: str
    counted_seconds: float
    parts: list[PartShape]


@routes.get("", Page[CalendarShape], errors=(401, 403, 422))
def list_business_calendars(
    request: HttpRequest, is_active: bool | None = None, limit: Limit = 100, cursor: Cursor = ""
) -> HttpResponse:
    """List the business calendars."""
    refuse_unknown(request, ("is_active", "limit", "cursor"))
    rows = calendars_for(viewer_of(request))
    rows = rows if is_active is None else rows.filter(is_active=is_active)
    return answer(key_page(rows, cursor, limit, _calendar))


@routes.get("/{pk}", CalendarShape)
def read_business_calendar(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read a business calendar."""
    row = _found(viewer_of(request), pk)
    return answer(_calendar(row), version=position_of(CALENDAR.stream, pk))


@routes.post("", CalendarShape, status=201)
def add_business_calendar(request: HttpRequest, payload: CalendarBody) -> HttpResponse:
    """Add a business calendar; it counts from now on."""
    row = verbs.add_calendar(viewer_of(request), payload.model_dump(exclude_unset=True), now=clock.now())
    return answer(_calendar(row), 201, version=position_of(CALENDAR.stream, row.pk))


@routes.patch("/{pk}", CalendarShape, versioned=True)
def change_business_calendar(request: HttpRequest, pk: Key, payload: CalendarEdit) -> HttpResponse:
    """Change a business calendar.

    A `body` becomes the next version. What began under an earlier one keeps it.
    """
    values, now = payload.model_dump(exclude_unset=True), clock.now()
    row = verbs.change_calendar(viewer_of(request), pk, values, now=now, expected_version=seen_version(request))
    return answer(_calendar(row), version=position_of(CALENDAR.stream, pk))


@routes.delete("/{pk}", None, status=204)
def remove_business_calendar(request: HttpRequest, pk: Key) -> HttpResponse:
    """Remove a business calendar that nothing uses."""
    verbs.remove_calendar(viewer_of(request), pk, now=clock.now())
    return nothing()


@routes.get("/{pk}/versions", Page[CalendarVersionShape])
def list_calendar_versions(request: HttpRequest, pk: Key, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the versions of a business calendar, the newest first."""
    refuse_unknown(request, ("limit", "cursor"))
    row = _found(viewer_of(request), pk)
    names = names_of(row.versions.values_list("author_id", flat=True))

    def shown(version: CalendarVersion) -> dict[str, Any]:
        return {
            "version": version.version,
            "effective_at": instant(version.effective_at),
            "body": version.body,
            "note": version.note,
            "author": names.get(version.author_id or 0, ""),
            "created_at": instant(version.created_at),
        }

    return answer(key_page(row.versions.all(), cursor, limit, shown, ("-version",)))


@routes.get("/{pk}/hours", CalendarHours)
def read_calendar_hours(request: HttpRequest, pk: Key, query: Query[SpanAsked]) -> HttpResponse:
    """Read what counts in a span, what does not, and why; by default the next 14 days."""
    refuse_unknown(request, ("from", "until"))
    row = _found(viewer_of(request), pk)
    start = query.since or clock.now()
    end = query.until or start + timedelta(days=14)
    if not timedelta(0) < end - start <= LONGEST:
        raise Invalid({"until": f"Ask for a time of at most {LONGEST.days} days that ends after it begins."})
    version = version_in_force(row.pk, start) or newest_version(row.pk)
    assert version is not None  # every calendar has one
    hours = compiled(rules_of(version))
    parts = [
        {"starts_at": instant(p.start), "ends_at": instant(p.end), "is_open": p.is_open, "reason": p.reason}
        for p in hours.parts(start, end)
    ]
    seconds = hours.count(start, end).total_seconds()
    found = {"version": version.version, "zone": hours.rules.zone, "counted_seconds": seconds, "parts": parts}
    return answer(found)


def _found(viewer: Viewer, pk: int) -> BusinessCalendar:
    row = calendars_for(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such business calendar.")
    return row


def _calendar(row: BusinessCalendar) -> dict[str, Any]:
    newest = newest_version(row.pk)
    version = version_in_force(row.pk, clock.now()) or newest
    assert version is not None  # every calendar has one
    assert newest is not None
    return {
        "id": row.pk,
        "name": row.name,
        "is_active": row.is_active,
        "version": version.version,
        "effective_at": instant(version.effective_at),
        "body": version.body,
        "newest_version": newest.version,
        "used_by": users_of(row.pk),
    }
