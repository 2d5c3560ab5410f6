"""The page of one silence, window or inhibition, and how a verb on one answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from allclear.alerts.models import MaintenanceWindow, Silence
from allclear.alerts.quiet_lists import Row
from allclear.kernel.errors import AllclearError
from allclear.web.alerts.places import tabs
from allclear.web.history import history
from allclear.web.http import Page
from allclear.web.quiet import reading, words
from allclear.web.said import localised

STREAMS = {"silence": "silence", "maintenance": "maintenance_window", "inhibition": "inhibition"}


def page(request: Page, row: Row, kind: str, *, may: str, extra: dict[str, Any] | None = None) -> HttpResponse:
    """All about one of them."""
    context = {
        "one": line(reading.standing(row, request.now), words.authors([row])),
        "row": row,
        "kind": kind,
        "history": history(STREAMS[kind], row.pk),
        "spans": list(words.SPANS.items()),
        "may_change": request.viewer.may(may),
        "tabs": tabs(request, "alerts:quiet"),
        "back": f"{reverse('alerts:quiet')}",
        "back_label": _("Quiet"),
        **(extra or {}),
    }
    return render(request, "quiet/show.html", context)


def line(one: reading.Standing, authors: dict[int, str]) -> dict[str, Any]:
    """One of them as lists and its page show it."""
    row = one.row
    found: dict[str, Any] = {"one": one, "row": row, "url": url_of(one), "held": one.held}
    found["problem"] = localised(one.entry.problem) if one.entry.problem else ""
    found["by"] = authors.get(row.created_by_id or 0) or getattr(row, "created_by_name", "") or "Allclear"
    if isinstance(row, Silence):
        tokens = words.matcher_texts(row.matchers)
        if row.integration:
            tokens.append(f'integration="{row.integration.name}"')
        return {**found, "name": row.comment, "tokens": tokens, "kind_words": _("Silence"), "icon": "bell-off"}
    if isinstance(row, MaintenanceWindow):
        return {
            **found,
            "name": row.name,
            "about": words.scope_words(row),
            "when_words": words.window_words(row),
            "why": row.reason,
            "change_ref": row.change_ref,
            "kind_words": _("Maintenance"),
            "icon": "wrench",
        }
    return {
        **found,
        "name": row.name,
        "about": words.inhibition_words(row),
        "kind_words": _("Inhibition"),
        "icon": "git-branch",
    }


def url_of(one: reading.Standing) -> str:
    names = {"silence": "alerts:silence", "maintenance": "alerts:window", "inhibition": "alerts:inhibition"}
    return reverse(names[one.kind], args=[one.row.pk])


def done(request: Page, verb: Callable[[], str], said: str) -> HttpResponse:
    """Do it and go back to where the button was; `verb` gives the address that undoes it, or nothing."""
    try:
        messages.success(request, said, extra_tags=verb())
    except AllclearError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, localised(error.message))
    wanted = request.POST.get("next") or reverse("alerts:quiet")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return redirect(wanted if is_ours else reverse("alerts:quiet"))
