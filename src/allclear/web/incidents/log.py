"""Log an incident: one form, and the parts of it that come while somebody types."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from allclear.accounts.models import User
from allclear.catalog.models import IncidentTemplate
from allclear.incidents import actions
from allclear.incidents.actions import Outcome, desk
from allclear.incidents.models import Incident
from allclear.incidents.outages import outages
from allclear.kernel.errors import AllclearError, Invalid
from allclear.kernel.ids import new_id
from allclear.web.desk.views import LOG, log_drafts
from allclear.web.http import Page, acting, signed_in
from allclear.web.incidents.common import address
from allclear.web.incidents.forms.log import DeskForm, ReportForm, fill_of, start_from
from allclear.web.incidents.log_answers import SCREEN, USUALLY_OPEN, key_of
from allclear.web.said import localised


@signed_in
@require_http_methods(["GET", "POST"])
def log(request: Page) -> HttpResponse:
    """The form; what is wrong with it comes back at its fields, with everything that was typed."""
    request.viewer.require("incident.log")
    kind = DeskForm if request.viewer.is_staff else ReportForm
    if request.method == "GET":
        return _page(request, kind(viewer=request.viewer, initial=_start(request)))
    form = kind(request.POST, request.FILES, viewer=request.viewer)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        outcome = _log(request, form)
    except AllclearError as error:
        form.complain(error)
        return _page(request, form, status=422)
    _attach(request, outcome.incident, form)
    desk.drop_drafts(request.viewer, request.POST.get("draft_key", ""))
    if request.viewer.is_staff:
        return redirect("incidents:logged", outcome.incident.number)
    words = _("Thank you. Your report has the number {number}; you can follow it here.")
    messages.success(request, words.format(number=outcome.incident.number))
    return redirect(address(outcome.incident))


def _log(request: Page, form: ReportForm) -> Outcome:
    if not isinstance(form, DeskForm):
        return actions.log_incident(acting(request), form.as_log_form())
    return actions.log_call(acting(request), form.as_log_form(), caller=form.new_caller, solution=form.solution)


def _attach(request: Page, row: Incident, form: ReportForm) -> None:
    """The incident is logged already: a file that is refused must not take it back."""
    file = form.cleaned_data.get("file")
    if file is None:
        return
    try:
        actions.attach_file(acting(request), row.pk, name=file.name, chunks=file.chunks(), is_public=True)
    except Invalid as error:
        messages.warning(request, _("The file was not kept. {reason}").format(reason=localised(error.message)))


def _start(request: Page) -> dict[str, Any]:
    """From a template, and from the address: `?requester=7&title=...` opens the form with it."""
    start: dict[str, Any] = {"channel": "phone", "kind": "incident", "impact": "", "urgency": ""}
    if request.viewer.is_staff:
        template = IncidentTemplate.objects.filter(pk=key_of(request.GET.get("template")) or 0, is_active=True).first()
        start |= {name: value for name, value in start_from(template).items() if value is not None}
        start |= {n: key_of(request.GET[n]) for n in ("requester", "service", "category") if n in request.GET}
    else:
        own = User.objects.filter(pk=request.viewer.user_id or 0).values_list("location", flat=True).first()
        start["location"] = own or ""
    if title := request.GET.get("title", "").replace("\0", ""):
        start["title"] = title[:250]
    return start


def _page(request: Page, form: ReportForm, status: int = 200) -> HttpResponse:
    draft = request.POST.get("draft_key") or request.GET.get("draft") or f"{LOG}{new_id()}"
    context: dict[str, Any] = {
        "form": form,
        "draft": draft,
        "drafts": [row for row in log_drafts(request) if row["draft"].key != draft],
        "log_form_url": reverse("incidents:log"),
    }
    if not isinstance(form, DeskForm):
        context |= {"outages": outages(request.viewer), "own": _own(request)}
        return render(request, "incidents/log_portal.html", context, status=status)
    kept = desk.open_parts(request.viewer, SCREEN, USUALLY_OPEN)
    context |= {
        "templates": [{"row": t, "fill": fill_of(t)} for t in IncidentTemplate.objects.filter(is_active=True)[:12]],
        "chosen_template": request.GET.get("template") or request.POST.get("template", ""),
        "open_parts": {*kept, *form.open_parts, *(["more"] if form.opens_rare else [])},
        "new_caller": bool(form["caller_name"].value()),
    }
    return render(request, "incidents/log.html", context, status=status)


def _own(request: Page) -> list[Incident]:
    """What somebody who reports has open already."""
    rows = Incident.objects.visible_to(request.viewer).open().filter(requester=request.viewer.user_id or 0)
    return list(rows.only("number", "title", "status", "priority", "hold_reason").order_by("-logged_at", "-pk")[:5])
