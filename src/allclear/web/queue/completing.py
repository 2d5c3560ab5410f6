"""What is fetched once somebody types into the filter line, or opens the panels beside it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from allclear.incidents.completion import complete
from allclear.web.http import Page, signed_in
from allclear.web.queue import head
from allclear.web.queue.screens import read_address
from allclear.web.said import localised


@signed_in
def suggestions(request: Page) -> HttpResponse:
    """`text` and `cursor` as in the field. Answers options that say what to put in the place of what."""
    text = request.GET.get("text", "")[:2000]
    given = request.GET.get("cursor", "")
    cursor = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else len(text)
    found = complete(text, cursor, request.viewer, request.now)
    options = [{"one": one, "label": one.label, "detail": localised(one.detail)} for one in found]
    said = ngettext("{count} way to go on", "{count} ways to go on", len(options)).format(count=len(options))
    return render(request, "queue/_suggestions.html", {"options": options, "said": said if options else ""})


@signed_in
def filter_panel(request: Page) -> HttpResponse:
    """The form for those who do not type."""
    return _panel(request, "queue/_filter_panel.html")


@signed_in
def display_panel(request: Page) -> HttpResponse:
    """Columns, groups and the height of the lines."""
    return _panel(request, "queue/_display_panel.html")


def _panel(request: Page, template: str) -> HttpResponse:
    request.viewer.require("incident.read_internal")
    asked, _error = read_address(request)
    return render(request, template, head.panel(asked, request.viewer))
