"""Retention: what would be erased under the policy in force or another one. The policy itself is in /policies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from allclear.api.http import answer, viewer_of
from allclear.api.routing import Routes
from allclear.api.schemas import Shape, Strict
from allclear.catalog.policies import in_force
from allclear.domain.retention import retention_from
from allclear.incidents.retention import preview
from allclear.kernel import clock

routes = Routes("Policies")


class TryBody(Strict):
    """A whole retention policy, as `/policies/retention` has it."""

    body: dict[str, Any]


class PartShape(Shape):
    rows: int
    incidents: int


class PreviewShape(Shape):
    """Counts of what you may see. `held`: due by age, and kept by a legal hold. `oldest_end`: the first that ended."""

    policy_version: int | None
    incidents: int
    oldest_end: datetime | None
    newest_end: datetime | None
    held: int
    parts: Mapping[str, PartShape]


@routes.get("/preview", PreviewShape)
def preview_retention(request: HttpRequest) -> HttpResponse:
    """Count what the policy in force would erase now. Nothing is changed."""
    policy = in_force().retention
    found = preview(viewer_of(request), policy, clock.now())
    return answer({"policy_version": policy.version, **found.as_data()})


@routes.post("/preview", PreviewShape)
def try_retention(request: HttpRequest, payload: TryBody) -> HttpResponse:
    """Count what another policy would erase now. Nothing is changed."""
    viewer = viewer_of(request)
    viewer.require("policy.change")  # trying a draft is the first step of changing it
    found = preview(viewer, retention_from(0, payload.body), clock.now())
    return answer({"policy_version": None, **found.as_data()})
