"""Inhibitions: one of them with what it would have held, the form, and the verbs."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions import inhibitions as verbs
from allclear.alerts.actions.quiet_nouns import INHIBITION
from allclear.alerts.models import LIVE, SHADOW, Inhibition
from allclear.alerts.quiet import filter_of, inhibition_of
from allclear.alerts.shadow import SPAN, inhibited, would_have_held
from allclear.domain.filters import FilterError
from allclear.kernel.errors import NotFound
from allclear.kernel.events import position_of
from allclear.web.alert_rules.conditions import in_words
from allclear.web.alert_rules.form import words as split_words
from allclear.web.http import Page, signed_in
from allclear.web.quiet import drafting, fitting, showing
from allclear.web.quiet.drafting import Draft
from allclear.web.said import localised

DEFAULT_LIFE = timedelta(days=90)
YOUNG = timedelta(days=7)  # too short to judge by


def find(request: Page, pk: int) -> Inhibition:
    request.viewer.require("alert.read")
    row = Inhibition.objects.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise NotFound(_("There is no such inhibition."))
    return row


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """What it says, what it holds or would have held, and what was changed."""
    row = find(request, pk)
    shadow = None
    if row.mode == SHADOW and row.expires_at > request.now:
        with suppress(FilterError):  # it names what is gone: the page still opens
            shadow = _so_far(request, row)
    return showing.page(request, row, "inhibition", may="alert.change", extra={"shadow": shadow})


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new one. It begins in shadow: what it would have held is seen before it holds anything."""
    request.viewer.require("alert.change")
    if request.method != "POST":
        ends = drafting.local_text(request.now + DEFAULT_LIFE)
        return _form(request, None, drafting.begin({"mode": SHADOW, "expires_at": ends}))
    draft = posted(request.POST)
    if request.POST.get("do", "save") != "save":
        return _form(request, None, draft, tried=True)
    values = _values(draft)
    saved = draft.attempt(lambda: verbs.add_inhibition(request.viewer, values, now=request.now))
    return _saved(request, saved) if saved else _form(request, None, draft)


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form; also one that has ended can be prolonged here."""
    request.viewer.require("alert.change")
    row = find(request, pk)
    if request.method != "POST":
        return _form(request, row, _stored(row, position_of(INHIBITION.stream, row.pk)))
    draft = posted(request.POST)
    if request.POST.get("do", "save") != "save":
        return _form(request, row, draft, tried=True)
    draft.kept = {"expires_at": row.expires_at}
    values = _values(draft)
    saved = draft.attempt(
        lambda: verbs.change_inhibition(request.viewer, row.pk, values, now=request.now, expected_version=draft.seen),
        INHIBITION.stream,
        row.pk,
    )
    return _saved(request, saved) if saved else _form(request, row, draft)


@signed_in
@require_POST
def fits(request: Page) -> HttpResponse:
    """What is typed as a sentence, and how many open alerts each side fits now."""
    request.viewer.require("alert.read")
    return render(request, "quiet/_sides.html", {"sides": _sides(posted(request.POST), request.viewer)})


@signed_in
@require_POST
def preview(request: Page) -> HttpResponse:
    """What it would have hidden of the alerts of the last weeks."""
    request.viewer.require("alert.read")
    return render(request, "quiet/_shadow.html", {"shadow": _shadow(request, posted(request.POST))})


@signed_in
@require_POST
def end(request: Page, pk: int) -> HttpResponse:
    """End it now; the toast prolongs it again."""
    row = find(request, pk)
    until = row.expires_at

    def verb() -> str:
        verbs.end_inhibition(request.viewer, row.pk, now=request.now)
        query = urlencode({"until": until.isoformat()})
        return f"{reverse('alerts:inhibition_prolong', args=[row.pk])}?{query}"

    return showing.done(request, verb, _("The inhibition has ended. What it held is looked at again."))


@signed_in
@require_POST
def prolong(request: Page, pk: int) -> HttpResponse:
    """Until the instant in the address, or by ninety days."""
    row = find(request, pk)
    given = request.GET.get("until", "")
    until = drafting.given_instant(given) if given else max(row.expires_at, request.now) + DEFAULT_LIFE
    return _changed(request, row, {"expires_at": until}, _("The inhibition is prolonged."))


@signed_in
@require_POST
def switch(request: Page, pk: int) -> HttpResponse:
    """From shadow to in force, or back."""
    row = find(request, pk)
    if request.POST.get("to") == LIVE:
        return _changed(request, row, {"mode": LIVE}, _("The inhibition is in force."))
    return _changed(request, row, {"mode": SHADOW}, _("The inhibition is in shadow: it holds nothing."))


def _changed(request: Page, row: Inhibition, values: dict[str, Any], said: str) -> HttpResponse:
    def verb() -> str:
        verbs.change_inhibition(request.viewer, row.pk, values, now=request.now)
        return ""

    return showing.done(request, verb, said)


def posted(data: QueryDict) -> Draft:
    values = drafting.texts(data, "name", "cause", "effect", "equal", "expires_at", "mode")
    return Draft(values, version=data.get("version", ""))


def _values(draft: Draft) -> dict[str, Any]:
    given = draft.values
    expires_at: datetime | None = drafting.instant_of(draft, "expires_at")
    if expires_at is None:
        draft.errors.setdefault("expires_at", _("Say when it ends: nothing stays quiet for ever."))
    if not given["name"]:
        draft.errors["name"] = _("This is needed.")
    return {
        "name": given["name"],
        "cause": given["cause"],
        "effect": given["effect"],
        "equal": split_words(given["equal"]),
        "expires_at": expires_at,
        "mode": given["mode"] if given["mode"] in (LIVE, SHADOW) else SHADOW,
    }


def _stored(row: Inhibition, version: object) -> Draft:
    values: dict[str, Any] = {name: getattr(row, name) for name in ("name", "cause", "effect", "mode")}
    values |= {"equal": ", ".join(row.equal), "expires_at": drafting.local_text(row.expires_at)}
    return drafting.begin(values, version)


def _so_far(request: Page, row: Inhibition) -> dict[str, Any]:
    """What it would have held since it was added; of a new one, what it would have held before."""
    if row.created_at > request.now - YOUNG:
        return fitting.shadow(request, inhibited(inhibition_of(row), request.now - SPAN, request.now))
    return fitting.result(would_have_held(request.viewer, row, request.now))


def _sides(draft: Draft, viewer: Viewer) -> list[dict[str, Any]]:
    """Cause and effect, each in words with what it fits."""
    found: list[dict[str, Any]] = []
    for name, label in (("cause", _("Cause")), ("effect", _("Kept quiet"))):
        text = str(draft.values.get(name) or "")
        try:
            ready = filter_of(text)
        except FilterError as error:
            found.append({"label": label, "error": localised(error.message)})
            continue
        if text:
            found.append({"label": label, "words": in_words(text), "fits": fitting.by_test(ready.fits, viewer)})
    return found


def _shadow(request: Page, draft: Draft) -> Any:
    values = _values(draft)
    if not values["cause"] or not values["effect"]:
        return {"error": _("Write both filters first.")}
    values |= {"expires_at": values["expires_at"] or request.now + DEFAULT_LIFE}
    try:
        inhibition = inhibition_of(Inhibition(**values, created_at=request.now))
    except FilterError as error:
        return {"error": localised(error.message)}
    return fitting.shadow(request, inhibited(inhibition, request.now - SPAN, request.now))


def _form(request: Page, row: Inhibition | None, draft: Draft, *, tried: bool = False) -> HttpResponse:
    context = {
        "row": row,
        "draft": draft,
        "given": draft.values,
        "sides": _sides(draft, request.viewer),
        "shadow": _shadow(request, draft) if tried else None,
        "back": reverse("alerts:inhibition", args=[row.pk]) if row else f"{reverse('alerts:quiet')}?kind=inhibition",
        "back_label": row.name if row else _("Inhibitions"),
        **fitting.label_offers(),
    }
    return render(request, "quiet/inhibition_form.html", context, status=draft.status)


def _saved(request: Page, row: Inhibition) -> HttpResponse:
    messages.success(request, _("{name} is saved.").format(name=row.name))
    return redirect("alerts:inhibition", row.pk)
