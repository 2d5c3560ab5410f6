"""What an open list of alerts asks when alerts change: its rows anew, and how many are new."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string

from allclear.alerts.models import Alert
from allclear.kernel.errors import Invalid
from allclear.web.alerts.asked import SIZE, Asked, asked_by
from allclear.web.alerts.lines import lines_of
from allclear.web.alerts.listing import DEFERRED, READ, rows_of
from allclear.web.alerts.rows import rows_html, stamp
from allclear.web.alerts.verbs import verbs_for
from allclear.web.http import Page, signed_in

NEWS = 100  # alerts that "n new" counts at most


@signed_in
def changes(request: Page) -> HttpResponse:
    """`on`: the rows of a page as KEY:STAMP, with commas; `since`: the key beyond which an alert is new to it.

    Answers the rows that are otherwise now, which no longer fit the filter (`gone`), and the line about new ones.
    """
    request.viewer.require(READ)
    asked, error = asked_by(request.GET, request.viewer, request.now)
    shown = _shown(request.GET.get("on", ""))
    try:
        if error:
            raise error
        fitting = set(rows_of(asked, request).filter(pk__in=shown).values_list("pk", flat=True))
        news = _news(request, asked)
    except Invalid:
        return JsonResponse({"rows": {}, "gone": [], "news": ""})
    rows = Alert.objects.filter(pk__in=shown).select_related("integration").defer(*DEFERRED)
    moved = [row for row in rows if stamp(row) != shown[row.pk]]
    may_select = bool(verbs_for(request.viewer))
    drawn = {
        line.alert.pk: rows_html([line], asked.url(), request.now, may_select=may_select)
        for line in lines_of(moved, request.viewer, request.now)
    }
    return JsonResponse({"rows": drawn, "gone": sorted(set(shown) - fitting), "news": news})


def _shown(given: str) -> dict[int, str]:
    pairs = [one.partition(":") for one in given.split(",")[:SIZE]]
    return {int(key): mark for key, _colon, mark in pairs if key.isascii() and key.isdecimal() and len(key) < 19}


def _news(request: Page, asked: Asked) -> str:
    """The line about alerts that came since; empty when there are none."""
    since = request.GET.get("since", "")
    if not (since.isascii() and since.isdecimal() and len(since) < 19):
        return ""
    found = rows_of(asked, request).filter(pk__gt=int(since)).order_by("pk").values("pk")[: NEWS + 1]
    count = len(found)
    shown = {"count": min(count, NEWS), "is_more": count > NEWS, "url": asked.url()}
    return render_to_string("alerts/_news.html", shown, request).strip()
