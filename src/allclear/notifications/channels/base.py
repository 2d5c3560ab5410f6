"""What every channel is given and gives back. A channel knows nothing of incidents: it gets a finished message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Address = Mapping[str, Any]  # what a contact method keeps: `{"email": ...}`, `{"url": ...}`, a push subscription

CONNECT_SECONDS = 5.0  # until somebody answers at all
ANSWER_SECONDS = 15.0  # until they have taken the message


@dataclass(frozen=True, slots=True)
class Message:
    """One message in the reader's language.

    `key` is the same for every try, so that a receiver can tell a repeated one. `thread` keeps what is about the same
    together. `page` asks for an acknowledgement, which `ack_url` gives with one tap and without a log-in.
    """

    key: str
    subject: str
    text: str
    at: datetime
    url: str = ""
    ack_url: str = ""
    thread: str = ""
    is_page: bool = False
    language: str = "en"
    data: Mapping[str, Any] = field(default_factory=dict)  # for programs: the same facts by name
    reply_to: str = ""  # where an answer acts; for channels that can be answered
    bounce_to: str = ""  # whom a mail server tells that it could not deliver


@dataclass(frozen=True, slots=True)
class Receipt:
    """That the other side took it. `reference` is their name for it, `detail` what they said, for people."""

    reference: str = ""
    detail: str = ""


class Channel(Protocol):
    """One way to reach somebody."""

    kind: str

    def check(self, address: Address) -> Address:
        """The address as it is kept. Raises `Invalid` in words when nothing could ever be sent to it."""

    def send(self, address: Address, message: Message) -> Receipt:
        """Hand the message over. Raises `ChannelError`, permanent when trying again cannot help."""
