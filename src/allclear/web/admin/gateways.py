"""The gateways for text messages and phone calls: the list, the form, and a test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from allclear.kernel.errors import Invalid
from allclear.notifications.actions import gateways as verbs
from allclear.notifications.actions.nouns import GATEWAY
from allclear.notifications.models import Gateway
from allclear.notifications.queries import address_words
from allclear.web.http import Page, signed_in
from allclear.web.records import Editor, RecordForm, found
from allclear.web.said import localised
from allclear.web.tables import Cell, Table, cell, words

ONE = "gateway"
_RIGHT = "accounts.change"


class GatewayForm(RecordForm):
    """The address is never shown again, for it holds the account: an empty one leaves it as it is."""

    def __init__(self, data: Any = None, *, initial: Any = None, viewer: Any = None) -> None:
        start = dict(initial or {})
        is_new = start.pop("address", None) is None
        super().__init__(data, initial=start, viewer=viewer)
        self.fields["url"].required = is_new
        if not is_new:
            del self.fields["kind"]
            self.fields["url"].help_text = gettext_lazy("Empty: it stays as it is. It is not shown, for it holds keys.")

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Gateway.KINDS)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=1000,
        help_text=gettext_lazy(
            "A provider in the form of the Apprise library, with {number} where the number goes; or https:// and where "
            "your own gateway takes a signed POST."
        ),
        widget=forms.TextInput(
            attrs={
                "placeholder": "twilio://account:token@sender/{number}",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


def _cells(row: Gateway) -> list[Cell]:
    count = verbs.depends_on(row)
    return [
        cell(row.name, url=_url(row), mark="" if row.is_active else _("out of use")),
        cell(row.get_kind_display()),
        cell(address_words("webhook", row.address)),
        cell(ngettext("{count} number", "{count} numbers", count).format(count=count)),
    ]


TABLE = Table(
    gettext_lazy("Gateways"),
    ONE,
    [gettext_lazy("Gateway"), gettext_lazy("Kind"), gettext_lazy("Address"), gettext_lazy("Serves")],
    _cells,
    icon="phone",
    intro=gettext_lazy("With a gateway people give their phone number, and pages go there as text message or call."),
    empty_text=gettext_lazy("Without one, people can still add a provider of their own under How you are told."),
    placeholder=gettext_lazy("Name of a gateway"),
)


def _url(row: Gateway) -> str:
    return reverse("admin_area:gateway", args=[row.pk])


@signed_in
def index(request: Page) -> HttpResponse:
    """All gateways."""
    request.viewer.require(_RIGHT)
    q = words(request)
    rows = Gateway.objects.order_by("-is_active", "kind", "name")
    rows = rows.filter(name__icontains=q) if q else rows
    return TABLE.page(request, rows, add_url=reverse("admin_area:gateway_add"), filtered=bool(q))


EDITOR = Editor(
    GATEWAY, GatewayForm, verbs.add_gateway, verbs.change_gateway, _url, ONE, "admin_area/gateway.html"
)  # fmt: skip


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new gateway; the secret of one that takes a signed POST is said once."""
    request.viewer.require(_RIGHT)

    def keep(*args: Any, **more: Any) -> Gateway:
        row = verbs.add_gateway(*args, **more)
        if secret := verbs.secret_of(row):
            text = _("The secret of {name}, shown only now: {secret}")
            messages.warning(request, text.format(name=row.name, secret=secret))
        return row

    return replace(EDITOR, add=keep).page(request, None, _back(), initial={"is_active": True})


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of a gateway, and a test."""
    request.viewer.require(_RIGHT)
    return EDITOR.page(request, found(Gateway.objects.all(), pk, ONE), _back())


@signed_in
@require_POST
def test(request: Page, pk: int) -> HttpResponse:
    """Send a test to a number now."""
    row = found(Gateway.objects.all(), pk, ONE)
    try:
        said = verbs.test_gateway(request.viewer, pk, request.POST.get("number", ""), now=request.now)
    except Invalid as error:
        messages.error(request, " ".join(localised(text) for text in error.fields.values()))
        return redirect(_url(row))
    text = _("The gateway took it and said: {answer}") if said else _("The gateway took it.")
    messages.success(request, text.format(answer=said))
    return redirect(_url(row))


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Remove a gateway."""
    row = found(Gateway.objects.all(), pk, ONE)
    verbs.remove_gateway(request.viewer, pk, now=request.now)
    messages.success(request, _("{name} is removed.").format(name=row.name))
    return redirect("admin_area:gateways")


def _back() -> dict[str, str]:
    return {"back": reverse("admin_area:gateways"), "back_label": _("Gateways")}
