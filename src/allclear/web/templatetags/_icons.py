"""The drawings of the icons, inlined: no request, the colour of the text, nothing that a content policy forbids."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# Each status has a shape of its own, so that it is told apart without colour (12 by 12).
STATUS_SHAPES = {
    "new": '<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="2"/>',
    "assigned": '<circle cx="6" cy="6" r="4.75" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    '<path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor"/>',
    "in_progress": '<circle cx="6" cy="6" r="4.75" fill="currentColor"/>',
    "on_hold": '<path d="M3.75 2v8M8.25 2v8" fill="none" stroke="currentColor" stroke-width="2.25"/>',
    "resolved": '<path d="m1.75 6.5 3 3 5.5-7" fill="none" stroke="currentColor" stroke-width="2"/>',
    "closed": '<rect x="1.75" y="1.75" width="8.5" height="8.5" rx="2" fill="currentColor"/>',
    "cancelled": '<path d="m2.25 2.25 7.5 7.5m0-7.5-7.5 7.5" fill="none" stroke="currentColor" stroke-width="2"/>',
}


@cache
def drawings() -> dict[str, str]:
    """Name to inner SVG, as `npm run icons` wrote it from frontend/icons.txt."""
    found: dict[str, str] = json.loads((Path(__file__).parent / "icons.json").read_text("utf-8"))
    found.pop("_licence", None)
    return found


@cache
def icon_html(name: str, label: str = "") -> SafeString:
    """One icon; without a label it is decoration and hidden from screen readers."""
    inner = drawings().get(name)
    if inner is None:
        raise ValueError(f"There is no icon {name!r}: add its lucide name to frontend/icons.txt and run npm run icons.")
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" data-icon="{}" viewBox="0 0 24 24" width="16" height="16" {}>{}</svg>',
        name,
        voice,
        mark_safe(inner),  # noqa: S308 - our own generated file
    )


@cache
def status_shape(status: str) -> SafeString:
    """The little sign before a status word."""
    inner = STATUS_SHAPES.get(status, STATUS_SHAPES["closed"])
    return mark_safe(  # noqa: S308 - constants above
        f'<svg class="status-dot" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">{inner}</svg>'
    )
