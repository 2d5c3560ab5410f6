"""Tags of the alert screens: `{% load alerts_ui %}`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, pgettext_lazy

from . import _icons
from ._kept import kept

register = template.Library()

# severity: the letter on its sign, the word. Shape and fill differ too (styles/screens/alerts.css).
SEVERITIES = {
    "critical": (pgettext_lazy("sign of critical", "C"), gettext_lazy("Critical")),
    "error": (pgettext_lazy("sign of error", "E"), gettext_lazy("Error")),
    "warning": (pgettext_lazy("sign of warning", "W"), gettext_lazy("Warning")),
    "info": (pgettext_lazy("sign of info", "I"), gettext_lazy("Info")),
    "unknown": ("?", gettext_lazy("Not said how bad")),
}
_SHAPES = {"firing": "new", "acknowledged": "in_progress", "resolved": "resolved"}
STATUSES = {
    "firing": pgettext_lazy("status of an alert", "Firing"),
    "acknowledged": gettext_lazy("Acknowledged"),
    "resolved": gettext_lazy("Resolved"),
}
# what a message does to its alert; domain.alerts.event.Action
ACTIONS = {
    "trigger": pgettext_lazy("what a message of a source says", "fires"),
    "acknowledge": pgettext_lazy("what a message of a source says", "somebody works on it"),
    "resolve": pgettext_lazy("what a message of a source says", "is over"),
    "update": pgettext_lazy("what a message of a source says", "news of an open alert"),
    "note": pgettext_lazy("what a message of a source says", "a note"),
    "ping": pgettext_lazy("what a message of a source says", "report of a job"),
    "change": pgettext_lazy("what a message of a source says", "a change that was made"),
}


@register.filter
def action_words(value: str) -> str:
    """`{{ event.action|action_words }}`: what a message says, for people."""
    return str(ACTIONS.get(str(value), value))


@register.simple_tag
@kept
def severity(value: str) -> SafeString:
    """`{% severity alert.severity %}`: a letter in a sign of its own, the word on hover."""
    letter, word = SEVERITIES.get(str(value), SEVERITIES["unknown"])
    return format_html(
        '<span class="severity" data-severity="{}" title="{}"><span class="visually-hidden">{}</span>'
        '<span aria-hidden="true">{}</span></span>',
        value, word, word, letter,
    )  # fmt: skip


@register.simple_tag
@kept
def alert_status(value: str) -> SafeString:
    """`{% alert_status alert.status %}`: a sign and a word."""
    shape = _icons.status_shape(_SHAPES.get(str(value), "closed"))
    words = STATUSES.get(str(value), value)
    return format_html('<span class="status" data-status="{}">{}{}</span>', value, shape, words)
