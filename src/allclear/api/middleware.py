"""The API's own way through the program: problem documents for every error, and no session for those with a token."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from allclear.api import errors
from allclear.incidents.blobs import LARGEST
from allclear.kernel.generation import held_still

Handler = Callable[[HttpRequest], HttpResponseBase]
_MOST = LARGEST + 2**20  # bytes: an attachment and the form around it
_SAFE = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


class ApiLane:
    """Calls with a token go straight to their operation: sessions, messages and CSRF are of no use to them.

    Stands behind `RequestId` and before everything that only browsers need.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if _length(request) > _MOST:
            return errors.too_big(request)
        with held_still():
            response = _direct(request) if "HTTP_AUTHORIZATION" in request.META else self.get_response(request)
        if response.status_code == 405 and response.get("Content-Type") != errors.PROBLEM:
            response = errors.not_allowed(request, response.get("Allow", ""))
        if not response.get("Content-Type", "").startswith("text/html"):
            for name, value in _SAFE.items():
                response.headers.setdefault(name, value)
        return response


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isascii() and given.isdigit() else 0


def _direct(request: HttpRequest) -> HttpResponseBase:
    try:
        match = request.resolver_match = resolve(request.path_info)
    except Resolver404:
        return errors.unknown_address(request)
    try:
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except Exception as error:  # the last stop: Django's own handler would answer with a page
        return errors.unforeseen(request, error)
    if isinstance(response, HttpResponse) and "Content-Length" not in response:
        response["Content-Length"] = str(len(response.content))
    return response
