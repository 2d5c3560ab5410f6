"""The verbs of paging: their dialogs, their refusals in words, and the explanation of each step."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from allclear.incidents import paging, paging_words
from allclear.incidents.models import Incident
from allclear.incidents.paged import people_of
from allclear.kernel.errors import AllclearError, Invalid, NotFound
from allclear.oncall.models import Escalation, EscalationEntry
from allclear.oncall.reading import paged_for
from allclear.web.http import Page, acting, signed_in
from allclear.web.incidents import verb_views
from allclear.web.incidents.common import address, find
from allclear.web.incidents.forms.base import Shown, VerbForm
from allclear.web.incidents.forms.work import DirectForm
from allclear.web.incidents.paging import PAGE, VERBS, PagingVerb


@signed_in
@require_http_methods(["GET", "POST"])
def page_by_hand(request: Page, number: str) -> HttpResponse:
    """The dialog "page the network team", and doing it."""
    return _run(request, find(request, number), "page", PAGE, 0)


@signed_in
@require_http_methods(["GET", "POST"])
def verb(request: Page, number: str, pk: int, verb: str) -> HttpResponse:
    """A verb of one escalation of this incident."""
    row, spec = find(request, number), VERBS.get(verb)
    mine = Escalation.objects.filter(subject_kind=paging.KIND, subject_id=row.pk, pk=pk)
    request.viewer.require("incident.work")
    if spec is None or not mine.exists():
        raise NotFound(gettext("There is no such escalation. Reload the page."))
    return _run(request, row, verb, spec, pk)


def _run(request: Page, row: Incident, name: str, spec: PagingVerb, pk: int) -> HttpResponse:
    request.viewer.require("incident.work")
    form = (spec.form or DirectForm)(
        request.POST if request.method == "POST" else None, shown=Shown(row, request.viewer)
    )
    if request.method != "POST":
        return _dialog(request, row, name, spec, form)
    if not form.is_valid():
        return _dialog(request, row, name, spec, form, 422)
    try:
        spec.act(acting(request), row, pk, form)
    except AllclearError as error:
        if error.status in (403, 404):
            raise
        form.complain(error)
        return _dialog(request, row, name, spec, form, 422 if isinstance(error, Invalid) else 409)
    messages.success(request, str(spec.done))
    return verb_views.page_again(request, row) if request.htmx else redirect(address(row))


def _dialog(
    request: Page, row: Incident, name: str, spec: PagingVerb, form: VerbForm, status: int = 200
) -> HttpResponse:
    context = {
        "incident": row,
        "name": f"paging-{name}",
        "form": form,
        "action": request.path,
        "title": (spec.title or spec.label).format(number=row.number),
        "submit": str(spec.label),
        "text": spec.text,
    }
    return verb_views.shown(request, context, status)


@signed_in
def why(request: Page, number: str, pk: int) -> HttpResponse:
    """The explanation of one entry, fetched when somebody asks for it."""
    request.viewer.require("incident.read_internal")
    row = find(request, number)
    entry = EscalationEntry.objects.filter(
        pk=pk, escalation__subject_kind=paging.KIND, escalation__subject_id=row.pk
    ).first()
    if entry is None:
        raise NotFound(gettext("There is no such step. Reload the page."))
    return render(request, "components/trace.html", {"trace": paging_words.steps_of(entry)})


@signed_in
def show(request: Page, number: str) -> HttpResponse:
    """Who was paged, by what, and why; who was not, and why not."""
    request.viewer.require("incident.read_internal")
    row = find(request, number)
    paged = paged_for(paging.KIND, row.pk)
    told = [
        {
            "row": one,
            "title": paging_words.title(one),
            "text": paging_words.sentence(one, paged, request.now),
            "lines": [line for line in paging_words.lines(paged) if line.after == one.pk],
        }
        for one in paged.escalations
    ]
    context = {
        "incident": row,
        "escalations": told,
        "nobody": "" if paged.escalations else paging_words.why_nobody(row),
        "people": people_of(row, paged, request.viewer, request.now),
        "back": address(row),
        "back_label": row.number,
    }
    return render(request, "incidents/paged.html", context)
