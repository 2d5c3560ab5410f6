"""Words for what a filter may name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from allclear.domain.terms import Channel
from allclear.incidents.queries import NONE

CHANNELS = {
    Channel.PORTAL: gettext_lazy("Portal"),
    Channel.PHONE: gettext_lazy("Phone"),
    Channel.EMAIL: gettext_lazy("E-mail"),
    Channel.CHAT: gettext_lazy("Chat"),
    Channel.WALK_UP: gettext_lazy("At the desk"),
    Channel.MONITORING: gettext_lazy("Monitoring"),
    Channel.API: gettext_lazy("API"),
    Channel.IMPORT: gettext_lazy("Import"),
    NONE: gettext_lazy("Not known"),
}


def channel_words(value: str) -> str:
    """A channel for the eye; an empty one is not known."""
    return str(CHANNELS[Channel(value) if value and value != NONE else NONE])
