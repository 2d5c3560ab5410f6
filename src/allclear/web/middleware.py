"""What every screen needs: the viewer, their time zone, and errors in words."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_of
from allclear.kernel.errors import AllclearError

Handler = Callable[[HttpRequest], HttpResponse]


class Surface:
    """Puts `request.viewer` (a `Viewer`, or None for a stranger), sets the viewer's zone, maps errors to pages.

    Views hold no try/except: what a verb refuses comes back as a page, or as a fragment for htmx, in words.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(("/api/", "/static/", "/healthz")):
            return self.get_response(request)
        user = request.user
        viewer = viewer_of(user) if isinstance(user, (User, SimpleLazyObject)) and user.is_authenticated else None  # type: ignore[arg-type]  # lazy user
        request.viewer = viewer  # type: ignore[attr-defined]
        with timezone.override(_zone(viewer)):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, AllclearError) or request.path.startswith("/api/"):
            return None
        template = "errors/fragment.html" if getattr(request, "htmx", False) else "errors/refused.html"
        return render(request, template, {"error": error}, status=error.status)


def _zone(viewer: Viewer | None) -> ZoneInfo:
    try:
        return ZoneInfo(viewer.time_zone) if viewer else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
