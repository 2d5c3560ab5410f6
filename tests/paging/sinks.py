"""What arrives at the other sides: each message checked as its receiver would, and told in one form."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from standardwebhooks.webhooks import Webhook as Signature

from allclear.notifications.channels.webhook import new_secret
from allclear.notifications.tests.browsers import Browser, claims
from allclear.notifications.tests.peers import Call, Mailroom, Sink, mail_server, web_server


@dataclass(frozen=True)
class Came:
    """One message. `to`: the address, or the name of the browser or program. `key` is the same for each try of it."""

    channel: str
    to: str
    title: str
    text: str
    key: str
    ack: str = ""  # the path of the link that acknowledges


class Mail(Mailroom):
    """A mail server with moods, set in `mood`: hang, slow, drop (after it took the text), or an answer such as 451.

    `got` is what it said yes to; `offered` all that was sent to it to the end, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mood = ""
        self.offered: list[EmailMessage] = []
        self.hanging = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address.startswith("unknown"):
            return "550 5.1.1 No such mailbox"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.offered.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.mood == "hang":
            await self._hang()
            return "451 Too late"
        if self.mood == "slow":
            await asyncio.sleep(0.2)
        self.at_data = self.mood if self.mood not in ("slow", "hang") else ""
        return await super().handle_DATA(server, session, envelope)

    async def _hang(self) -> None:
        self.hanging += 1
        try:
            while self.mood == "hang":
                await asyncio.sleep(0.02)
        finally:
            self.hanging -= 1


@dataclass
class Sinks:
    """A mail server, and a web server that is the push service and all programs."""

    mail: Mail
    mail_port: int
    web: Sink
    browsers: dict[str, Browser] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    told_mails: int = 0
    told_calls: int = 0

    @property
    def origin(self) -> str:
        return self.web.url.removesuffix("/hook")

    def browser(self, name: str) -> dict[str, Any]:
        """The subscription of a new browser."""
        found = self.browsers[name] = Browser(f"{self.origin}/push/{name}")
        return found.address

    def program(self, name: str) -> dict[str, Any]:
        """The address of a new program."""
        self.secrets[name] = new_secret()
        return {"url": f"{self.origin}/hook/{name}", "secret": self.secrets[name]}

    def came(self) -> list[Came]:
        """What has come since this was asked last."""
        mails, calls = self.mail.got[self.told_mails :], self.web.got[self.told_calls :]
        self.told_mails, self.told_calls = self.told_mails + len(mails), self.told_calls + len(calls)
        return [*map(_mailed, mails), *map(self._called, calls)]

    def _called(self, call: Call) -> Came:
        _, kind, name = call.path.split("/")
        return self._pushed(call, name) if kind == "push" else self._hooked(call, name)

    def _pushed(self, call: Call, name: str) -> Came:
        assert claims(call)["aud"] == self.origin  # it is signed by us, and for this service
        told = self.browsers[name].read(call)
        return Came("push", name, told["title"], told["body"], told["key"], path_of(told["ack"]))

    def _hooked(self, call: Call, name: str) -> Came:
        key, seconds = call.headers["webhook-id"], int(call.headers["webhook-timestamp"])
        signed = Signature(self.secrets[name]).sign(key, datetime.fromtimestamp(seconds, UTC), call.body.decode())
        assert call.headers["webhook-signature"] == signed
        data = json.loads(call.body)["data"]
        return Came("webhook", name, data["subject"], data["text"], key, path_of(data["ack_url"]))


def _mailed(mail: EmailMessage) -> Came:
    text = mail.get_content()
    found = re.search(r"(?<=Acknowledge: )\S+", text)
    ack = path_of(found[0]) if found else ""
    return Came("email", str(mail["To"]), str(mail["Subject"]), text, str(mail["Message-ID"]), ack)


def path_of(url: str) -> str:
    """An address without its host: tests have the program at another one."""
    return re.sub(r"^https?://[^/]+", "", url)


@contextmanager
def sinks() -> Iterator[Sinks]:
    """All of them running."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # else aiosmtpd tells every word of every talk
    mail = Mail()
    with mail_server(mail) as (_, port), web_server() as web:
        yield Sinks(mail, port, web)
