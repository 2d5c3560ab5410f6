"""Web-hooks: the programs that escalation policies tell. A secret is in the answer that makes it, and in no other."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.api.http import answer, nothing, refuse_unknown, seen_version, to_json, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Page, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.kernel.events import position_of
from allclear.notifications.actions import webhooks as actions
from allclear.notifications.actions.nouns import WEBHOOK
from allclear.notifications.models import Webhook
from allclear.notifications.queries import address_words
from allclear.oncall.actions.hooks import remove_webhook as remove

webhooks = Routes("Web-hooks")


class WebhookShape(Shape):
    """`url` may hold keys: it is whole only for those who may change it."""

    id: int
    name: str
    url: str
    is_active: bool


class WebhookWithSecret(WebhookShape):
    """`secret` signs the messages, as the Standard Webhooks specification says; it is shown this once."""

    secret: str | None


class WebhookBody(Strict):
    """Without a `secret` (`whsec_` and base64) a new one is made."""

    name: Annotated[str, Field(max_length=120)]
    url: Annotated[str, Field(max_length=500)]
    secret: Annotated[str, Field(max_length=200)] = ""
    is_active: bool = True


class WebhookEdit(Strict):
    """Only what is named changes."""

    name: Annotated[str, Field(max_length=120)] | None = None
    url: Annotated[str, Field(max_length=500)] | None = None
    is_active: bool | None = None


class WebhookTest(Shape):
    """`key` names the notification that was queued."""

    key: str


@webhooks.get("", Page[WebhookShape], errors=(401, 403, 422))
def list_webhooks(request: HttpRequest, q: str = "", limit: Limit = 100, cursor: Cursor = "") -> HttpResponse:
    """List web-hooks."""
    refuse_unknown(request, ("q", "limit", "cursor"))
    viewer = viewer_of(request)
    rows = _rows(viewer).filter(name__icontains=q).order_by("pk")
    return answer(key_page(rows, cursor, limit, lambda row: _data(viewer, row)))


@webhooks.get("/{pk}", WebhookShape)
def read_webhook(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read a web-hook."""
    row = _one(request, pk)
    return answer(_data(viewer_of(request), row), version=position_of(WEBHOOK.stream, row.pk))


@webhooks.post("", WebhookWithSecret, status=201)
def add_webhook(request: HttpRequest, payload: WebhookBody) -> HttpResponse:
    """Add a program to be told. Its secret is in this answer and in no other."""
    viewer = viewer_of(request)
    return _with_secret(viewer, actions.add_webhook(viewer, payload.model_dump(), now=clock.now()), 201)


@webhooks.patch("/{pk}", WebhookShape, versioned=True)
def change_webhook(request: HttpRequest, pk: Key, payload: WebhookEdit) -> HttpResponse:
    """Rename it, move it, or put it out of use. The secret stays."""
    row = _one(request, pk)
    values = {name: value for name, value in payload.model_dump().items() if value is not None}
    viewer, expected = viewer_of(request), seen_version(request)
    row = actions.change_webhook(viewer, row.pk, values, now=clock.now(), expected_version=expected)
    return answer(_data(viewer, row), version=position_of(WEBHOOK.stream, row.pk))


@webhooks.post("/{pk}/renew-secret", WebhookWithSecret)
def renew_webhook_secret(request: HttpRequest, pk: Key) -> HttpResponse:
    """Sign with a new secret from now on; the old one proves nothing any more."""
    viewer = viewer_of(request)
    return _with_secret(viewer, actions.renew_secret(viewer, _one(request, pk).pk, now=clock.now()))


@webhooks.post("/{pk}/test", WebhookTest)
def test_webhook(request: HttpRequest, pk: Key) -> HttpResponse:
    """Send a test there."""
    return answer({"key": actions.test_webhook(viewer_of(request), _one(request, pk).pk, now=clock.now())})


@webhooks.delete("/{pk}", None, status=204)
def remove_webhook(request: HttpRequest, pk: Key) -> HttpResponse:
    """Remove a web-hook that no policy in use tells."""
    remove(viewer_of(request), _one(request, pk).pk, now=clock.now())
    return nothing()


def _rows(viewer: Viewer) -> QuerySet[Webhook]:
    viewer.require("oncall.read")
    return Webhook.objects.all()


def _one(request: HttpRequest, pk: int) -> Webhook:
    row = _rows(viewer_of(request)).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such web-hook.")
    return row


def _data(viewer: Viewer, row: Webhook) -> dict[str, Any]:
    url = actions.url_of(row) if viewer.may("oncall.change") else address_words("webhook", row.address)
    return {"id": row.pk, "name": row.name, "url": url, "is_active": row.is_active}


def _with_secret(viewer: Viewer, row: Webhook, status: int = 200) -> HttpResponse:
    version = position_of(WEBHOOK.stream, row.pk)
    response = answer(_data(viewer, row) | {"secret": actions.secret_of(row)}, status, version=version)
    response.kept_body = to_json(_data(viewer, row) | {"secret": None})  # type: ignore[attr-defined]  # see idempotency.py
    return response
