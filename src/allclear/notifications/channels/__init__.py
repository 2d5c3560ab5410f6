"""The ways to reach somebody, by kind. A new one: a class with `check` and `send`, and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from allclear.notifications.channels.base import Channel
from allclear.notifications.channels.email import Email
from allclear.notifications.channels.phone import Phone
from allclear.notifications.channels.push import Push
from allclear.notifications.channels.services import Service
from allclear.notifications.channels.webhook import Webhook

CHANNELS: Mapping[str, Channel] = {
    channel.kind: channel
    for channel in (
        Email(),
        Push(),
        Webhook(),
        Service("ntfy", is_short=False),
        Service("chat", is_short=False),
        Phone("sms", is_short=True),
        Phone("voice", is_short=True),
    )
}
