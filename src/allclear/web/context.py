"""What the frame of every page shows: navigation, counts, the viewer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of `base.html`."""
    return {"viewer": getattr(request, "viewer", None)}
