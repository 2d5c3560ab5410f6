"""Chat, SMS, voice and ntfy through the services that `apprise` knows; each is told by one address of its form."""

from __future__ import annotations

import logging
from typing import Any

from allclear.kernel.errors import ChannelError, Invalid
from allclear.kernel.words import say
from allclear.notifications.channels.base import ANSWER_SECONDS, Address, Message, Receipt

_SHORT = 300  # letters that a text message or a voice can bear


def _service(url: str) -> Any:
    """The service behind an address; None when none is known. Loaded late: it is large, and few processes need it."""
    import apprise

    return apprise.Apprise.instantiate(url, suppress_exceptions=True) if url else None


class Service:
    """`kind` is what people call it: chat, sms, voice or ntfy."""

    def __init__(self, kind: str, *, is_short: bool) -> None:
        self.kind = kind
        self.is_short = is_short

    def check(self, address: Address) -> Address:
        url = str(address.get("url", "")).strip()
        if _service(url) is None:
            raise Invalid(
                {"address": say("This is no address of a service that is known, such as ntfys://ntfy.sh/your-topic.")}
            )
        return {"url": url}

    def send(self, address: Address, message: Message) -> Receipt:
        service = _service(str(address["url"]))
        if service is None:
            raise ChannelError(say("This service is not known (any more): set its address anew."), permanent=True)
        import apprise

        service.socket_read_timeout = ANSWER_SECONDS
        level = apprise.NotifyType.FAILURE if message.is_page else apprise.NotifyType.INFO
        capture: Any = apprise.LogCapture
        with capture(level=logging.WARNING, fmt="%(message)s") as said:
            is_sent = service.notify(body=self._body(message), title=message.subject, notify_type=level)
            reason = said.getvalue().strip()
        if not is_sent:
            raise ChannelError(say("The service did not take it: {reason}", reason=reason[:300] or "-"))
        return Receipt()

    def _body(self, message: Message) -> str:
        link = message.ack_url or message.url
        text = message.text[:_SHORT] if self.is_short else message.text
        return f"{text}\n{link}" if link else text
