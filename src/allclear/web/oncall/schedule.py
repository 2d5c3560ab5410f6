"""The page of one schedule: its calendar, what changes it, and the verbs."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.accounts.models import User
from allclear.domain import oncall as rules
from allclear.oncall.actions.nouns import SCHEDULE
from allclear.oncall.models import Leave, Override, Schedule, Swap
from allclear.oncall.queries import members_of, past_of, rules_of
from allclear.oncall.rota import joined, now_and_next, schedules_for, turns_in
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.oncall.swapping import asked_of
from allclear.web.oncall.weeks import Painter, Sheet, sheet
from allclear.web.records import found

MOST_CHANGES = 50  # of overrides, swaps and leave each, on the page


@signed_in
def page(request: Page, pk: int) -> HttpResponse:
    """Month or week, for everybody or one person."""
    row = found(schedules_for(request.viewer), pk, "schedule")
    zone = ZoneInfo(row.time_zone)
    shown = sheet(request.GET.get("view", ""), request.GET.get("day", ""), request.now.astimezone(zone).date())
    context = _calendar(request, row, shown) | _changes(request, row)
    (standing,) = now_and_next([row], request.now)
    members = members_of(row)
    may_act = request.viewer.may("oncall.change") or request.viewer.user_id in members
    may_override = may_act and request.viewer.may("oncall.own")
    context |= {
        "row": row,
        "standing": standing,
        "sheet": shown,
        "views": [
            {"value": "month", "label": _("Month"), "url": f"?view=month&day={shown.anchor}"},
            {"value": "week", "label": _("Week"), "url": f"?view=week&day={shown.anchor}"},
        ],
        "may_act": may_override,
        "drag_url": reverse("schedules:override", args=[row.pk]) if may_override else "",
        "may_ask": request.viewer.user_id in members and request.viewer.may("oncall.own"),
        "edit_url": reverse("schedules:edit", args=[row.pk]) if request.viewer.may("oncall.change") else "",
        "feed_url": request.build_absolute_uri(reverse("schedules:feed", args=[row.feed_key])),
        "facts": _facts(row),
        "history": history(SCHEDULE.stream, row.pk),
        "back": reverse("schedules:index"),
        "back_label": _("On call"),
        "noun_words": NOUNS["schedule"],
    }
    return render(request, "oncall/schedule.html", context)


def _calendar(request: Page, row: Schedule, shown: Sheet) -> dict[str, Any]:
    zone = ZoneInfo(row.time_zone)
    start, end = shown.bounds(zone)
    planned = rules_of(row, start, end)
    spans = rules.final(planned, start, end, past_of(row, start, end))
    turns = turns_in(row, start, end)
    people = sorted({(turn.name, turn.user_id) for turn in turns})
    asked = request.GET.get("person", "")
    person = int(asked) if asked.isdigit() else 0
    if person not in {pk for _, pk in people}:
        person = 0
    first = row.past_shifts.values_list("starts_at", flat=True).first()
    begins = first or row.frozen_until  # before it the schedule was not there
    gaps = [
        (max(hole.start, begins), hole.end)
        for hole in rules.holes_in(planned, spans)
        if hole.is_empty and hole.end > begins and not person
    ]
    seen = [turn for turn in turns if person in (0, turn.user_id)]
    painter = Painter(zone, joined(seen), gaps if row.is_active else [], request.now, planned.holidays)
    return {
        "weeks": painter.weeks(shown),
        "people": people,
        "person": person,
        "turns": sorted(seen, key=lambda turn: turn.starts_at),
        "zone": row.time_zone,
    }


def _changes(request: Page, row: Schedule) -> dict[str, Any]:
    """Overrides, swaps and leave that are not over yet."""
    now, viewer = request.now, request.viewer
    overrides = Override.objects.filter(schedule=row, withdrawn_at=None, ends_at__gt=now).select_related(
        "instead_of", "created_by"
    )[:MOST_CHANGES]
    swaps = Swap.objects.filter(schedule=row, state__in=("open", "taken"), ends_at__gt=now).select_related(
        "schedule", "beneficiary", "asked", "benefactor"
    )[:MOST_CHANGES]
    members = members_of(row)
    leaves = Leave.objects.filter(user__in=members, withdrawn_at=None, ends_at__gt=now).select_related("user")
    named = {person for one in overrides for person in one.people}
    names = dict(User.objects.filter(pk__in=named).values_list("pk", "name"))
    may_change, is_member = viewer.may("oncall.change"), viewer.user_id in members
    return {
        "overrides": [
            {
                "row": one,
                "people": ", ".join(names.get(person, "?") for person in one.people),
                "may_withdraw": may_change or (is_member and {*one.people, one.instead_of_id} - {None} <= members),
            }
            for one in overrides
        ],
        "swaps": [asked_of(one, viewer) for one in swaps],
        "leaves": [
            {"row": one, "may_withdraw": may_change or one.user_id == viewer.user_id} for one in leaves[:MOST_CHANGES]
        ],
    }


def _facts(row: Schedule) -> list[tuple[str, object]]:
    where = "-".join(filter(None, (row.country, row.region)))
    return [(_("Team"), row.team), (_("Time zone"), row.time_zone), (_("Public holidays"), where or _("none"))]
