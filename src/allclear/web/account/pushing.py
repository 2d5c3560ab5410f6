"""A browser that lets itself be pushed to becomes a contact method of its owner."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from allclear.kernel import clock
from allclear.kernel.errors import AllclearError, Invalid
from allclear.kernel.words import say
from allclear.notifications.actions.methods import add_push
from allclear.notifications.actions.renewing import renew_push
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@signed_in
@require_POST
def subscribe(request: Page) -> HttpResponse:
    """The subscription, as JSON: 201 with the key of the contact method, else what is wrong in words."""
    try:
        name = browser_name(request.headers.get("User-Agent", ""))
        row = add_push(request.viewer, _subscription(request.body), name, now=request.now)
    except AllclearError as error:
        return JsonResponse({"message": localised(error.message)}, status=error.status)
    return JsonResponse({"id": row.pk, "name": row.name}, status=201)


@csrf_exempt  # the worker may have no session any more: what it knows of the old subscription is the proof
@require_POST
def renewed(request: HttpRequest) -> HttpResponse:
    """The browser has replaced `old` by `new`, both subscriptions: 204, else what is wrong in words."""
    try:
        told = _subscription(request.body)
        renew_push(_part(told, "old"), _part(told, "new"), now=clock.now())
    except AllclearError as error:
        return JsonResponse({"message": localised(error.message)}, status=error.status)
    return HttpResponse(status=204)


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _subscription(body: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(body))
    except (ValueError, TypeError, RecursionError):
        raise Invalid(
            {"address": say("This is no push subscription: switch notifications on in the browser.")}
        ) from None


def browser_name(agent: str) -> str:
    """What its owner knows it by: "Firefox, Linux"."""
    parts = (next((name for sign, name in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, parts)) or "Browser"
