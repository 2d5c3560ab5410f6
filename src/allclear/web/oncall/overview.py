"""Who is on call now and who comes next, for every schedule; one's own shifts first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from allclear.accounts.models import Membership
from allclear.oncall.facts import reachable
from allclear.oncall.models import Feed, Schedule, Swap
from allclear.oncall.queries import members_of
from allclear.oncall.rota import LOOK_AHEAD, OnCall, Turn, joined, now_and_next, schedules_for, turns_in
from allclear.web.http import Page, signed_in
from allclear.web.oncall.swapping import Asked, asked_of

MOST_OWN = 8  # shifts of one's own on the page


@signed_in
def page(request: Page) -> HttpResponse:
    """The overview."""
    viewer, now = request.viewer, request.now
    rows = list(schedules_for(viewer).filter(is_active=True))
    own = [row for row in rows if viewer.user_id in members_of(row)]
    teams = set(Membership.objects.filter(user=viewer.user_id).values_list("team_id", flat=True))
    ordered = sorted(rows, key=lambda row: (row not in own, row.team_id not in teams, row.name.lower()))
    shown = now_and_next(ordered, now)
    people = {person for one in shown for person in one.people}
    unreached = set(people) - reachable(people)
    feed = Feed.objects.filter(user=viewer.user_id).first() if viewer.may("oncall.own") else None
    context = {
        "schedules": [_told(one, unreached) for one in shown],
        "mine": _mine(own, viewer.user_id or 0, now),
        "asked": _asked(rows, request),
        "cannot_be_reached": bool(own) and not reachable([viewer.user_id or 0]),
        "add_url": reverse("schedules:add") if viewer.may("oncall.change") else "",
        "may_act": viewer.may("oncall.own"),
        "feed_url": request.build_absolute_uri(reverse("schedules:feed", args=[feed.key])) if feed else "",
        "others_out_of_use": schedules_for(viewer).filter(is_active=False),
    }
    return render(request, "oncall/overview.html", context)


def _told(one: OnCall, unreached: set[int]) -> dict[str, Any]:
    names = [turn.name for turn in one.now if turn.user_id in unreached]
    return {"row": one.schedule, "now": one.now, "next": one.next, "shadows": one.shadows, "unreached": names}


def _mine(rows: list[Schedule], person: int, now: datetime) -> list[tuple[Schedule, Turn]]:
    """One's own next shifts over all schedules that one is in, the first first."""
    found = [
        (row, turn)
        for row in rows
        for turn in joined(turns_in(row, now, now + LOOK_AHEAD))
        if turn.user_id == person and turn.ends_at > now
    ]
    return sorted(found, key=lambda pair: pair[1].starts_at)[:MOST_OWN]


def _asked(rows: list[Schedule], request: Page) -> list[Asked]:
    """Swaps that wait for this person's answer."""
    open_ = Swap.objects.filter(schedule__in=rows, state="open", ends_at__gt=request.now)
    found = [asked_of(swap, request.viewer) for swap in open_.select_related("schedule", "beneficiary", "asked")]
    return [one for one in found if one.may_take]
