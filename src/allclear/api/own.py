"""The caller themself: who they are, and their tokens. And the runs of imports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.accounts.models import ApiToken, User
from allclear.accounts.permissions import PERMISSIONS
from allclear.accounts.queries import team_names
from allclear.accounts.tokens import issue_token, revoke_token
from allclear.api.http import answer, to_json, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Page, Ref, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.incidents.models import ImportRun
from allclear.kernel import clock
from allclear.kernel.errors import Invalid, NotFound

me, tokens, imports = Routes("Me"), Routes("Tokens"), Routes("Imports")


class Me(Shape):
    """`permissions` are what this call may do: the roles' rights within the token's scopes."""

    id: int
    name: str
    roles: list[str]
    teams: list[Ref]
    scopes: list[str] | None
    time_zone: str
    permissions: list[str]


@me.get("", Me, errors=(401,))
def read_me(request: HttpRequest) -> HttpResponse:
    """Read who you are and what you may do."""
    viewer = viewer_of(request)
    names = team_names.get()
    body = {
        "id": viewer.user_id,
        "name": viewer.name,
        "roles": sorted(viewer.roles),
        "teams": [{"id": pk, "name": names.get(pk, "")} for pk in sorted(viewer.team_ids)],
        "scopes": None if viewer.scopes is None else sorted(viewer.scopes),
        "time_zone": viewer.time_zone,
        "permissions": sorted(name for name in PERMISSIONS if viewer.may(name)),
    }
    return answer(body)


class TokenBody(Strict):
    """Without `user_id`: for yourself. Administrators may make one for somebody else."""

    name: Annotated[str, Field(max_length=80)]
    scopes: list[Literal["read", "write", "admin", "all"]]
    expires_at: Instant | None = None
    user_id: Key | None = None


class TokenShape(Shape):
    id: int
    user_id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewTokenShape(TokenShape):
    """`plain` is the token itself: it is shown this once. A replay of the call has null there."""

    plain: str | None


@tokens.get("", Page[TokenShape], errors=(401, 403, 422))
def list_tokens(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List your tokens, the newest first."""
    rows = ApiToken.objects.filter(user=viewer_of(request).user_id or 0)
    return answer(key_page(rows, cursor, limit, _token, ("-id",)))


@tokens.post("", NewTokenShape, status=201)
def add_token(request: HttpRequest, payload: TokenBody) -> HttpResponse:
    """Make a token. It cannot do more than the one you call with."""
    viewer = viewer_of(request)
    user = User.objects.filter(pk=payload.user_id or viewer.user_id or 0).first()
    if user is None:
        raise Invalid({"user": "There is no such person."})
    token, plain = issue_token(viewer, user, payload.name, payload.scopes, payload.expires_at, clock.now())
    response = answer(_token(token) | {"plain": plain}, 201)
    response.kept_body = to_json(_token(token) | {"plain": None})  # type: ignore[attr-defined]  # see idempotency.py
    return response


@tokens.delete("/{pk}", TokenShape)
def end_token(request: HttpRequest, pk: Key) -> HttpResponse:
    """Revoke a token, at once and for good."""
    return answer(_token(revoke_token(viewer_of(request), pk, clock.now())))


def _token(row: ApiToken) -> dict[str, Any]:
    names = ("user_id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    return {"id": row.pk} | {name: getattr(row, name) for name in names}


class RunShape(Shape):
    """A run of an import. Every row that was read is imported, merged or rejected."""

    id: int
    source: str
    file_name: str
    file_sha256: str
    format: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    rows_read: int
    rows_imported: int
    rows_merged: int
    rows_rejected: int


class RunWithReport(RunShape):
    report: dict[str, Any]


@imports.get("", Page[RunShape], errors=(401, 403, 422))
def list_imports(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the runs of imports, the newest first."""
    viewer_of(request).require("audit.read")
    rows = ImportRun.objects.defer("report")
    return answer(key_page(rows, cursor, limit, _run, ("-id",)))


@imports.get("/{pk}", RunWithReport)
def read_import(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read a run with its reconciliation report."""
    viewer_of(request).require("audit.read")
    row = ImportRun.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such run of an import.")
    return answer(_run(row) | {"report": row.report})


def _run(row: ImportRun) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RunShape.model_fields}
