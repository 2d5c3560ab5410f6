"""What every screen needs: the viewer, the instant, their time zone and language, and errors in words."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_of
from allclear.kernel.clock import now as read_clock
from allclear.kernel.errors import AllclearError
from allclear.kernel.generation import held_still
from allclear.web.errors import only_a_button, refused

Handler = Callable[[HttpRequest], HttpResponse]


class Surface:
    """Puts `request.viewer` (a `Viewer`; None for a stranger) and `request.now`, sets zone and language, maps errors.

    Views hold no try/except: what a verb refuses comes back as a page, or as a fragment for htmx, in words.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(("/api/", "/static/", "/healthz", "/-/")):
            return self.get_response(request)
        with held_still() if request.method in ("GET", "HEAD") else nullcontext():
            viewer = viewer_of(request.user) if request.user.is_authenticated else None
            request.viewer = viewer  # type: ignore[attr-defined]  # declared in web.http.Page
            request.now = read_clock()  # type: ignore[attr-defined]  # declared in web.http.Page
            language = _language(request, viewer)
            with timezone.override(_zone(viewer)), translation.override(language):
                response = self.get_response(request)
                if response.status_code == 405 and request.method == "GET":
                    response = only_a_button(request, response)
        response.headers.setdefault("Content-Language", language)
        if viewer is None:
            patch_vary_headers(response, ("Accept-Language",))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, AllclearError) or request.path.startswith("/api/"):
            return None
        return refused(request, error)


def _zone(viewer: Viewer | None) -> ZoneInfo:
    try:
        return ZoneInfo(viewer.time_zone) if viewer else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _language(request: HttpRequest, viewer: Viewer | None) -> str:
    """The viewer's own, of a stranger what the browser asks for; English when there is no such translation."""
    if viewer is None:
        return translation.get_language_from_request(request)
    return viewer.language if viewer.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
