"""From an HTTP request to a verb's request, and from a result to an HTTP answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from allclear.accounts.permissions import Viewer
from allclear.incidents.actions import Request
from allclear.kernel import clock
from allclear.kernel.errors import Invalid

JSON = "application/json"
_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')


def to_json(data: Any) -> bytes:
    """JSON in UTF-8; instants in ISO 8601 UTC with Z, amounts as text."""
    return orjson.dumps(data, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


class Renderer(BaseRenderer):
    media_type = JSON

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        return to_json(data)


class StrictParser(Parser):
    """JSON by orjson. Null characters are refused: no text of ours can hold one."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = request.body
        data = orjson.loads(body)
        if b"\\u0000" in body and _has_null(data):
            raise Invalid({"body": "Null characters cannot be stored; leave them out."})
        return data

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        if any("\0" in value for key in data for value in data.getlist(key)):
            raise Invalid({"query": "Null characters cannot be searched for; leave them out."})
        return super().parse_querydict(data, list_fields, request)


def _has_null(data: Any) -> bool:
    if isinstance(data, str):
        return "\0" in data
    if isinstance(data, Mapping):
        return any(_has_null(part) for pair in data.items() for part in pair)
    return isinstance(data, list) and any(map(_has_null, data))


def answer(
    data: Any, status: int = 200, *, version: int | None = None, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A JSON answer; `version` becomes the ETag that `If-Match` takes back."""
    response = HttpResponse(to_json(data), status=status, content_type=JSON)
    if version is not None:
        response["ETag"] = f'"{version}"'
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def nothing() -> HttpResponse:
    """It is done and there is nothing to say."""
    return HttpResponse(status=204, content_type=JSON)


def viewer_of(http: HttpRequest) -> Viewer:
    """The person whom `auth.py` recognised."""
    viewer = http.auth  # type: ignore[attr-defined]  # set by ninja from what auth.py gives
    assert isinstance(viewer, Viewer)
    return viewer


def verb(http: HttpRequest) -> Request:
    """The request of a verb: who, when, the version they had seen, and which HTTP request and key it came by."""
    cause: dict[str, Any] = {"request_id": getattr(http, "request_id", "")}
    if token_id := getattr(http, "token_id", None):
        cause["token_id"] = token_id
    return Request(viewer_of(http), clock.now(), seen_version(http), cause, merge=wants_merge(http))


def seen_version(http: HttpRequest) -> int | None:
    """The version in `If-Match`; None when there is none or it is `*`."""
    given = http.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    found = _ETAG.fullmatch(given)
    if not found:
        raise Invalid({"If-Match": 'Write the version as it came in the ETag, such as "3", or leave the header out.'})
    return int(found.group(1))


def wants_merge(http: HttpRequest) -> bool:
    """Whether `Prefer: merge` asks to let stand what others changed since the version in `If-Match` (RFC 7240)."""
    asked = [part.partition(";")[0].strip().lower() for part in http.headers.get("Prefer", "").split(",")]
    return "merge" in asked


def refuse_unknown(http: HttpRequest, known: Iterable[str]) -> None:
    """Refuse query parameters that are not known: a misspelt filter would show everything."""
    names = set(known)
    if unknown := sorted(set(http.GET) - names):
        raise Invalid({name: f"There is no such parameter; choose of {', '.join(sorted(names))}." for name in unknown})


def ref(pk: int | None, name: str | None) -> dict[str, Any] | None:
    """A reference to a record as key and name."""
    return None if pk is None else {"id": pk, "name": name or ""}


def instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
