"""Calendar feeds at secret addresses, and shifts that come in from a calendar file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from allclear.kernel import clock
from allclear.kernel.errors import Invalid
from allclear.kernel.words import from_data
from allclear.oncall import feeds
from allclear.oncall.actions import own_feeds
from allclear.oncall.actions.schedules import renew_feed
from allclear.oncall.importing import Imported, import_overrides
from allclear.oncall.models import CalendarSource, Schedule
from allclear.oncall.rota import schedules_for
from allclear.web.http import Page, signed_in
from allclear.web.records import found
from allclear.web.said import localised


@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar behind a secret address; calendar programs cannot log in."""
    response = HttpResponse(feeds.feed(key, clock.now()), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=300"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@signed_in
@require_POST
def renew(request: Page, pk: int) -> HttpResponseBase:
    """A new address for the feed of a schedule."""
    renew_feed(request.viewer, pk, now=request.now)
    messages.success(request, _("The calendar has a new address; the old one no longer answers."))
    return redirect("schedules:schedule", pk)


@signed_in
@require_POST
def renew_own(request: Page) -> HttpResponseBase:
    """A new address for the feed of one's own shifts."""
    own_feeds.renew_own_feed(request.viewer, now=request.now)
    messages.success(request, _("Your calendar has an address now. One from before no longer answers."))
    return redirect("schedules:index")


class FileForm(forms.Form):
    use_required_attribute = False
    file = forms.FileField(
        label=gettext_lazy("Calendar file (.ics)"),
        help_text=gettext_lazy(
            "Each event of the next year puts the person it names on call, and nobody else in that time. "
            "People are found by the attendee's address or by their name in the title."
        ),
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
    )


@signed_in
@require_http_methods(["GET", "POST"])
def bring_in(request: Page, pk: int) -> HttpResponse:
    """Shifts of a calendar file as overrides; what did not come in is listed with the reason."""
    request.viewer.require("oncall.change")
    row = found(schedules_for(request.viewer), pk, "schedule")
    if request.method == "GET":
        return import_page(request, row)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            done = import_overrides(request.viewer, row.pk, form.cleaned_data["file"].read(), now=request.now)
        except Invalid as error:
            form.add_error("file", localised(next(iter(error.fields.values()))))
        else:
            return import_page(request, row, done=done)
    return import_page(request, row, form=form, status=422)


def import_page(
    request: Page,
    row: Schedule,
    *,
    form: FileForm | None = None,
    address: Any = None,
    done: Imported | None = None,
    status: int = 200,
) -> HttpResponse:
    """The two ways in, a file and an address, and the calendars that are followed."""
    from allclear.web.oncall.calendars import AddressForm

    context = {
        "row": row,
        "form": form or FileForm(),
        "address": address or AddressForm(),
        "done": done,
        "sources": [_source(one) for one in row.calendars.all()],
        "back": reverse("schedules:schedule", args=[row.pk]),
        "back_label": row.name,
    }
    return render(request, "oncall/import.html", context, status=status)


def _source(row: CalendarSource) -> dict[str, Any]:
    skipped = [
        {"summary": one["summary"], "at": datetime.fromisoformat(one["at"]), "reason": _said(one["reason"])}
        for one in row.skipped
    ]
    return {"row": row, "problem": localised(row.problem), "skipped": skipped}


def _said(reason: Any) -> str:
    return localised(from_data("", reason) if isinstance(reason, dict) else str(reason))
