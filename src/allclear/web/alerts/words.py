"""What was decided about an alert, in a few words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from allclear.alerts.models import Alert
from allclear.incidents.models import Incident
from allclear.web.said import localised
from allclear.web.templatetags._words import short_words

_HOLDERS: dict[str, StrOrPromise] = {
    "silence": gettext_lazy("held by silence “{name}”"),
    "maintenance": gettext_lazy("held by maintenance “{name}”"),
    "inhibition": gettext_lazy("held by inhibition “{name}”"),
}


def outcome_words(alert: Alert, incident: Incident | None, now: datetime) -> str:
    """One line for lists; `incident` None: there is none, or the reader may not know of it."""
    until = until_words(alert, now)
    if alert.outcome == "waiting":
        return _("not decided yet")
    if alert.outcome == "held":
        words = (
            _("waits for its trend, by rule “{rule}”")
            if alert.held_by.get("kind") == "trend"
            else _("waits whether it lasts, by rule “{rule}”")
        )
        return words.format(rule=localised(alert.rule)) + until
    if alert.outcome == "suppressed":
        held = _HOLDERS.get(str(alert.held_by.get("kind")), gettext_lazy("held by “{name}”"))
        return str(held).format(name=localised(str(alert.held_by.get("name", "")))) + until
    if alert.outcome == "recorded":
        by = _("recorded only, by rule “{rule}”") if alert.rule else _("recorded only")
        return by.format(rule=localised(alert.rule))
    if incident is None:
        return _("opened an incident") if alert.outcome == "opened" else _("belongs to an incident")
    words = _("opened {number}") if alert.outcome == "opened" else _("joined {number}")
    return words.format(number=incident.number)


def until_words(alert: Alert, now: datetime) -> str:
    """ ", until 14:05" while something holds it."""
    until: Any = alert.held_by.get("until")
    at = parse_datetime(until) if isinstance(until, str) else alert.decide_at if alert.outcome == "held" else None
    return _(", until {instant}").format(instant=short_words(at, now)) if at and at > now else ""
