"""The list of alerts: what fires now, and by another filter whatever was."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from allclear.alerts.filters import wanted
from allclear.alerts.finding import Found, TooSlow, bounded, find
from allclear.alerts.models import Alert, Integration
from allclear.domain.filters import FilterError, quoted
from allclear.kernel.errors import Invalid
from allclear.web.alerts.asked import Asked, Slice, asked_by, counted, page_of
from allclear.web.alerts.lines import lines_of
from allclear.web.alerts.places import tabs
from allclear.web.alerts.rows import rows_html
from allclear.web.alerts.verbs import verbs_for
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.queue import parts
from allclear.web.said import localised
from allclear.web.templatetags.alerts_ui import SEVERITIES

READ = "alert.read"
NEWS = 100  # alerts that "n new" counts at most
STATUSES: list[tuple[str, StrOrPromise]] = [
    ("status:open", pgettext_lazy("alerts", "Open")),
    ("status:firing", pgettext_lazy("status of an alert", "Firing")),
    ("status:acknowledged", gettext_lazy("Acknowledged")),
    ("status:resolved", gettext_lazy("Resolved")),
    ("", pgettext_lazy("alerts", "All")),
]
_DEFERRED = ("description", "details", "links", "images", "trace", "changes")


@signed_in
def index(request: Page) -> HttpResponse:
    """The whole page, or only the list when htmx asks."""
    request.viewer.require(READ)
    asked, error = asked_by(request.GET, request.viewer, request.now)
    response = render(
        request, "alerts/_list.html" if wants_fragment(request) else "alerts/index.html", context(request, asked, error)
    )
    response["Vary"] = "HX-Request, Cookie"
    if wants_fragment(request):
        response["HX-Push-Url"] = "false" if error else asked.here
    return response


def context(request: Page, asked: Asked, error: Invalid | None = None) -> dict[str, Any]:
    """What the list needs; `error`: why what was typed could not be joined to the filter."""
    try:
        found = find(asked.filter, request.viewer, request.now)
        with bounded():
            page = page_of(found.rows.select_related("integration").defer(*_DEFERRED), asked)
    except Invalid as invalid:
        found, page, error = Found(Alert.objects.none()), Slice([]), error or invalid
    verbs = verbs_for(request.viewer)
    lines = lines_of(page.rows, request.viewer, request.now)
    return {
        "asked": asked,
        "lines": lines,
        "rows": rows_html(lines, asked.url(), request.now, may_select=bool(verbs)),
        "count_text": counted(found, page, asked),
        "older_url": asked.url(after=page.older) if page.older else "",
        "newer_url": asked.url(before=page.newer) if page.newer else "",
        "first_url": asked.url(),
        "error": localised(error.message) if error else "",
        "error_title": _("This filter takes too long")
        if isinstance(error, TooSlow)
        else _("This filter cannot be read"),
        "error_at": error.at if isinstance(error, FilterError) else 0,
        "is_unreadable": error is not None and not asked.add,
        "is_first_time": not page.rows and not error and not Alert.objects.exists(),
        "has_integrations": Integration.objects.exists(),
        "may_work": request.viewer.may("alert.work"),
        "may_change": request.viewer.may("alert.change"),
        "verbs": verbs,
        "newest": _newest(page, asked),
        "tabs": tabs(request, "alerts:index"),
        **_filters(asked),
    }


@signed_in
def news(request: Page) -> HttpResponse:
    """A fragment that the list asks for every few seconds: how many came since, under its filter."""
    request.viewer.require(READ)
    asked, error = asked_by(request.GET, request.viewer, request.now)
    since = request.GET.get("since", "")
    count = 0
    if error is None and since.isdecimal() and len(since) < 19:
        try:
            rows = Alert.objects.filter(wanted(asked.filter, request.viewer, request.now), pk__gt=int(since))
            with bounded():
                count = len(rows.order_by("pk").values("pk")[: NEWS + 1])
        except Invalid:
            count = 0
    shown = {"count": min(count, NEWS), "is_more": count > NEWS, "url": asked.url()}
    return render(request, "alerts/_news.html", shown)


def _newest(page: Slice, asked: Asked) -> int | None:
    """Beyond which key an alert is new; None where nothing new belongs (a later page, an unreadable filter)."""
    if asked.after or asked.before or asked.add:
        return None
    return Alert.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _filters(asked: Asked) -> dict[str, Any]:
    """Chips for the parts of the filter, and menus that replace one part."""
    try:
        found = parts.parts_of(asked.filter)
    except FilterError:
        return {"chips": [], "typed": asked.filter, "kept": "", "status_options": [], "severity_options": []}
    texts = {part.text for part in found}
    rest = next((part.rest for part in found if part.field == "status" and not part.is_excluded), asked.filter)
    without = next((part.rest for part in found if part.field == "severity" and not part.is_excluded), asked.filter)
    current = next((text for text, _label in STATUSES if text in texts), "")
    return {
        "chips": [{"part": part, "remove_url": asked.url(filter=part.rest)} for part in found],
        "typed": asked.add,
        "kept": asked.filter,
        "current_status": current if current or rest == asked.filter else None,
        "status_options": [
            {"value": text, "label": label, "url": asked.url(filter=parts.picked(rest, text) if text else rest)}
            for text, label in STATUSES
        ],
        "severity_options": [
            {"label": _("Any severity"), "url": asked.url(filter=without), "is_current": without == asked.filter},
            *(
                {
                    "label": word, "severity": name, "is_current": f"severity:{name}" in texts,
                    "url": asked.url(filter=parts.picked(asked.filter, f"severity:{name}")),
                }
                for name, (_letter, word) in SEVERITIES.items()
            ),
        ],
        "integration_options": [
            {
                "label": name,
                "is_current": f"integration:{quoted(name)}" in texts,
                "url": asked.url(filter=parts.picked(asked.filter, f"integration:{quoted(name)}")),
            }
            for name in Integration.objects.values_list("name", flat=True)[:50]
        ],
    }  # fmt: skip
