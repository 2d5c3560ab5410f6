"""Calendars elsewhere that a schedule follows: added, read at once, removed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from allclear.kernel.errors import Invalid
from allclear.oncall.actions import calendars as verbs
from allclear.oncall.models import CalendarSource
from allclear.oncall.rota import schedules_for
from allclear.web.http import Page, signed_in
from allclear.web.oncall.feeds import import_page
from allclear.web.records import found
from allclear.web.said import localised


class AddressForm(forms.Form):
    use_required_attribute = False
    url = forms.CharField(
        label=gettext_lazy("Address of a calendar"),
        max_length=1000,
        help_text=gettext_lazy("It is read every quarter of an hour, and its shifts follow what changes there."),
        widget=forms.URLInput(attrs={"placeholder": "https://example.org/on-call.ics", "autocomplete": "off"}),
    )


@signed_in
@require_POST
def add(request: Page, pk: int) -> HttpResponseBase:
    """Follow a calendar from now on."""
    request.viewer.require("oncall.change")
    row = found(schedules_for(request.viewer), pk, "schedule")
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            source = verbs.add_calendar(request.viewer, row.pk, form.cleaned_data["url"], now=request.now)
        except Invalid as error:
            form.add_error("url", localised(next(iter(error.fields.values()))))
        else:
            count = source.overrides.filter(withdrawn_at=None).count()
            text = ngettext("{count} shift of {host} came in.", "{count} shifts of {host} came in.", count)
            messages.success(request, text.format(count=count, host=source))
            return redirect("schedules:import", row.pk)
    return import_page(request, row, address=form, status=422)


@signed_in
@require_POST
def read(request: Page, pk: int) -> HttpResponse:
    """Read it now."""
    row = verbs.refresh_calendar(request.viewer, pk, now=request.now)
    if row.problem:
        messages.error(request, localised(row.problem))
    else:
        messages.success(request, _("The calendar of {host} is read.").format(host=row))
    return redirect("schedules:import", row.schedule_id)


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Follow it no more."""
    request.viewer.require("oncall.change")
    row = found(CalendarSource.objects.all(), pk, "schedule")
    verbs.remove_calendar(request.viewer, row.pk, now=request.now)
    text = _("The calendar of {host} is followed no more; its shifts to come are taken back.")
    messages.success(request, text.format(host=row))
    return redirect("schedules:import", row.schedule_id)
