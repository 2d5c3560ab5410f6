"""Every error of the API as a problem document (RFC 9457), in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from allclear.api.http import to_json
from allclear.kernel.errors import AllclearError, Invalid

PROBLEM = "application/problem+json"
TITLES = {
    "invalid": "The input cannot be used",
    "not_permitted": "You may not do this",
    "not_found": "There is no such thing",
    "conflict": "Somebody was faster",
    "refused": "A rule says no",
    "unauthenticated": "Say who you are",
    "method_not_allowed": "This cannot be done here",
    "malformed": "The request cannot be read",
    "too_large": "That is too much at once",
    "error": "Something went wrong here",
}
_KEYS = frozenset(
    {"team", "assignee", "requester", "on_behalf_of", "category", "final_category", "service", "organisation"}
    | {"supplier", "template", "owner", "user", "security_class"}
)  # a verb names the record, a body names its key
_log = logging.getLogger("allclear.api")


def problem(
    http: HttpRequest,
    status: int,
    kind: str,
    detail: str,
    *,
    code: str = "",
    errors: Sequence[Mapping[str, str]] = (),
    **more: Any,
) -> HttpResponse:
    """A problem document. `kind` is a key of `TITLES`; `code` names the very rule when there is one."""
    body: dict[str, Any] = {
        "type": f"/api/v1/docs#problem-{kind}",
        "title": TITLES[kind],
        "status": status,
        "detail": detail,
        "code": code or kind,
        "request_id": getattr(http, "request_id", ""),
    }
    if errors:
        body["errors"] = list(errors)
    response = HttpResponse(to_json(body | more), status=status, content_type=PROBLEM)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Allclear"'
    return response


def connect(api: NinjaAPI) -> None:
    """Let the API answer every exception through this module; ninja takes the nearest class."""
    handlers: dict[type[Exception], Callable[..., HttpResponse]] = {
        AllclearError: _refused,
        ValidationError: _not_valid,
        AuthenticationError: unauthenticated,
        HttpError: _http,
        Http404: unknown_address,
        RequestDataTooBig: too_big,
        SuspiciousOperation: _unreadable,
        RawPostDataException: _not_json,  # a form where JSON was due
        Exception: unforeseen,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _refused(http: HttpRequest, error: AllclearError) -> HttpResponse:
    errors = []
    if isinstance(error, Invalid):
        errors = [{"field": _field(http, name), "message": words} for name, words in error.fields.items()]
    return problem(http, error.status, type(error).code, error.message, code=error.code, errors=errors, **error.extra)


def _field(http: HttpRequest, name: str) -> str:
    """The field as the caller wrote it: bodies name references by key (`team_id`), filters do not."""
    if http.method in ("GET", "HEAD"):
        return name
    return "ci_ids" if name == "cis" else f"{name}_id" if name in _KEYS else name


def _not_valid(http: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [{"field": _place(one["loc"]), "message": _words(one)} for one in error.errors]
    return problem(
        http, 422, "invalid", "Some fields cannot be used: " + " ".join(e["message"] for e in errors), errors=errors
    )


def _place(location: Sequence[Any]) -> str:
    """`("body", "payload", "tasks", 0)` -> `tasks.0`."""
    parts = [str(part) for part in location]
    if parts and parts[0] in ("body", "query", "path", "header", "form", "file"):
        parts = parts[1:]
    if parts and parts[0] in ("payload", "query"):
        parts = parts[1:]
    return ".".join(parts) or "body"


def _words(one: Mapping[str, Any]) -> str:
    """pydantic's reason as a sentence that says what to do."""
    place, context = _place(one["loc"]), one.get("ctx", {})
    match one["type"]:
        case "extra_forbidden":
            return f"There is no field {place}; leave it out or mend its name."
        case "missing":
            return f"{place} is needed."
        case "timezone_aware":
            return f"{place}: give the instant with its offset, such as 2026-03-02T09:00:00Z."
        case "enum" | "literal_error":
            return f"{place}: choose {context.get('expected', 'one of the known values')}."
        case "string_too_long":
            return f"{place}: at most {context.get('max_length')} characters fit."
        case "value_error":
            return f"{place}: {context.get('error', one['msg'])}"
    return f"{place}: {one['msg'][:1].lower()}{one['msg'][1:]}."


def unauthenticated(http: HttpRequest, error: Exception | None = None) -> HttpResponse:
    if http.headers.get("Authorization"):
        words = "This token is not known, has expired or was revoked. Make a new one under My profile."
    else:
        words = "Send a token: Authorization: Bearer alc_... You make one under My profile."
    return problem(http, 401, "unauthenticated", words)


def _http(http: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__  # ninja wraps whatever reading the body raised
    if isinstance(cause, AllclearError):
        return _refused(http, cause)
    if isinstance(cause, RequestDataTooBig):
        return too_big(http)
    if error.status_code == 403:
        return problem(http, 403, "not_permitted", str(error), code="csrf")
    return problem(http, error.status_code, "malformed", "The body is not valid JSON. Mend it and send it again.")


def unknown_address(http: HttpRequest, error: Exception | None = None) -> HttpResponse:
    """What no route matches. Also a view, at the end of the API's addresses."""
    return problem(http, 404, "not_found", f"There is nothing at {http.path}. The list is at /api/v1/docs.")


def not_allowed(http: HttpRequest, allowed: str) -> HttpResponse:
    allowed = ", ".join(sorted(allowed.split(", ")))
    words = f"{http.method} is not possible at {http.path}; it takes {allowed}."
    response = problem(http, 405, "method_not_allowed", words)
    response["Allow"] = allowed
    return response


def too_big(http: HttpRequest, error: Exception | None = None) -> HttpResponse:
    return problem(http, 413, "too_large", "The body is too large. Send large files as attachments.")


def _not_json(http: HttpRequest, error: Exception) -> HttpResponse:
    return problem(http, 415, "malformed", "Send the body as JSON, with Content-Type: application/json.")


def _unreadable(http: HttpRequest, error: Exception) -> HttpResponse:
    return problem(http, 400, "malformed", "The request cannot be read. Check its headers and body.")


def unforeseen(http: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: the log has the details under the request's id, the caller has the id."""
    _log.error("%s %s failed", http.method, http.path, exc_info=error)
    words = "This is a fault on our side. Try again; if it stays, tell your administrator the request_id."
    return problem(http, 500, "error", words)
