"""Whether somebody is on call and can be reached in the next twelve months, and who carries how much."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.domain import oncall as rules
from allclear.oncall.coverage import BOUNCES, HORIZON, UNREACHABLE, Coverage, Gap, coverage_of
from allclear.oncall.rota import schedules_for
from allclear.web.http import Page, signed_in

MOST_GAPS = 12  # of a schedule; more are counted


@signed_in
def page(request: Page) -> HttpResponse:
    """Covered, or every hole with the override that closes it."""
    rows = list(schedules_for(request.viewer).filter(is_active=True))
    found = coverage_of(rows, request.now, request.now + HORIZON)
    may_change = request.viewer.may("oncall.change")
    context = {
        "schedules": [_told(one, may_change) for one in sorted(found, key=lambda one: one.is_covered)],
        "covered": sum(one.is_covered for one in found),
        "total": len(found),
        "is_covered": all(one.is_covered for one in found),
        "until": request.now + HORIZON,
        "back": reverse("schedules:index"),
        "back_label": _("On call"),
        "may_change": may_change,
    }
    return render(request, "oncall/coverage.html", context)


def _told(one: Coverage, may_change: bool) -> dict[str, Any]:
    most = max((share.load.weight for share in one.ledger), default=None)
    return {
        "row": one.schedule,
        "is_covered": one.is_covered,
        "gaps": [_gap(one, gap, may_change) for gap in one.gaps[:MOST_GAPS]],
        "more": max(0, len(one.gaps) - MOST_GAPS),
        "total": len(one.gaps),
        "ledger": [
            {
                "name": share.name,
                "shifts": share.load.shifts,
                "hours": _hours(share.load.on_call_for),
                "nights": _hours(share.load.night_for),
                "weekends": _hours(share.load.weekend_for),
                "holidays": _hours(share.load.holiday_for),
                "weight": _hours(share.load.weight),
                "share": round(100 * (share.load.weight / most)) if most else 0,
            }
            for share in one.ledger
        ],
    }


def _gap(one: Coverage, gap: Gap, may_change: bool) -> dict[str, Any]:
    text = gap.repair.text if gap.repair and gap.kind != UNREACHABLE else ""
    # An hour too much needs no repair, and an address that refuses none by an override: others of theirs work.
    needs_none = gap.kind == BOUNCES or (gap.kind == rules.HoleKind.DST_SEAM and not gap.is_empty)
    url = fix_url(one.schedule.pk, gap) if may_change and not needs_none else ""
    return {"gap": gap, "repair": text, "fix_url": url}


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
