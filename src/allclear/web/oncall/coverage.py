"""Whether somebody is on call and can be reached in the next twelve months, and who carries how much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.domain import oncall as rules
from allclear.oncall.chains import Chain, ChainGap, prove
from allclear.oncall.coverage import BOUNCES, CALENDAR, HORIZON, UNREACHABLE, Coverage, Gap
from allclear.web.http import Page, signed_in
from allclear.web.oncall.weeks import span_words

MOST_GAPS = 12  # of a schedule that differ; more are counted
MOST_TIMES = 60  # at which the same hole comes back; more are counted
OFTEN = 10  # a hole that comes back so often is better closed by a layer than by overrides


@signed_in
def page(request: Page) -> HttpResponse:
    """Covered, or every hole with the override that closes it."""
    proof = prove(request.viewer, request.now, request.now + HORIZON)
    found = proof.schedules
    may_change = request.viewer.may("oncall.change")
    context = {
        "schedules": [_told(one, may_change, request.now) for one in sorted(found, key=lambda one: one.is_covered)],
        "chains": [_chain(one, request) for one in sorted(proof.chains, key=lambda one: one.is_covered)],
        "total": len(found) + len(proof.chains),
        "is_covered": proof.is_covered,
        "until": request.now + HORIZON,
        "back": reverse("schedules:index"),
        "back_label": _("On call"),
        "may_change": may_change,
    }
    return render(request, "oncall/coverage.html", context)


def _told(one: Coverage, may_change: bool, now: datetime) -> dict[str, Any]:
    alike = _alike(one.gaps)
    most = max((share.load.weight for share in one.ledger), default=None)
    return {
        "row": one.schedule,
        "is_covered": one.is_covered,
        "gaps": [_gap(one, same, may_change, now) for same in alike[:MOST_GAPS]],
        "more": sum(len(same) for same in alike[MOST_GAPS:]),
        "total": len(one.gaps),
        "ledger": [
            {
                "name": share.name,
                "shifts": share.load.shifts,
                "hours": _hours(share.load.on_call_for),
                "nights": _hours(share.load.night_for),
                "weekends": _hours(share.load.weekend_for),
                "holidays": _hours(share.load.holiday_for),
                "pages": share.pages,
                "night_pages": share.night_pages,
                "weight": _hours(share.load.weight),
                "share": round(100 * (share.load.weight / most)) if most else 0,
            }
            for share in one.ledger
        ],
    }


def _chain(one: Chain, request: Page) -> dict[str, Any]:
    zone = ZoneInfo(request.viewer.time_zone)
    return {
        "row": one.policy,
        "is_covered": one.is_covered,
        "gaps": [{"gap": gap, "span": _span(gap, zone, request.now)} for gap in one.gaps[:MOST_GAPS]],
        "more": max(0, len(one.gaps) - MOST_GAPS),
        "total": len(one.gaps),
    }


def _alike(gaps: Sequence[Gap]) -> list[list[Gap]]:
    """Holes that say the same, together; in the order of the first of them."""
    found: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        found.setdefault((gap.kind, gap.text), []).append(gap)
    return list(found.values())


def _gap(one: Coverage, same: Sequence[Gap], may_change: bool, now: datetime) -> dict[str, Any]:
    gap, again = same[0], same[1:]
    text = gap.repair.text if gap.repair and gap.kind != UNREACHABLE else ""
    # An hour too much needs no repair, and an address that refuses none by an override: others of theirs work.
    needs_none = gap.kind == BOUNCES or (gap.kind == rules.HoleKind.DST_SEAM and not gap.is_empty)
    url = fix_url(one.schedule.pk, gap) if may_change and not needs_none else ""
    if gap.kind == CALENDAR and may_change:
        url = reverse("schedules:import", args=[one.schedule.pk])
    zone = ZoneInfo(one.schedule.time_zone)
    is_often = len(again) >= OFTEN and gap.kind == rules.HoleKind.GAP
    return {
        "gap": gap,
        "repair": text,
        "fix_url": url,
        "span": _span(gap, zone, now),
        "again": [_span(other, zone, now) for other in again[:MOST_TIMES]],
        "again_count": len(again),
        "edit_url": reverse("schedules:edit", args=[one.schedule.pk]) if is_often and may_change else "",
    }


def _span(gap: Gap | ChainGap, zone: ZoneInfo, now: datetime) -> str:
    has_year = gap.ends_at.astimezone(zone).year != now.astimezone(zone).year
    return span_words(gap.starts_at, gap.ends_at, zone, has_year=has_year)


def fix_url(pk: int, gap: Gap) -> str:
    """The form that closes the hole, begun with the proposal."""
    asked: list[tuple[str, str]] = [("kind", "add")]
    start, end = gap.starts_at, gap.ends_at
    if gap.kind == UNREACHABLE:
        asked = [("kind", "replace"), ("instead_of", str(gap.people[0]))]
    elif gap.repair and gap.repair.override:
        start, end = gap.repair.start, gap.repair.end
        asked += [("people", str(person)) for person in gap.repair.override.people]
    asked += [("from", start.isoformat()), ("until", end.isoformat())]
    return f"{reverse('schedules:override', args=[pk])}?{urlencode(asked)}"


def _hours(span: timedelta) -> int:
    return round(span.total_seconds() / 3600)
