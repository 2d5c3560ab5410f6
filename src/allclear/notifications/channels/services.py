"""Chat, SMS, voice and ntfy through the services that `apprise` knows; each is told by one address of its form."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allclear.kernel.errors import ChannelError, Invalid
from allclear.kernel.words import say
from allclear.notifications.channels.base import ANSWER_SECONDS, Address, Message, Receipt

_SHORT = 300  # letters that a text message or a voice can bear


def _service(url: str) -> Any:
    """The service behind an address; None when none is known. Loaded late: it is large, and few processes need it."""
    import apprise

    return apprise.Apprise.instantiate(url, suppress_exceptions=True) if url else None


def is_known(url: str) -> bool:
    """Whether some service reads this address."""
    return _service(url) is not None


def shortened(text: str) -> str:
    """As much as a text message or a voice can bear."""
    return text[:_SHORT]


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
        with _heard() as lines:
            is_sent = service.notify(body=self._body(message), title=message.subject, notify_type=level)
        if not is_sent:
            reason = " ".join(" ".join(lines).split())
            raise ChannelError(say("The service did not take it: {reason}", reason=reason[:300] or "-"))
        return Receipt()

    def _body(self, message: Message) -> str:
        link = message.ack_url or message.url
        text = shortened(message.text) if self.is_short else message.text
        return f"{text}\n{link}" if link else text


class _Ear(logging.Handler):
    """Hears what `apprise` tells in this thread: others send at the same time."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self.ours = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.ours:
            self.lines.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    ear, log = _Ear(), logging.getLogger("apprise")
    log.addHandler(ear)
    try:
        yield ear.lines
    finally:
        log.removeHandler(ear)
