"""Integrations: the list, one of them, and adding one. Its key is shown once, on the page that answers its making."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.accounts.permissions import Viewer
from allclear.alerts import queries
from allclear.alerts.actions import integrations as actions
from allclear.alerts.actions.replaying import try_integration
from allclear.alerts.kinds import KINDS, Kind
from allclear.alerts.models import Integration
from allclear.alerts.records import address, refusal_record
from allclear.kernel.errors import AllclearError, NotFound
from allclear.web.alerts.integration_form import IntegrationForm, beginning
from allclear.web.alerts.integration_words import option_words, steps
from allclear.web.alerts.kinds import card, cards
from allclear.web.alerts.payloads import lines_of
from allclear.web.alerts.places import tabs
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.records import attempt
from allclear.web.said import localised

READ, CHANGE = "alert.read", "alert.change"
TAB = "alerts:integrations"
FIRST = 20  # payloads on the page, before somebody asks for all that it shows
REFUSALS = 10  # minutes in which something was refused
UNKNOWN_KEY = "KEY"  # stands in instructions for a key that was shown already


@signed_in
def index(request: Page) -> HttpResponse:
    """All integrations with how they are doing."""
    rows = list(queries.integrations(request.viewer))
    found = [(one, card(one.integration.kind)) for one in queries.standings(rows, request.now)]
    context = {
        "found": sorted(found, key=lambda pair: not pair[0].integration.is_active),
        "strangers": [(one, count, card(one.kind)) for one, count in queries.strangers(request.viewer, request.now)],
        "tabs": tabs(request, TAB),
        "may_change": request.viewer.may(CHANGE),
    }
    return render(request, "alerts/integrations.html", context)


@signed_in
def choose(request: Page) -> HttpResponse:
    """The kinds of source as cards."""
    request.viewer.require(CHANGE)
    return render(request, "alerts/integration_kinds.html", {"cards": cards(), "tabs": tabs(request, TAB), **_back()})


@signed_in
def add(request: Page, dialect: str) -> HttpResponse:
    """The form of a new integration; its answer shows the key, once."""
    request.viewer.require(CHANGE)
    kind = _kind(dialect)
    made: list[str] = []

    def verb(values: dict[str, Any], _version: int | None) -> Integration:
        row, key = actions.add_integration(request.viewer, values | {"kind": kind.kind}, now=request.now)
        made.append(key)
        return row

    form = IntegrationForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        initial={"name": "" if Integration.objects.filter(name=kind.name).exists() else kind.name},
        viewer=request.viewer,
    )
    row = attempt(form, verb) if request.method == "POST" else None
    if row is not None:
        return _made(request, row, made[0], is_first=True)
    return _form(request, form, None, {"back": reverse("alerts:integration_kinds"), "back_label": _("Kinds of source")})


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of an integration."""
    request.viewer.require(CHANGE)
    row = queries.integration(request.viewer, pk)

    def verb(values: dict[str, Any], version: int | None) -> Integration:
        return actions.change_integration(request.viewer, row.pk, values, now=request.now, expected_version=version)

    data = request.POST if request.method == "POST" else None
    form = IntegrationForm(data, kind=_kind(row.kind), initial=beginning(row), viewer=request.viewer)
    if data is not None and attempt(form, verb) is not None:
        messages.success(request, _("{name} is saved.").format(name=form.cleaned_data["name"]))
        return redirect("alerts:integration", row.pk)
    return _form(request, form, row, {"back": reverse("alerts:integration", args=[row.pk]), "back_label": row.name})


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """How it is doing, its keys, how to set the source up, and what it sent lately."""
    row = queries.integration(request.viewer, pk)
    (standing,) = queries.standings([row], request.now)
    errors_only = request.GET.get("show") == "errors"
    shows_all = request.GET.get("all") == "1"
    found = queries.deliveries(request.viewer, row.pk, errors_only=errors_only)
    sent = list(found[: queries.SHOWN if shows_all else FIRST])
    keys = list(row.keys.all())
    context = {
        "row": row,
        "card": card(row.kind),
        "standing": standing,
        "keys": [(key, key.expires_at is None or key.expires_at > request.now) for key in keys],
        "steps": steps(row, UNKNOWN_KEY),
        "lines": lines_of(request.viewer, sent),
        "refusals": _refusals(request.viewer, row.pk),
        "errors_only": errors_only,
        "may_have_more": not shows_all and len(sent) == FIRST,
        "options": option_words(row),
        "may_change": request.viewer.may(CHANGE),
        "has_example": row.kind in KINDS and KINDS[row.kind].example is not None,
        "alerts_url": f"{reverse('alerts:index')}?integration={row.pk}",
        "history": history("integration", row.pk),
        "tabs": tabs(request, TAB),
        **_back(),
    }
    return render(request, "alerts/integration.html", context)


def _refusals(viewer: Viewer, pk: int) -> list[dict[str, Any]]:
    rows = queries.refusals(viewer, pk)[:REFUSALS]
    return [refusal_record(row) | {"words": localised(row.reason)} for row in rows]


@signed_in
@require_POST
def new_key(request: Page, pk: int) -> HttpResponse:
    """A new key; those before it live on for as long as was chosen."""
    request.viewer.require(CHANGE)
    row = queries.integration(request.viewer, pk)
    given = request.POST.get("grace_hours", "")
    hours = int(given) if given.isdecimal() and len(given) < 5 else 24
    try:
        _key, text = actions.new_key(request.viewer, row.pk, now=request.now, grace=timedelta(hours=hours))
    except AllclearError as error:
        messages.error(request, localised(error.message))
        return redirect("alerts:integration", row.pk)
    return _made(request, row, text, is_first=False)


@signed_in
@require_POST
def revoke(request: Page, pk: int, key_id: int) -> HttpResponse:
    """Let nobody in with a key any more."""
    row = queries.integration(request.viewer, pk)
    said = _("The key lets nobody in any more.")
    return _done(request, row, lambda: actions.revoke_key(request.viewer, row.pk, key_id, now=request.now), said)


@signed_in
@require_POST
def switch(request: Page, pk: int) -> HttpResponse:
    """On or off."""
    row = queries.integration(request.viewer, pk)
    is_on = request.POST.get("to") == "on"
    words = _("{name} is switched on.") if is_on else _("{name} is switched off: what it sends is refused.")
    values, said = {"is_active": is_on}, words.format(name=row.name)
    return _done(
        request, row, lambda: actions.change_integration(request.viewer, row.pk, values, now=request.now), said
    )


@signed_in
@require_POST
def test(request: Page, pk: int) -> HttpResponse:
    """A test event, by the way of all others."""
    row = queries.integration(request.viewer, pk)
    said = _("A test event is on its way. It is the first of the list below.")
    return _done(request, row, lambda: try_integration(request.viewer, row.pk, now=request.now), said)


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Remove a source without alerts."""
    row = queries.integration(request.viewer, pk)
    try:
        actions.remove_integration(request.viewer, row.pk, now=request.now)
    except AllclearError as error:
        messages.error(request, localised(error.message))
        return redirect("alerts:integration", row.pk)
    messages.success(request, _("{name} is removed.").format(name=row.name))
    return redirect(TAB)


def _done(request: Page, row: Integration, verb: Any, words: str) -> HttpResponse:
    try:
        verb()
    except AllclearError as error:
        messages.error(request, localised(error.message))
    else:
        messages.success(request, words)
    return redirect("alerts:integration", row.pk)


def _form(request: Page, form: IntegrationForm, row: Integration | None, back: dict[str, str]) -> HttpResponse:
    context = {
        "form": form,
        "row": row,
        "card": card(form.kind.kind),
        "has_preview": form.kind.preview is not None,
        "payloads": queries.deliveries(request.viewer, row.pk)[:10] if row and form.kind.preview else [],
        "typed": request.POST,
        "tabs": tabs(request, TAB),
        **back,
    }
    return render(request, "alerts/integration_form.html", context, status=form.http_status)


def _made(request: Page, row: Integration, key: str, *, is_first: bool) -> HttpResponse:
    context = {
        "row": row,
        "card": card(row.kind),
        "key": key,
        "url": address(settings.BASE_URL, key),
        "steps": steps(row, key),
        "is_first": is_first,
        "tabs": tabs(request, TAB),
        "has_example": KINDS[row.kind].example is not None,
        **_back(),
    }
    response = render(request, "alerts/integration_made.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise NotFound(_("There is no such kind of source."))
    return KINDS[name]


def _back() -> dict[str, str]:
    return {"back": reverse(TAB), "back_label": _("Integrations")}
