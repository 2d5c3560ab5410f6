"""The queue: what is there to do, most critical first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from allclear.accounts.permissions import Viewer
from allclear.domain.filters import FilterError
from allclear.incidents.models import Incident, IncidentQuerySet
from allclear.incidents.ordering import Order, order_of
from allclear.incidents.queries import filter_q
from allclear.kernel.errors import Invalid
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.queue import groups, head, lines, parts
from allclear.web.queue.asked import DENSITIES, Asked, asked_by
from allclear.web.queue.columns import columns_of
from allclear.web.queue.pages import Slice, page_of, total_of
from allclear.web.said import localised

DENSITY = "density"  # the cookie with what this device chose


@signed_in
def queue(request: Page) -> HttpResponse:
    """The whole page, or only the list when htmx asks. What was typed beside the filter becomes a part of it."""
    asked, error = read_address(request)
    try:
        rows, order = incidents_of(asked, request)
    except Invalid as invalid:
        error = error or invalid
        rows, order = Incident.objects.none(), order_of("newest", request.viewer, request.now)
    request.view_key = asked.base.key  # type: ignore[attr-defined]  # read by the side bar
    context = _context(request, asked, rows, order, error)
    is_part = wants_fragment(request)
    response = render(request, "queue/_queue.html" if is_part else "queue/queue.html", context)
    response["Vary"] = "HX-Request, Cookie"
    if is_part:
        is_same = urlsplit(request.htmx.current_url_abs_path or "").query == urlsplit(asked.here).query
        response["HX-Push-Url"] = "false" if error or is_same else asked.here
    if request.GET.get(DENSITY) in DENSITIES:
        response.set_cookie(
            DENSITY, request.GET[DENSITY], max_age=31_536_000, samesite="Lax", secure=request.is_secure()
        )
    return response


def read_address(request: Page) -> tuple[Asked, Invalid | None]:
    """The state, with what was typed joined to the filter if that can be read and asked; else what is wrong."""
    density = request.COOKIES.get(DENSITY, "")
    try:
        asked = asked_by(request.GET, request.viewer, density)
    except FilterError as error:
        plain = request.GET.copy()
        for name in ("pick", "drop"):
            plain.pop(name, None)
        return asked_by(plain, request.viewer, density), error
    if not asked.add:
        return asked, None
    try:
        filter_q(asked.add, request.viewer, request.now)
        text = parts.joined(asked.filter, asked.add)
    except Invalid as error:
        return asked, error
    return replace(asked, filter=text, add=""), None


def incidents_of(asked: Asked, request: Page) -> tuple[IncidentQuerySet, Order]:
    """The rows that the state asks for, and their order. Raises `Invalid` when the filter cannot be asked."""
    viewer = request.viewer
    wanted = filter_q(asked.filter, viewer, request.now)
    rows = Incident.objects.visible_to(viewer).filter(wanted)
    return rows, order_of(asked.sort, viewer, request.now, group_by=asked.group)


def _context(
    request: Page, asked: Asked, rows: IncidentQuerySet, order: Order, error: Invalid | None
) -> dict[str, Any]:
    viewer = request.viewer
    total = total_of(rows)
    page = _page(asked, rows, order, viewer)
    columns = columns_of(asked.columns, viewer)
    drawn = lines.lines_of(page.rows, columns, viewer, request.now, reasons=asked.sort == "next")
    is_narrowed = asked.filter != asked.base.filter or not asked.base.key
    return {
        "asked": asked,
        "lines": drawn,
        "groups": _groups(asked, rows, drawn, viewer, page),
        "total": total,
        "count_text": total.in_words(is_staff=viewer.is_staff),
        "is_staff": viewer.is_staff,
        "older_url": asked.url(after=page.older) if page.older else "",
        "newer_url": asked.url(before=page.newer) if page.newer else "",
        "first_url": asked.url(),
        "page_text": _("{count} shown").format(count=len(drawn)) if page.older or page.newer else "",
        "is_narrowed": is_narrowed,
        "is_first_time": not page.rows and not error and _is_empty(viewer),
        **head.context(asked, viewer, error, columns),
        "empty_text": head.empty_text(asked, is_narrowed=is_narrowed, is_staff=viewer.is_staff),
        "error": localised(error.message) if error else "",
    }


def _page(asked: Asked, rows: IncidentQuerySet, order: Order, viewer: Viewer) -> Slice:
    known = Incident.objects.visible_to(viewer)
    if asked.group and asked.closed:
        rows = groups.without_closed(rows, asked.group, asked.closed, viewer)
    return page_of(lines.with_relations(rows), order, known, after=asked.after, before=asked.before)


def _groups(
    asked: Asked, rows: IncidentQuerySet, drawn: list[lines.Line], viewer: Viewer, page: Slice
) -> list[groups.Group]:
    if not asked.group:
        return []
    found = groups.groups_of(
        rows, drawn, asked.group, asked.closed, viewer, is_first=not page.newer, is_last=not page.older
    )
    for one in found:
        others = tuple(key for key in asked.closed if key != one.key)
        one.url = asked.url(closed=others if one.is_closed else (*others, one.key))
    return found


def _is_empty(viewer: Viewer) -> bool:
    return not Incident.objects.visible_to(viewer).exists()
