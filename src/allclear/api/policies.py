"""Policies: the versions in force, those before, and writing the next one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.api.http import answer, seen_version, viewer_of
from allclear.api.paging import key_page
from allclear.api.present import names_of
from allclear.api.routing import Routes
from allclear.api.schemas import Page, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.catalog.actions import change_policy
from allclear.catalog.models import PolicyVersion
from allclear.catalog.policies import READERS, body_of
from allclear.kernel import clock
from allclear.kernel.errors import NotFound

routes = Routes("Policies")
PolicyKind = Literal["priority_matrix", "routing", "lifecycle", "retention", "alert_rules"]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class PolicyBody(Strict):
    """The whole policy, and why it changes."""

    body: dict[str, Any]
    note: Annotated[str, Field(max_length=300)] = ""


class PolicyShape(Shape):
    """`version` 0 is the built-in default."""

    kind: str
    version: int
    body: dict[str, Any]


class VersionShape(PolicyShape):
    note: str
    author: str
    created_at: datetime


class Policies(Shape):
    items: list[PolicyShape]


@routes.get("", Policies, errors=(401, 403))
def list_policies(request: HttpRequest) -> HttpResponse:
    """Read the policies in force."""
    viewer_of(request).require("policy.read")
    return answer({"items": [_policy(kind) for kind in READERS]})


@routes.get("/{kind}", PolicyShape)
def read_policy(request: HttpRequest, kind: PolicyKind) -> HttpResponse:
    """Read the policy in force; its ETag is its version."""
    viewer_of(request).require("policy.read")
    found = _policy(kind)
    return answer(found, version=found["version"])


@routes.post("/{kind}", PolicyShape, status=201, versioned=True)
def write_policy(request: HttpRequest, kind: PolicyKind, payload: PolicyBody) -> HttpResponse:
    """Put a new version in force.

    What cannot work is refused. With `If-Match`, nobody's change is lost.
    """
    viewer = viewer_of(request)
    viewer.require("policy.change")
    seen = seen_version(request)
    expected = body_of(kind)[0] if seen is None else seen
    now = clock.now()
    row = change_policy(viewer, kind, payload.body, note=payload.note, expected_version=expected, now=now)
    return answer({"kind": kind, "version": row.version, "body": row.body}, 201, version=row.version)


@routes.get("/{kind}/versions", Page[VersionShape])
def list_versions(request: HttpRequest, kind: PolicyKind, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the versions of a policy, the newest first."""
    viewer_of(request).require("policy.read")
    page = key_page(PolicyVersion.objects.filter(kind=kind), cursor, limit, lambda row: {"row": row}, ("-version",))
    rows = [item["row"] for item in page["items"]]
    names = names_of(row.author_id for row in rows)
    return answer(page | {"items": [_version(row, names.get(row.author_id or 0, "")) for row in rows]})


@routes.get("/{kind}/versions/{version}", VersionShape)
def read_version(request: HttpRequest, kind: PolicyKind, version: Version) -> HttpResponse:
    """Read one version of a policy."""
    viewer_of(request).require("policy.read")
    row = PolicyVersion.objects.filter(kind=kind, version=version).first()
    if row is None:
        raise NotFound("This policy has no such version.")
    return answer(_version(row, names_of([row.author_id]).get(row.author_id or 0, "")))


def _policy(kind: str) -> dict[str, Any]:
    version, body = body_of(kind)
    return {"kind": kind, "version": version, "body": dict(body)}


def _version(row: PolicyVersion, author: str) -> dict[str, Any]:
    fields = ("kind", "version", "body", "note", "created_at")
    return {field: getattr(row, field) for field in fields} | {"author": author}
