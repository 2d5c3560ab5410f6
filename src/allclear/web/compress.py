"""Pages go over the line compressed; files do not, for most of them are already."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_TEXT = ("text/", "application/json", "application/problem+json")


class Compress(GZipMiddleware):
    """Django's own, which adds bytes at random so that nobody learns a page's words from its length; for texts only."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, smaller when it is a text and the browser takes it so."""
        is_text = response.get("Content-Type", "").startswith(_TEXT)
        if not is_text or not isinstance(response, HttpResponse) or response.get("Content-Disposition"):
            return response
        return super().process_response(request, response)
