"""What is fetched while somebody types a filter of alerts."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from allclear.alerts.completion import complete_alert_filter
from allclear.web.http import Page, signed_in
from allclear.web.said import localised


@signed_in
def suggestions(request: Page) -> HttpResponse:
    """`text` and `cursor` as in the field. Answers options that say what to put in the place of what."""
    text = request.GET.get("text", "")[:2000]
    given = request.GET.get("cursor", "")
    cursor = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else len(text)
    found = complete_alert_filter(text, cursor, request.viewer)
    options = [{"one": one, "label": one.label, "detail": localised(one.detail)} for one in found]
    said = ngettext("{count} way to go on", "{count} ways to go on", len(options)).format(count=len(options))
    return render(request, "queue/_suggestions.html", {"options": options, "said": said if options else ""})
