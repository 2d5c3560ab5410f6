"""Calendars: their secret addresses, of a schedule and of one's own shifts, and shifts that come in from a file."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.api.http import answer, nothing, to_json, viewer_of
from allclear.api.nouns import find
from allclear.api.oncall import SCHEDULES, oncall, schedules
from allclear.api.schemas import Instant, Key, Shape, Strict
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.oncall.actions import calendars as following
from allclear.oncall.actions import own_feeds
from allclear.oncall.actions.schedules import renew_feed
from allclear.oncall.importing import MOST_BYTES, import_overrides
from allclear.oncall.models import CalendarSource, Feed


class FeedShape(Shape):
    """`url` is a secret; null in an answer that is repeated."""

    url: str | None


@schedules.get("/{pk}/feed", FeedShape)
def read_schedule_feed(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read the address of a schedule's calendar."""
    return _feed(find(SCHEDULES, viewer_of(request), pk).feed_key)


@schedules.post("/{pk}/feed", FeedShape)
def renew_schedule_feed(request: HttpRequest, pk: Key) -> HttpResponse:
    """Give a schedule's calendar a new address; the old one ends."""
    return _feed(renew_feed(viewer_of(request), pk, now=clock.now()).feed_key)


class CalendarBody(Strict):
    """`calendar` is the text of an iCalendar file."""

    calendar: Annotated[str, Field(max_length=MOST_BYTES)]


class SkippedShape(Shape):
    summary: str
    starts_at: Instant
    reason: str


class ImportedShape(Shape):
    """The overrides that were made, and what did not come in."""

    override_ids: list[int]
    skipped: list[SkippedShape]


@schedules.post("/{pk}/import", ImportedShape)
def import_calendar(request: HttpRequest, pk: Key, payload: CalendarBody) -> HttpResponse:
    """Make an override (`only`) of each event of the next year that names a person of staff."""
    viewer = viewer_of(request)
    found = import_overrides(viewer, pk, payload.calendar.encode(), now=clock.now())
    skipped = [{"summary": one.summary, "starts_at": one.starts_at, "reason": one.reason} for one in found.skipped]
    return answer({"override_ids": [row.pk for row in found.overrides], "skipped": skipped})


class FollowedShape(Shape):
    """A calendar elsewhere that a schedule follows. Of its address only the host is told, for it may hold a key.

    `problem` says why it could not be read the last time; empty: it could.
    """

    id: int
    host: str
    read_at: Instant | None
    tried_at: Instant | None
    problem: str
    skipped: int


class FollowBody(Strict):
    url: Annotated[str, Field(max_length=1000, description="http, https or webcal.")]


@schedules.get("/{pk}/calendars", list[FollowedShape])
def list_followed_calendars(request: HttpRequest, pk: Key) -> HttpResponse:
    """List the calendars elsewhere that a schedule follows."""
    row = find(SCHEDULES, viewer_of(request), pk)
    return answer([_followed(one) for one in row.calendars.all()])


@schedules.post("/{pk}/calendars", FollowedShape, status=201)
def follow_calendar(request: HttpRequest, pk: Key, payload: FollowBody) -> HttpResponse:
    """Read a calendar now and every quarter of an hour; its events are overrides and follow what changes there."""
    return answer(_followed(following.add_calendar(viewer_of(request), pk, payload.url, now=clock.now())), 201)


@schedules.post("/{pk}/calendars/{calendar}/read", FollowedShape)
def read_followed_calendar(request: HttpRequest, pk: Key, calendar: Key) -> HttpResponse:
    """Read it now. What cannot be read changes nothing."""
    _of_schedule(pk, calendar)
    return answer(_followed(following.refresh_calendar(viewer_of(request), calendar, now=clock.now())))


@schedules.delete("/{pk}/calendars/{calendar}", None, status=204)
def unfollow_calendar(request: HttpRequest, pk: Key, calendar: Key) -> HttpResponse:
    """Follow it no more; its shifts to come are taken back."""
    _of_schedule(pk, calendar)
    following.remove_calendar(viewer_of(request), calendar, now=clock.now())
    return nothing()


def _of_schedule(pk: int, calendar: int) -> None:
    if not CalendarSource.objects.filter(pk=calendar, schedule=pk).exists():
        raise NotFound("This schedule follows no such calendar.")


def _followed(row: CalendarSource) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("id", "read_at", "tried_at", "problem")}
    return {**told, "host": str(row), "skipped": len(row.skipped)}


@oncall.get("/feed", FeedShape, errors=(401, 403, 404))
def read_own_feed(request: HttpRequest) -> HttpResponse:
    """Read the address of the calendar of your own shifts."""
    viewer = viewer_of(request)
    viewer.require("oncall.read")
    row = Feed.objects.filter(user=viewer.user_id or 0).first()
    if row is None:
        raise NotFound("You have no calendar. POST here makes one.")
    return _feed(row.key)


@oncall.post("/feed", FeedShape)
def renew_own_feed(request: HttpRequest) -> HttpResponse:
    """Make the calendar of your own shifts, or give it a new address; one from before ends."""
    return _feed(own_feeds.renew_own_feed(viewer_of(request), now=clock.now()).key)


@oncall.delete("/feed", None, status=204)
def end_own_feed(request: HttpRequest) -> HttpResponse:
    """End the calendar of your own shifts; its address leads nowhere any more."""
    own_feeds.end_own_feed(viewer_of(request))
    return nothing()


def _feed(key: str) -> HttpResponse:
    response = answer({"url": f"{settings.BASE_URL}/oncall/feeds/{key}.ics"})
    response.kept_body = to_json({"url": None})  # type: ignore[attr-defined]  # see idempotency.py
    return response
