"""The log of what was changed in administration: who, when, what."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from allclear.kernel.models import Event
from allclear.web.history import in_words
from allclear.web.http import Page, signed_in

NOUNS = {
    "user": gettext_lazy("User"),
    "token": gettext_lazy("Token"),
    "team": gettext_lazy("Team"),
    "organisation": gettext_lazy("Organisation"),
    "skill": gettext_lazy("Skill"),
    "security_class": gettext_lazy("Security class"),
    "service": gettext_lazy("Service"),
    "ci": gettext_lazy("Configuration item"),
    "dependency": gettext_lazy("Dependency"),
    "category": gettext_lazy("Category"),
    "question": gettext_lazy("Question"),
    "template": gettext_lazy("Template"),
    "code": gettext_lazy("Code"),
    "custom_field": gettext_lazy("Custom field"),
    "policy": gettext_lazy("Policy"),
    "retention": gettext_lazy("Retention"),
    "integration": gettext_lazy("Integration"),
    "heartbeat": gettext_lazy("Heartbeat"),
    "silence": gettext_lazy("Silence"),
    "maintenance_window": gettext_lazy("Maintenance window"),
    "inhibition": gettext_lazy("Inhibition"),
}
PAGE = 50


@signed_in
def index(request: Page) -> HttpResponse:
    """All events but those of incidents, the newest first, in pages by key."""
    request.viewer.require("audit.read")
    noun, before = request.GET.get("noun", ""), request.GET.get("before", "")
    rows = Event.objects.exclude(stream_type="incident").order_by("-id")
    if noun in NOUNS:
        rows = rows.filter(stream_type=noun)
    if before.isdigit() and len(before) < 19:
        rows = rows.filter(id__lt=int(before))
    events = list(rows[: PAGE + 1])
    older = f"?noun={noun}&before={events[PAGE - 1].pk}" if len(events) > PAGE else ""
    context = {
        "changes": in_words(events[:PAGE]),
        "nouns": list(NOUNS.items()),
        "noun": noun,
        "older_url": older,
        "newer_url": f"?noun={noun}" if before else "",
    }
    return render(request, "admin_area/audit.html", context)
