"""The list of alerts: what fires now, and by another filter whatever was."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
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
STATUSES: list[tuple[str, StrOrPromise]] = [
    ("status:open", pgettext_lazy("alerts", "Open")),
    ("status:firing", pgettext_lazy("status of an alert", "Firing")),
    ("status:acknowledged", gettext_lazy("Acknowledged")),
    ("status:resolved", gettext_lazy("Resolved")),
    ("", pgettext_lazy("alerts", "All")),
]
DEFERRED = ("description", "details", "links", "images", "trace", "changes")


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
            page = page_of(found.rows.select_related("integration").defer(*DEFERRED), asked)
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
        "live_url": _live_url(asked),
        "tabs": tabs(request, "alerts:index"),
        **_filters(asked),
    }


def rows_of(asked: Asked, request: Page) -> QuerySet[Alert]:
    """The alerts that fit. Raises `Invalid` when the filter cannot be asked."""
    return Alert.objects.filter(wanted(asked.filter, request.viewer, request.now))


def _live_url(asked: Asked) -> str:
    """Where the list asks what has changed; with the key beyond which an alert is new, where new ones belong."""
    values = {"filter": asked.filter}
    if not (asked.after or asked.before or asked.add):
        values["since"] = str(Alert.objects.order_by("-pk").values_list("pk", flat=True).first() or 0)
    return f"{reverse('alerts:live')}?{urlencode(values)}"


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
        "chips": [
            {"part": part, "remove_url": asked.url(filter=part.rest), "flip_url": asked.url(filter=part.flipped)}
            for part in found
        ],
        "clear_url": asked.url(filter=""),
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
