"""The palette in the frame of every page: `{% palette %}`."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse

from allclear.accounts.permissions import Viewer
from allclear.web.palette.places import letters_for
from allclear.web.palette.views import digest_of

register = template.Library()


@register.inclusion_tag("palette/dialog.html", takes_context=True)
def palette(context: Context) -> dict[str, Any]:
    """The closed dialog, and what the script needs to know. Nothing for a stranger."""
    viewer: Viewer | None = getattr(context.get("request"), "viewer", None)
    if viewer is None:
        return {"is_there": False}
    return {
        "is_there": True,
        "is_staff": viewer.is_staff,
        "answer_url": reverse("palette:answer"),
        "places_url": f"{reverse('palette:places')}?v={digest_of(viewer)}",
        "language_url": reverse("palette:language"),
        "keys_url": reverse("help:keys"),
        "letters": json.dumps(letters_for(viewer), separators=(",", ":")),
    }
