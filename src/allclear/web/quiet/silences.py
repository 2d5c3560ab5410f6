"""Silences: one of them, the form with its matchers, and the verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.alerts.actions import silences as verbs
from allclear.alerts.actions.quiet_nouns import SILENCE
from allclear.alerts.models import Integration, Silence
from allclear.alerts.quiet import silence_of
from allclear.alerts.shadow import silenced
from allclear.domain.alerts.matchers import Matcher, matchers_from
from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.events import position_of
from allclear.web.http import Page, signed_in
from allclear.web.quiet import drafting, fitting, showing, words
from allclear.web.quiet import silence_drafts as drafts
from allclear.web.quiet.drafting import Draft


def find(request: Page, pk: int) -> Silence:
    request.viewer.require("alert.read")
    row = Silence.objects.select_related("integration").filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise NotFound(_("There is no such silence."))
    return row


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """What it fits, until when, what it holds now, and what was changed."""
    row = find(request, pk)
    fits = fitting.by_matchers(silence_of(row).matchers, row.integration_id, {}, request.viewer)
    return showing.page(request, row, "silence", may="alert.work", extra={"fits": fits})


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new one; `?alert=` fills its matchers with the labels of that alert, `?again=` with another's."""
    request.viewer.require("alert.work")
    if request.method != "POST":
        return _form(request, None, drafts.beginning(request))
    draft, matchers = drafts.posted(request.POST)
    do = request.POST.get("do", "save")
    if do != "save":
        return _form(request, None, drafts.rearranged(draft, do), tried=do == "try")
    values = drafts.values_of(draft, matchers, request.now)
    saved = draft.attempt(lambda: verbs.add_silence(request.viewer, values, now=request.now))
    return _saved(request, saved) if saved else _form(request, None, draft)


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of one that has not ended."""
    request.viewer.require("alert.work")
    row = find(request, pk)
    if request.method != "POST":
        return _form(request, row, drafts.stored(row, position_of(SILENCE.stream, row.pk)))
    draft, matchers = drafts.posted(request.POST)
    do = request.POST.get("do", "save")
    if do != "save":
        return _form(request, row, drafts.rearranged(draft, do), tried=do == "try")
    draft.kept = {"starts_at": row.starts_at, "ends_at": row.ends_at}
    values = drafts.values_of(draft, matchers, request.now)
    saved = draft.attempt(
        lambda: verbs.change_silence(request.viewer, row.pk, values, now=request.now, expected_version=draft.seen),
        SILENCE.stream,
        row.pk,
    )
    return _saved(request, saved) if saved else _form(request, row, draft)


@signed_in
@require_POST
def fits(request: Page) -> HttpResponse:
    """How many open alerts the matchers of the form fit now: asked while somebody types."""
    request.viewer.require("alert.read")
    draft, matchers = drafts.posted(request.POST)
    return render(
        request,
        "quiet/_fits.html",
        fitting.by_matchers(matchers, drafts.integration_of(draft), draft.errors, request.viewer),
    )


@signed_in
@require_POST
def preview(request: Page) -> HttpResponse:
    """What it would have hidden of the alerts of the last weeks."""
    request.viewer.require("alert.read")
    draft, matchers = drafts.posted(request.POST)
    return render(request, "quiet/_shadow.html", {"shadow": _shadow(request, draft, matchers)})


@signed_in
@require_POST
def end(request: Page, pk: int) -> HttpResponse:
    """End it now; the toast offers to silence the same again."""
    row = find(request, pk)
    until = row.ends_at

    def verb() -> str:
        verbs.end_silence(request.viewer, row.pk, now=request.now)
        query = urlencode({"until": until.isoformat()})
        return f"{reverse('alerts:silence_again', args=[row.pk])}?{query}"

    return showing.done(request, verb, _("The silence has ended. What it held is looked at again."))


@signed_in
@require_POST
def again(request: Page, pk: int) -> HttpResponse:
    """Undo of an end: a new silence like that one, until it would have ended."""
    row = find(request, pk)
    until = drafting.given_instant(request.GET.get("until", ""))
    values = {"comment": row.comment, "matchers": row.matchers, "integration_id": row.integration_id, "mode": row.mode}

    def verb() -> str:
        verbs.add_silence(request.viewer, {**values, "ends_at": until}, now=request.now)
        return ""

    return showing.done(request, verb, _("Silenced again."))


@signed_in
@require_POST
def prolong(request: Page, pk: int) -> HttpResponse:
    """By a span from now on or from its end, whichever is later."""
    row = find(request, pk)
    ends_at = words.end_of(request.POST.get("for", ""), max(row.ends_at, request.now))

    def verb() -> str:
        verbs.change_silence(request.viewer, row.pk, {"ends_at": ends_at or row.ends_at}, now=request.now)
        return ""

    return showing.done(request, verb, _("The silence is prolonged."))


def _form(request: Page, row: Silence | None, draft: Draft, *, tried: bool = False) -> HttpResponse:
    rows = draft.values["matchers"]
    try:
        matchers = matchers_from([drafts.matcher_data(one) for one in rows])
    except Invalid:
        matchers = ()
    context = {
        "row": row,
        "draft": draft,
        "given": draft.values,
        "lines": [{**one, "wrong": _wrong(draft, at)} for at, one in enumerate(rows)],
        "blank": len(rows),
        "operators": list(words.OPERATORS.items()),
        "spans": list(words.SPANS.items()),
        "integrations": list(Integration.objects.values_list("pk", "name")),
        "fits": fitting.by_matchers(matchers, drafts.integration_of(draft), {}, request.viewer) if matchers else None,
        "shadow": _shadow(request, draft, matchers) if tried else None,
        "back": reverse("alerts:silence", args=[row.pk]) if row else reverse("alerts:quiet"),
        "back_label": row.comment if row else _("Quiet"),
        **fitting.label_offers(),
    }
    return render(request, "quiet/silence_form.html", context, status=draft.status)


def _wrong(draft: Draft, at: int) -> str:
    return " ".join(text for place, text in draft.errors.items() if place.split(".")[:2] == ["matchers", str(at)])


def _shadow(request: Page, draft: Draft, matchers: tuple[Matcher, ...]) -> Any:
    if not matchers:
        return {"error": draft.errors.get("matchers") or _("Add a matcher first.")}
    row = Silence(
        comment=draft.values["comment"] or _("This draft"),
        matchers=[one.as_data() for one in matchers],
        integration_id=drafts.integration_of(draft),
        starts_at=request.now,
        ends_at=request.now + timedelta(days=1),
    )
    return fitting.shadow(request, silenced(silence_of(row)))


def _saved(request: Page, row: Silence) -> HttpResponse:
    messages.success(request, _("{name} is saved.").format(name=row.comment))
    return redirect("alerts:silence", row.pk)
