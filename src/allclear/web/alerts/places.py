"""The tabs below Alerts; those that this installation has and the person may open."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from allclear.alerts.models import Alert
from allclear.web.http import Page

# label, address name, permission
TABS: list[tuple[StrOrPromise, str, str]] = [
    (gettext_lazy("Alerts"), "alerts:index", "alert.read"),
    (gettext_lazy("Integrations"), "alerts:integrations", "alert.read"),
    (gettext_lazy("Heartbeats"), "alerts:heartbeats", "alert.read"),
    (pgettext_lazy("of alerts", "Rules"), "alerts:rules", "alert.read"),
    (pgettext_lazy("silences and maintenance", "Quiet"), "alerts:quiet", "alert.read"),
    (pgettext_lazy("the ledger of alerts", "Noise"), "alerts:noise", "alert.read"),
]


def tabs(request: Page, current: str) -> list[dict[str, Any]]:
    """For `alerts/_tabs.html`; `current` is the address name of the tab that the page belongs to."""
    found = []
    for label, name, permission in TABS:
        url = url_of(name)
        if url and request.viewer.may(permission):
            found.append({"label": label, "url": url, "is_current": name == current})
    return found


def silence_url(alert: Alert) -> str:
    """The form of a silence with this alert's labels filled in; empty where this installation has none."""
    url = url_of("alerts:silence_add")
    return f"{url}?{urlencode({'alert': alert.pk})}" if url else ""


def url_of(name: str) -> str:
    """The address of a page without arguments; empty when this installation has none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
