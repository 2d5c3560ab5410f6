"""Every verb of the page: its form in the dialog, its refusals in words, its conflicts side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event
from django_stubs_ext import StrOrPromise

from allclear.incidents import actions
from allclear.incidents.actions import Outcome, desk
from allclear.incidents.models import Incident
from allclear.kernel.errors import AllclearError, Conflict, Invalid, NotFound, Refused
from allclear.web.http import Page, acting, signed_in
from allclear.web.incidents import around, conflicts, detail, inline, offers, undo
from allclear.web.incidents.common import address, find
from allclear.web.incidents.forms.base import Shown, VerbForm
from allclear.web.incidents.forms.work import DirectForm
from allclear.web.incidents.verbs import VERBS, Spec
from allclear.web.said import localised


@signed_in
@require_http_methods(["GET", "POST"])
def verb(request: Page, number: str, verb: str) -> HttpResponse:
    """GET shows the form, POST does it."""
    name = verb.replace("-", "_")
    spec = VERBS.get(name)
    row = find(request, number)
    if spec is None:
        raise NotFound(_("There is no such verb. Go back to the incident and choose one of its buttons."))
    if request.method == "GET":
        _require_offered(name, spec, row, request)
        return _dialog(request, row, name, spec, _form(spec, request, row))
    form = _form(spec, request, row, bound=True)
    if form.data.get("keep-verb") == conflicts.THEIRS:
        messages.info(request, _("Left as it is. Nothing of yours was applied."))
        return page_again(request, row) if request.htmx else redirect(address(row))
    is_chosen = conflicts.choose(form)
    if not form.is_valid():
        return _dialog(request, row, name, spec, form, status=422)
    try:
        outcome = _do(request, spec, row, form)
    except AllclearError as error:
        return _refused(request, number, name, spec, form, error, is_chosen=is_chosen)
    desk.drop_drafts(request.viewer, f"incident:{row.number}:{name}")
    return done(request, row, outcome, spec.done, split=name == "split")


def _require_offered(name: str, spec: Spec, row: Incident, request: Page) -> None:
    request.viewer.require(spec.permission)
    if not offers.is_offered(name, spec, row, request.viewer, request.now):
        text = _("“{verb}” is not possible just now. Somebody may have changed the incident: reload the page.")
        raise Refused(text.format(verb=spec.label), code="not_offered")


def _form(spec: Spec, request: Page, row: Incident, *, bound: bool = False) -> VerbForm:
    kind = spec.form or DirectForm
    data = request.POST.copy() if bound else None
    if data is not None and "version" in request.GET:
        data["version"] = request.GET["version"]
    shown = Shown(row, request.viewer, extra=_wishes(request, str(spec.verb)))
    return kind(data, request.FILES if bound else None, shown=shown)


def _wishes(request: Page, verb: str) -> dict[str, Any]:
    """What the address asks of the form: only one fact of it, or to begin as another incident ended."""
    return {**inline.narrowing(request, verb), **around.beginnings_like(request, verb)}


def _do(request: Page, spec: Spec, row: Incident, form: VerbForm) -> Outcome:
    """Do it on what the person saw; what others did meanwhile is merged field by field."""
    version = None if spec.is_addition else form.cleaned_data.get("version")
    return spec.act(acting(request, version, merge=True), row, form)


def _refused(
    request: Page, number: str, name: str, spec: Spec, form: VerbForm, error: AllclearError, *, is_chosen: bool = True
) -> HttpResponse:
    """The form again with the reason; after a conflict with both sides, so that the person chooses and sends again."""
    if error.status in (403, 404):
        raise error
    row = find(request, number)
    if not isinstance(error, Conflict):
        form.complain(error)
        return _dialog(request, row, name, spec, form, status=422 if isinstance(error, Invalid) else 409)
    again = conflicts.rebased(form, row)
    told = conflicts.told(row, error, again, spec)
    if not told:
        again.add_error(None, localised(error.message))
    elif not is_chosen:
        again.add_error(None, _("Choose for each line what shall stand: theirs or yours."))
    return _dialog(request, row, name, spec, again, status=409, conflict=told)


def _dialog(
    request: Page,
    row: Incident,
    name: str,
    spec: Spec,
    form: VerbForm,
    *,
    status: int = 200,
    conflict: dict[str, Any] | None = None,
) -> HttpResponse:
    submit = str(spec.submit or spec.label)
    context = {
        "incident": row,
        "name": name,
        "form": form,
        "action": inline.address(request),
        "title": (spec.title or spec.label).format(number=row.number),
        "submit": submit,
        "text": spec.text or form.notice,
        "style": spec.style and f"{spec.style}-solid",
        "conflict": conflict,
        "draft": f"incident:{row.number}:{name}",
        "enctype": "multipart/form-data" if form.is_multipart() else "",
    }
    fact = inline.asked_in(request)
    if fact and request.htmx and not conflict and status != 409:
        context |= inline.context(form, fact, row.number)
        return inline.in_place(render(request, "incidents/_inline.html", context, status=status), fact)
    return shown(request, context, status)


def shown(request: Page, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A form as the dialog, or as a page of its own where there is no script."""
    template = "incidents/_verb.html" if request.htmx else "incidents/verb.html"
    response = render(request, template, context, status=status)
    if request.htmx and status != 200:
        return reswap(retarget(response, "#dialog-body"), "innerHTML")
    return response


def done(request: Page, row: Incident, outcome: Outcome, words: StrOrPromise, *, split: bool = False) -> HttpResponse:
    """The page as it is now; what was split off is gone to."""
    said = str(words) if outcome.events else _("It was so already; nothing has changed.")
    messages.success(request, conflicts.with_others(said, row, outcome), extra_tags=undo.after(outcome))
    if split:
        return _go(request, address(outcome.incident))
    if request.htmx:
        return page_again(request, row)
    return redirect(address(row)) if _is_seen(request, row) else _gone(request, row)


def _go(request: Page, where: str) -> HttpResponse:
    return HttpResponseClientRedirect(where) if request.htmx else redirect(where)


def _is_seen(request: Page, row: Incident) -> bool:
    return Incident.objects.visible_to(request.viewer).filter(pk=row.pk).exists()


def _gone(request: Page, row: Incident) -> HttpResponse:
    """A verb can take an incident out of one's own sight: say why, and go to the queue."""
    is_secret = Incident.objects.filter(pk=row.pk).exclude(security_class=None).exists()
    if is_secret:
        words = _("{number} is now seen by a named group only, so it is not in your queue any more.")
    else:
        words = _("{number} belongs to others now, so it is not in your queue any more.")
    messages.info(request, words.format(number=row.number))
    return _go(request, reverse("incidents:queue"))


def morph(response: HttpResponse) -> HttpResponse:
    """Answer with the whole incident, which is laid over the old one without losing place or focus."""
    retarget(response, "#incident")
    response["HX-Reswap"] = "morph:outerHTML"
    return response


def page_again(request: Page, row: Incident, composer_kind: str = "") -> HttpResponse:
    """The changed page as a fragment, with the messages as toasts; the dialog closes."""
    if not _is_seen(request, row):
        return _gone(request, row)
    context = detail.context_of(request, find(request, row.number)) | {"toasts": True, "composer_kind": composer_kind}
    body = "incidents/_incident.html" if request.viewer.is_staff else "incidents/_report_of_requester.html"
    response = render(request, body, context)
    return trigger_client_event(morph(response), "closeDialog")


@signed_in
@require_POST
def task(request: Page, number: str, task_id: str) -> HttpResponse:
    """Tick a task, or take the tick away; `status` says which."""
    row = find(request, number)
    status = request.POST.get("status", "done")
    outcome = actions.change_task(acting(request), row.pk, task_id, status=status)
    words = {"done": _("Task finished."), "open": _("Task opened again."), "cancelled": _("Task cancelled.")}
    return done(request, row, outcome, words.get(status, _("Saved.")))


@signed_in
@require_POST
def remove(request: Page, number: str, what: str, key: int) -> HttpResponse:
    """Take away a responder, a watcher or a link."""
    row = find(request, number)
    asked = acting(request)
    if what == "responder":
        outcome = actions.add_responder(asked, row.pk, key, remove=True)
    elif what == "watcher":
        outcome = actions.watch_incident(asked, row.pk, user_id=key, remove=True)
    elif what == "child":
        outcome = actions.link_parent(asked, key, None)
    elif what == "parent":
        outcome = actions.link_parent(asked, row.pk, None)
    else:
        outcome = actions.relate_incident(asked, row.pk, key, kind=what, remove=True)
    return done(request, row, outcome, _("Removed."))
