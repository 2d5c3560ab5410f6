"""After logging: the number to tell the caller, where it went and why, and what can be done at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from allclear.accounts.queries import people_visible_to
from allclear.catalog.policies import in_force
from allclear.domain.lifecycle import Verb, is_allowed
from allclear.incidents import actions
from allclear.incidents.actions import Resolution, desk
from allclear.incidents.actions.contact import contacts
from allclear.incidents.models import Incident
from allclear.incidents.timeline import newest_trace
from allclear.kernel.errors import AllclearError, Invalid
from allclear.kernel.models import Event
from allclear.web.http import Page, acting, signed_in
from allclear.web.incidents.common import address, find
from allclear.web.incidents.forms.base import codes
from allclear.web.incidents.forms.fields import area, say_what_is_missing
from allclear.web.incidents.log_answers import key_of
from allclear.web.said import localised


class SolvedForm(forms.Form):
    """Solved while the caller was on the phone."""

    use_required_attribute = False
    resolution_code = forms.ChoiceField(label=gettext_lazy("How it was resolved"))
    resolution = forms.CharField(
        label=gettext_lazy("What was done"), widget=area(3), help_text=gettext_lazy("The requester reads this.")
    )
    cause_code = forms.ChoiceField(label=gettext_lazy("Cause"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        lists: dict[str, Any] = {name: self.fields[name] for name in ("resolution_code", "cause_code")}
        for name, field in lists.items():
            field.choices = codes(name.removesuffix("_code"))
        if not in_force().lifecycle.needs_cause:
            del self.fields["cause_code"]
        say_what_is_missing(self)

    def as_resolution(self) -> Resolution:
        said = self.cleaned_data
        return Resolution(said["resolution_code"], said["resolution"], cause_code=said.get("cause_code", ""))

    def complain(self, error: AllclearError) -> None:
        known = error.fields if isinstance(error, Invalid) else {"": error.message}
        for name, text in known.items():
            self.add_error(name if name in self.fields else None, localised(text))


@signed_in
@require_http_methods(["GET", "POST"])
def logged(request: Page, number: str) -> HttpResponse:
    """The result; a POST resolves it at once."""
    request.viewer.require("incident.work")
    row = find(request, number)
    form = SolvedForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return _page(request, row, form, 200 if request.method == "GET" else 422)
    try:
        actions.resolve_incident(acting(request), row.pk, form.as_resolution())
    except AllclearError as error:
        form.complain(error)
        return _page(request, row, form, error.status)
    messages.success(request, _("Resolved on the phone."))
    return redirect("incidents:logged", row.number)


def _page(request: Page, row: Incident, form: SolvedForm, status: int) -> HttpResponse:
    events = list(Event.objects.filter(stream_type="incident", stream_id=row.pk).order_by("position"))
    context = {
        "incident": row,
        "form": form,
        "priority_why": newest_trace(events, "priority_matrix"),
        "routing_why": newest_trace(events, "routing"),
        "contacts": contacts(row.pk) if request.GET.get("again") else 0,
        "may_resolve": is_allowed(Verb.RESOLVE, row.status),
        "address": address(row),
    }
    return render(request, "incidents/logged.html", context, status=status)


@signed_in
@require_POST
def again(request: Page, number: str) -> HttpResponse:
    """It is this one: the call counts there, with what was typed as a note, and nothing is logged twice."""
    request.viewer.require("incident.note")
    row = find(request, number)
    said = request.POST
    key = key_of(said.get("requester"))
    if key and not people_visible_to(request.viewer).filter(pk=key).exists():
        key = None
    try:
        actions.add_contact(
            acting(request),
            row.pk,
            person_id=key,
            channel=said.get("channel") or "phone",
            note=_note(request, is_named=key is not None),
        )
    except AllclearError as error:
        words = next(iter(error.fields.values())) if isinstance(error, Invalid) else error.message
        messages.error(request, localised(words))
        return redirect(address(row))
    desk.drop_drafts(request.viewer, said.get("draft_key", ""))
    return redirect(f"{address(row)}logged/?again=1")


def _note(request: Page, *, is_named: bool) -> str:
    """What was typed so far, line by line; who called comes first when nobody was chosen."""
    said = request.POST
    who = ", ".join(text for name in ("caller_name", "caller_contact") if (text := said.get(name, "").strip()))
    if not is_named and not who:
        who = _("Somebody called who did not give a name")
    lines = [] if is_named else [who]
    lines += [said.get(name, "").strip() for name in ("title", "description")]
    return "\n".join(line.replace("\0", "") for line in lines if line)
