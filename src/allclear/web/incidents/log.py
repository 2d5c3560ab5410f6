"""Log an incident: one form, and the parts of it that come while somebody types."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from allclear.accounts.models import User
from allclear.accounts.queries import people_visible_to
from allclear.catalog import queries as catalog
from allclear.catalog.models import IncidentTemplate
from allclear.catalog.policies import in_force
from allclear.domain.priority import Assessment, assess
from allclear.incidents import actions, search
from allclear.incidents.actions import Outcome, desk
from allclear.incidents.models import Incident
from allclear.kernel.errors import AllclearError, Invalid
from allclear.kernel.ids import new_id
from allclear.web.desk.views import LOG, log_drafts
from allclear.web.http import Page, acting, signed_in
from allclear.web.incidents.common import address
from allclear.web.incidents.forms.log import CiForm, DeskForm, ReportForm, start_from
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
        outcome = actions.log_incident(acting(request), form.as_log_form())
    except AllclearError as error:
        form.complain(error)
        return _page(request, form, status=422)
    _attach(request, outcome.incident, form)
    desk.drop_drafts(request.viewer, request.POST.get("draft_key", ""))
    messages.success(request, _words(request, outcome))
    return redirect(address(outcome.incident))


def _attach(request: Page, row: Incident, form: ReportForm) -> None:
    """The incident is logged already: a file that is refused must not take it back."""
    file = form.cleaned_data.get("file")
    if file is None:
        return
    try:
        actions.attach_file(acting(request), row.pk, name=file.name, chunks=file.chunks(), is_public=True)
    except Invalid as error:
        messages.warning(request, _("The file was not kept. {reason}").format(reason=localised(error.message)))


def _words(request: Page, outcome: Outcome) -> str:
    if not request.viewer.is_staff:
        words = _("Thank you. Your report has the number {number}; you can follow it here.")
        return words.format(number=outcome.incident.number)
    decided = ". ".join(localised(text) for text in outcome.summary)
    return _("Logged as {number}. {decided}.").format(number=outcome.incident.number, decided=decided)


def _start(request: Page) -> dict[str, Any]:
    """From a template, and from the address: `?requester=7&title=...` opens the form with it."""
    start: dict[str, Any] = {"channel": "phone", "kind": "incident", "impact": "", "urgency": ""}
    if request.viewer.is_staff:
        template = IncidentTemplate.objects.filter(pk=_key(request.GET.get("template")) or 0, is_active=True).first()
        start |= {name: value for name, value in start_from(template).items() if value is not None}
        start |= {n: _key(request.GET[n]) for n in ("requester", "service", "category") if n in request.GET}
    else:
        own = User.objects.filter(pk=request.viewer.user_id or 0).values_list("location", flat=True).first()
        start["location"] = own or ""
    if title := request.GET.get("title", "").replace("\0", ""):
        start["title"] = title[:250]
    return start


def _key(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _page(request: Page, form: ReportForm, status: int = 200) -> HttpResponse:
    is_staff = request.viewer.is_staff
    draft = request.POST.get("draft_key") or request.GET.get("draft") or f"{LOG}{new_id()}"
    templates = IncidentTemplate.objects.filter(is_active=True).only("pk", "name")[:12] if is_staff else []
    context = {
        "form": form,
        "is_staff": is_staff,
        "templates": templates,
        "chosen_template": request.GET.get("template", ""),
        "draft": draft,
        "drafts": [row for row in log_drafts(request) if row["draft"].key != draft],
        "log_form_url": reverse("incidents:log"),
    }
    return render(request, "incidents/log.html" if is_staff else "incidents/log_portal.html", context, status=status)


@signed_in
@require_POST
def questions(request: Page) -> HttpResponse:
    """What the chosen category asks; what was answered already stays."""
    request.viewer.require("incident.log")
    kind = DeskForm if request.viewer.is_staff else ReportForm
    return render(
        request, "incidents/_questions.html", {"form": kind(viewer=request.viewer, initial=request.POST.dict())}
    )


@signed_in
@require_POST
def weigh(request: Page) -> HttpResponse:
    """The priority that impact and urgency lead to, and why, before anything is saved."""
    request.viewer.require("incident.work")
    weight = _weight(request)
    return render(request, "incidents/_weight.html", {"weight": weight, "steps": _steps(weight)})


def _weight(request: Page) -> Assessment:
    matrix = in_force().matrix
    node = catalog.category(_key(request.POST.get("category")))
    impact = _level(request, "impact") or (node and node.default_impact) or matrix.middle
    urgency = _level(request, "urgency") or (node and node.default_urgency) or matrix.middle
    affected = _key(request.POST.get("on_behalf_of")) or _key(request.POST.get("requester"))
    is_vip = bool(affected and people_visible_to(request.viewer).filter(pk=affected, is_vip=True).exists())
    severity = request.POST.get("severity", "")
    known = {band.key for band in matrix.bands}
    return assess(matrix, impact, urgency, is_vip=is_vip, severity=severity if severity in known else "")


def _level(request: Page, name: str) -> int | None:
    value = _key(request.POST.get(name))
    return value if value and value <= in_force().matrix.size else None


def _steps(weight: Assessment) -> list[dict[str, Any]]:
    return [
        {"text": localised(s.text), "detail": localised(s.because), "matched": s.matched} for s in weight.trace.steps
    ]


@signed_in
@require_POST
def caller(request: Page) -> HttpResponse:
    """Who calls, and what they have open already."""
    request.viewer.require("incident.read_internal")
    key = _key(request.POST.get("requester"))
    who = people_visible_to(request.viewer).select_related("organisation").filter(pk=key or 0).first()
    rows = Incident.objects.visible_to(request.viewer).open().filter(requester=who or 0).order_by("priority", "pk")
    return render(request, "incidents/_caller.html", {"who": who, "open": list(rows[:6])})


@signed_in
@require_POST
def alike(request: Page) -> HttpResponse:
    """What is probably the same: open incidents first, then what was solved lately."""
    title = request.POST.get("title", "").replace("\0", "")[:250]
    found = search.alike(
        title,
        request.viewer,
        request.now,
        service_id=_key(request.POST.get("service")),
        ci_ids=[key for text in request.POST.getlist("ci_ids") if (key := _key(text))],
        requester_id=_key(request.POST.get("requester")) if request.viewer.is_staff else request.viewer.user_id,
        open_only=not request.viewer.is_staff,
    )
    return render(request, "incidents/_alike.html", {"similar": found, "is_staff": request.viewer.is_staff})


@signed_in
@require_POST
def cis(request: Page) -> HttpResponse:
    """The configuration items chosen so far, with the one that was just added."""
    request.viewer.require("catalog.read")
    chosen = [*request.POST.getlist("ci_ids"), request.POST.get("ci_add", "")]
    auto = "dialog_%s" if request.GET.get("in") == "dialog" else "id_%s"
    form = CiForm(auto_id=auto, initial={"ci_ids": chosen})
    field: Any = form.fields["ci_ids"]
    field.show(chosen)
    return render(request, "incidents/_cis.html", {"form": form, "where": "dialog" if auto.startswith("d") else "id"})
