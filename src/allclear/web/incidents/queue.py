"""The queue: what is there to do, most critical first."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allclear.incidents.models import Incident
from allclear.incidents.presets import Preset, presets_for
from allclear.incidents.queries import filter_q
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.incidents import filters, rows
from allclear.web.incidents.forms.filter import FilterForm
from allclear.web.incidents.paging import MOST_COUNTED, Slice, page_of
from allclear.web.said import localised

SHOWN = ("service", "team", "assignee", "requester", "on_behalf_of", "organisation", "supplier")


@signed_in
def queue(request: Page) -> HttpResponse:
    """The whole page, or only the list when htmx asks."""
    asked = filters.asked_by(request.GET, is_staff=request.viewer.is_staff)
    presets = presets_for(request.viewer)
    preset = next((p for p in presets if p.key == asked.view), None)
    if preset is None and not asked.values.get("status") and not asked.q:
        preset = presets[0]
    visible = Incident.objects.visible_to(request.viewer)
    found = asked.as_filter().apply(visible, request.viewer).select_related(*SHOWN)
    if preset:
        found = found.filter(filter_q(preset.filter, request.viewer, request.now))
    page = page_of(found, asked.sort, request.viewer, after=asked.after, before=asked.before)
    context = _context(request, asked, preset, page)
    template = "incidents/_queue.html" if wants_fragment(request) else "incidents/queue.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    return response


def _context(request: Page, asked: filters.Asked, preset: Preset | None, page: Slice) -> dict[str, Any]:
    viewer = request.viewer
    chips = filters.chips(asked)
    return {
        "rows": rows.rows_of(page.rows, request.now, is_staff=viewer.is_staff, team_ids=viewer.team_ids),
        "chips": chips,
        "title": localised(preset.label) if preset else (_("Incidents") if viewer.is_staff else _("Your reports")),
        "count_text": _count_text(page, viewer.is_staff),
        "page_text": _("{count} shown").format(count=len(page.rows)) if page.older or page.newer else "",
        "older_url": asked.url(after=page.older) if page.older else "",
        "newer_url": asked.url(before=page.newer) if page.newer else "",
        "sorts": [
            {"value": k, "label": v, "url": asked.url(sort=k)}
            for k, v in filters.SORTS.items()
            if viewer.is_staff or k != "critical"
        ],
        "sort": asked.sort,
        "sort_label": filters.SORTS[asked.sort],
        "sort_words": filters.SORTS_IN_TEXT[asked.sort],
        "clear_url": asked.url(**dict.fromkeys(asked.values, ""), q=""),
        "is_narrowed": asked.is_narrowed,
        "is_staff": viewer.is_staff,
        "is_first_time": not page.rows and not asked.is_narrowed and not _has_any(request),
        "may_import": viewer.may("incident.import"),
        "filter_form": FilterForm(viewer=viewer) if viewer.is_staff else None,
        "carried": _carried(asked),
        "empty_text": _empty_text(preset, asked),
    }


def _carried(asked: filters.Asked) -> list[tuple[str, str]]:
    """What the form to add a filter must send along."""
    pairs = [("view", asked.view), ("q", asked.q), ("sort", asked.sort if asked.sort != asked.usual_sort else "")]
    pairs += [(name, value) for name, values in asked.values.items() for value in values]
    return [(name, value) for name, value in pairs if value]


def _has_any(request: Page) -> bool:
    return Incident.objects.visible_to(request.viewer).exists()


def _count_text(page: Slice, is_staff: bool) -> str:
    total = page.total
    count = number_format(MOST_COUNTED if total is None else total, use_l10n=True, force_grouping=True)
    if total is None:
        words = _("more than {count} incidents") if is_staff else _("more than {count} reports")
    elif is_staff:
        words = ngettext("{count} incident", "{count} incidents", total)
    else:
        words = ngettext("{count} report", "{count} reports", total)
    return words.format(count=count)


_EMPTY = {
    "open": gettext_lazy("No incident is open. Enjoy the quiet, or log one if you know of trouble."),
    "mine": gettext_lazy("Nothing is assigned to you. Look at “Nobody yet” and accept what you can begin with."),
    "teams": gettext_lazy("No incident of your teams is open."),
    "offered": gettext_lazy("No team hands anything over to yours just now."),
    "nobody": gettext_lazy("Every open incident has somebody. Nothing lies unowned."),
    "requester": gettext_lazy("Nobody at the desk waits for an answer of a requester."),
    "verify": gettext_lazy("Nothing waits to be verified."),
    "ageing": gettext_lazy("Nothing has stalled and nothing has been open for too long."),
    "answer": gettext_lazy("Nobody waits for an answer from you."),
    "done": gettext_lazy("None of your reports has been solved yet."),
}


def _empty_text(preset: Preset | None, asked: filters.Asked) -> str:
    if asked.is_narrowed:
        return _("No incident fits all of these filters. Take one away, or clear them all.")
    return str(_EMPTY.get(preset.key if preset else "open", ""))
