"""The web-hooks that escalation policies tell: the list and the form. The secret is shown once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allclear.kernel.errors import Refused
from allclear.kernel.localised import localised
from allclear.notifications.actions import webhooks
from allclear.notifications.actions.nouns import WEBHOOK
from allclear.notifications.models import Webhook
from allclear.oncall.actions.hooks import remove_webhook
from allclear.web.http import Page, signed_in
from allclear.web.records import Editor, RecordForm, found
from allclear.web.tables import Cell, Table, cell, words

ONE = "web-hook"


class HookForm(RecordForm):
    """`url` is a part of the address that is kept; the other part, the secret, never comes back to a form."""

    def __init__(self, data: Any = None, *, initial: Any = None, viewer: Any = None) -> None:
        start = dict(initial or {})
        start.setdefault("url", (start.pop("address", None) or {}).get("url", ""))
        super().__init__(data, initial=start, viewer=viewer)

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("Where messages are posted, signed as the Standard Webhooks specification says."),
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


def _cells(row: Webhook) -> list[Cell]:
    url = reverse("policies:webhook", args=[row.pk])
    return [
        cell(row.name, url=url, mark="" if row.is_active else _("out of use")),
        cell(webhooks.url_of(row)),
    ]


TABLE = Table(
    gettext_lazy("Web-hooks"),
    ONE,
    [gettext_lazy("Web-hook"), gettext_lazy("Address")],
    _cells,
    icon="link",
    intro=gettext_lazy("Programs that a step of an escalation policy may tell."),
    empty_text=gettext_lazy("A chat room, a status board or a lamp on the wall: whatever takes a signed message."),
    placeholder=gettext_lazy("Name of a web-hook"),
)


@signed_in
def index(request: Page) -> HttpResponse:
    """All web-hooks; addresses may hold keys, so only those who change them read them."""
    request.viewer.require("oncall.change")
    q = words(request)
    rows = Webhook.objects.order_by("-is_active", "name")
    rows = rows.filter(name__icontains=q) if q else rows
    return TABLE.page(request, rows, add_url=reverse("policies:webhook_add"), filtered=bool(q))


EDITOR = Editor(
    WEBHOOK,
    HookForm,
    webhooks.add_webhook,
    webhooks.change_webhook,
    lambda row: reverse("policies:webhooks"),
    ONE,
    "oncall/webhook_form.html",
)


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new web-hook; once it is saved its secret is said, and never again."""
    request.viewer.require("oncall.change")
    added: list[Webhook] = []

    def keep(*args: Any, **more: Any) -> Webhook:
        added.append(webhooks.add_webhook(*args, **more))
        return added[-1]

    response = replace(EDITOR, add=keep).page(request, None, _back(), initial={"is_active": True})
    for row in added:
        _say_secret(request, row)
    return response


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of a web-hook."""
    request.viewer.require("oncall.change")
    row = found(Webhook.objects.all(), pk, ONE)
    return EDITOR.page(request, row, _back())


@signed_in
@require_POST
def renew(request: Page, pk: int) -> HttpResponse:
    """Sign with a new secret from now on."""
    request.viewer.require("oncall.change")
    row = found(Webhook.objects.all(), pk, ONE)
    _say_secret(request, webhooks.renew_secret(request.viewer, row.pk, now=request.now))
    return redirect("policies:webhooks")


@signed_in
@require_POST
def test(request: Page, pk: int) -> HttpResponse:
    """Send a test there."""
    request.viewer.require("oncall.change")
    row = found(Webhook.objects.all(), pk, ONE)
    webhooks.test_webhook(request.viewer, row.pk, now=request.now)
    messages.success(request, _("A test to {name} is on its way.").format(name=row.name))
    return redirect("policies:webhook", row.pk)


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Remove a web-hook that no policy in use tells."""
    row = found(Webhook.objects.all(), pk, ONE)
    try:
        remove_webhook(request.viewer, row.pk, now=request.now)
    except Refused as error:
        messages.error(request, localised(error.message))
        return redirect("policies:webhook", row.pk)
    messages.success(request, _("{name} is removed.").format(name=row.name))
    return redirect("policies:webhooks")


def _say_secret(request: Page, row: Webhook) -> None:
    text = _("The secret of {name}, shown only now: {secret}")
    messages.warning(request, text.format(name=row.name, secret=webhooks.secret_of(row)))


def _back() -> dict[str, str]:
    return {"back": reverse("policies:webhooks"), "back_label": _("Web-hooks")}
