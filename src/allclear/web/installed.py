"""What makes the console an app on a device: its manifest, and the worker that shows pages while it is closed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

_WORKER = Path(__file__).parent / "static" / "sw.js"


@cache
def _code() -> bytes:
    return _WORKER.read_bytes()


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root so that it may act for every page. Browsers look for a new one each time."""
    response = HttpResponse(_code(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What the app is called and looks like."""
    told = {
        "id": "/",
        "name": "Allclear",
        "short_name": "Allclear",
        "description": _("Incidents, from the first alert to the all clear"),
        "lang": get_language() or "en",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [
            {"src": static("icon-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
            {"src": static("icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
            {"src": static("icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
            {"src": static("favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
    }
    return JsonResponse(told, content_type="application/manifest+json")
