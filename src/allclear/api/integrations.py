"""Integrations: the sources of alerts, their keys, and what they sent. A key is in the answer that makes it only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from allclear.alerts import queries
from allclear.alerts.actions import integrations as actions
from allclear.alerts.actions.replaying import replay_delivery as replay
from allclear.alerts.actions.replaying import try_integration
from allclear.alerts.kinds import KINDS
from allclear.alerts.models import Integration
from allclear.alerts.records import (
    address,
    body_of,
    delivery_record,
    integration_records,
    key_record,
    refusal_record,
    unknown_key_record,
)
from allclear.api.http import answer, nothing, refuse_unknown, seen_version, to_json, viewer_of
from allclear.api.integration_shapes import (
    DeliveryShape,
    DeliveryWithBody,
    IntegrationBody,
    IntegrationEdit,
    IntegrationShape,
    KeyBody,
    KeyShape,
    KindShape,
    NewIntegration,
    NewKey,
    RefusalShape,
    UnknownKeyShape,
)
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Page
from allclear.api.talk import Cursor, Limit
from allclear.kernel import clock

routes = Routes("Integrations")
deliveries = Routes("Deliveries")


@routes.get("/kinds", list[KindShape], errors=(401, 403))
def list_integration_kinds(request: HttpRequest) -> HttpResponse:
    """List the kinds of source."""
    viewer_of(request).require("alert.read")
    return answer(
        [
            {
                "kind": one.kind,
                "name": one.name,
                "options": [
                    {
                        "name": option.name, "label": str(option.label), "help": str(option.help),
                        "kind": str(option.kind), "required": option.required, "secret": option.secret,
                    }
                    for option in one.options
                ],
            }
            for _name, one in sorted(KINDS.items())
        ]
    )  # fmt: skip


@routes.get("", Page[IntegrationShape], errors=(401, 403, 422))
def list_integrations(request: HttpRequest, q: str = "", limit: Limit = 100, cursor: Cursor = "") -> HttpResponse:
    """List integrations."""
    refuse_unknown(request, ("q", "limit", "cursor"))
    rows = queries.integrations(viewer_of(request)).filter(name__icontains=q)
    page = key_page(rows, cursor, limit, lambda row: {"row": row})
    return answer(page | {"items": integration_records([item["row"] for item in page["items"]], clock.now())})


@routes.get("/unknown-keys", Page[UnknownKeyShape], errors=(401, 403, 422))
def list_unknown_keys(request: HttpRequest, limit: Limit = 100, cursor: Cursor = "") -> HttpResponse:
    """List requests with a key that no integration has, minute by minute, the newest first."""
    refuse_unknown(request, ("limit", "cursor"))
    rows = queries.unknown_keys(viewer_of(request))
    return answer(key_page(rows, cursor, limit, unknown_key_record, order=("-id",)))


@routes.get("/{pk}", IntegrationShape)
def read_integration(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read an integration."""
    return _told(queries.integration(viewer_of(request), pk))


@routes.post("", NewIntegration, status=201)
def add_integration(request: HttpRequest, payload: IntegrationBody) -> HttpResponse:
    """Add a source. Its key is in this answer and in no other."""
    row, key = actions.add_integration(viewer_of(request), _values(payload.model_dump()), now=clock.now())
    return _with_key(_data(row), key, 201, version=_data(row)["version"])


@routes.patch("/{pk}", IntegrationShape, versioned=True)
def change_integration(request: HttpRequest, pk: Key, payload: IntegrationEdit) -> HttpResponse:
    """Rename it, give it other settings, or switch it on or off."""
    viewer, values = viewer_of(request), _values(payload.model_dump(exclude_unset=True))
    for name in ("name", "description", "events_per_minute", "is_active", "options"):
        if values.get(name, "") is None:
            del values[name]
    row = queries.integration(viewer, pk)
    return _told(
        actions.change_integration(viewer, row.pk, values, now=clock.now(), expected_version=seen_version(request))
    )


@routes.delete("/{pk}", None, status=204)
def remove_integration(request: HttpRequest, pk: Key) -> HttpResponse:
    """Remove a source that has no alerts, with what it sent."""
    viewer = viewer_of(request)
    actions.remove_integration(viewer, queries.integration(viewer, pk).pk, now=clock.now())
    return nothing()


@routes.get("/{pk}/keys", list[KeyShape])
def list_integration_keys(request: HttpRequest, pk: Key) -> HttpResponse:
    """List its keys, those that are out of use too."""
    rows = queries.integration(viewer_of(request), pk).keys.all()
    return answer([key_record(row, clock.now()) for row in rows])


@routes.post("/{pk}/keys", NewKey, status=201)
def make_integration_key(request: HttpRequest, pk: Key, payload: KeyBody) -> HttpResponse:
    """Make a new key. It is in this answer and in no other; those before it live on for a while."""
    viewer, now = viewer_of(request), clock.now()
    row = queries.integration(viewer, pk)
    key, text = actions.new_key(viewer, row.pk, now=now, grace=timedelta(hours=payload.grace_hours))
    return _with_key(key_record(key, now), text, 201)


@routes.post("/{pk}/keys/{key_id}/revoke", KeyShape)
def revoke_integration_key(request: HttpRequest, pk: Key, key_id: Key) -> HttpResponse:
    """Let nobody in with this key any more."""
    viewer, now = viewer_of(request), clock.now()
    row = queries.integration(viewer, pk)
    return answer(key_record(actions.revoke_key(viewer, row.pk, key_id, now=now), now))


@routes.post("/{pk}/test", DeliveryShape, status=201)
def test_integration(request: HttpRequest, pk: Key) -> HttpResponse:
    """Send a test event of its kind through it; it becomes an alert."""
    viewer = viewer_of(request)
    row = queries.integration(viewer, pk)
    return answer(delivery_record(try_integration(viewer, row.pk, now=clock.now())), 201)


@routes.get("/{pk}/deliveries", Page[DeliveryShape])
def list_deliveries(
    request: HttpRequest, pk: Key, errors: bool = False, limit: Limit = 100, cursor: Cursor = ""
) -> HttpResponse:
    """List what it sent, the newest first; `errors`: only what could not be read."""
    refuse_unknown(request, ("errors", "limit", "cursor"))
    viewer = viewer_of(request)
    rows = queries.deliveries(viewer, queries.integration(viewer, pk).pk, errors_only=errors)
    return answer(key_page(rows, cursor, limit, delivery_record, order=("-id",)))


@routes.get("/{pk}/refusals", Page[RefusalShape])
def list_refusals(request: HttpRequest, pk: Key, limit: Limit = 100, cursor: Cursor = "") -> HttpResponse:
    """List what was turned away unread (too much, too large, an old key), minute by minute, the newest first."""
    refuse_unknown(request, ("limit", "cursor"))
    viewer = viewer_of(request)
    rows = queries.refusals(viewer, queries.integration(viewer, pk).pk)
    return answer(key_page(rows, cursor, limit, refusal_record, order=("-id",)))


@deliveries.get("/{pk}", DeliveryWithBody)
def read_delivery(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read a request as it arrived."""
    row = queries.delivery(viewer_of(request), pk)
    more = {"integration_id": row.integration_id, "headers": row.headers, "body": body_of(row)}
    return answer(delivery_record(row) | more)


@deliveries.post("/{pk}/replay", DeliveryShape, status=201)
def replay_delivery(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read its body once more, with the integration's settings of today, as a new delivery."""
    return answer(delivery_record(replay(viewer_of(request), pk, now=clock.now())), 201)


def _values(given: dict[str, Any]) -> dict[str, Any]:
    if "stale_after_minutes" in given:
        minutes = given.pop("stale_after_minutes")
        given["stale_after"] = None if minutes is None else timedelta(minutes=minutes)
    return given


def _data(row: Integration) -> dict[str, Any]:
    return integration_records([row], clock.now())[0]


def _told(row: Integration) -> HttpResponse:
    data = _data(row)
    return answer(data, version=data["version"])


def _with_key(data: dict[str, Any], key: str, status: int, *, version: int | None = None) -> HttpResponse:
    response = answer(data | {"key": key, "url": address(settings.BASE_URL, key)}, status, version=version)
    response.kept_body = to_json(data | {"key": None, "url": None})  # type: ignore[attr-defined]  # see idempotency.py
    return response
