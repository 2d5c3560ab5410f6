"""`{% load storm %}{% storm_banner %}`: on lists, while a storm waits for a decision."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

register = template.Library()


@register.inclusion_tag("alerts/_storm.html", takes_context=True)
def storm_banner(context: Context) -> dict[str, Any]:
    """Nothing without a storm, or for those who may not decide about one."""
    from allclear.web.alerts.storms import proposal  # tags are loaded before the apps are

    request = context["request"]
    return {"storm": proposal(request.viewer, request.now), "request": request, "csrf_token": context["csrf_token"]}
