"""Listens for mail by LMTP or SMTP: for mail servers that hand it over on a line instead of through a program."""

from __future__ import annotations

import asyncio
import logging
import signal
from functools import partial
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections

from allclear.intake.alert_mail import TooMany, alert_key, integration_of
from allclear.intake.mail import MOST_BYTES
from allclear.intake.receiving import receive
from allclear.kernel import clock
from allclear.notifications.addresses import ours

_SLOWER = "451 4.7.1 More mails a minute came than this address takes. Try again in a minute"
_LATER = "451 4.3.0 Try again in a few minutes"
log = logging.getLogger(__name__)


class Handler:
    """The hooks of aiosmtpd. Addresses that are not ours are refused at once: nothing is relayed or guessed."""

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        try:
            is_known = ours(address) is not None or await sync_to_async(_takes_alerts)(address)
        except (OperationalError, InterfaceError):
            return _LATER
        if not is_known:
            return "550 5.1.1 There is no such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        raw = envelope.original_content or b""
        try:
            await sync_to_async(_take)(raw, list(envelope.rcpt_tos), (envelope.mail_from or "").strip("<>"))
        except (OperationalError, InterfaceError) as error:
            log.warning("The database does not answer (%s): the mail server will try again", error)
            return _LATER
        except TooMany:
            return _SLOWER
        except Exception:
            log.exception("A mail could not be worked on")
            return "554 5.3.0 This mail could not be worked on"
        return "250 2.0.0 OK"


def _takes_alerts(address: str) -> bool:
    """Whether an integration that is on has this address."""
    key = alert_key(address)
    if key is None:
        return False
    close_old_connections()
    try:
        return integration_of(key, clock.now()) is not None
    finally:
        close_old_connections()


def _take(raw: bytes, recipients: list[str], envelope_from: str) -> None:
    close_old_connections()
    try:
        receive(raw, clock.now(), recipients=recipients, envelope_from=envelope_from)
    finally:
        close_old_connections()


def protocol(name: str) -> Any:
    """A new conversation, by LMTP or SMTP."""
    kind = LMTP if name == "lmtp" else SMTP
    return kind(Handler(), data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, ident="Allclear", timeout=60)


async def serve(name: str, host: str, port: int) -> None:
    """Listen until the process is told to end."""
    loop = asyncio.get_running_loop()
    is_over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, is_over.set)
    server = await loop.create_server(partial(protocol, name), host, port)
    log.info("Listening for mail at %s://%s:%s", name, host, port)
    async with server:
        await is_over.wait()
