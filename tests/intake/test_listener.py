"""The listener: a real conversation with it by LMTP and SMTP; what is behind it is a stand-in."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import OperationalError
from pytest_django import Settings

from allclear.intake import listener
from allclear.intake.mail import MOST_BYTES
from allclear.notifications.addresses import reply_address
from allclear.notifications.tests.peers import free_port
from allclear.testing import T0

MAIL = b"From: ana@example.org\r\nSubject: Re\r\n\r\nack\r\n"


class Behind:
    """Keeps what the listener hands on, or breaks as the test says."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, list[str], str]] = []
        self.error: Exception | None = None

    def receive(self, raw: bytes, now: Any, *, recipients: list[str], envelope_from: str) -> None:
        if self.error:
            raise self.error
        self.got.append((raw, recipients, envelope_from))


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Behind:
    settings.INBOUND_ADDRESS = "page@in.example.org"
    found = Behind()
    monkeypatch.setattr(listener, "receive", found.receive)
    monkeypatch.setattr(listener, "close_old_connections", lambda: None)
    return found


class Listening(Controller):
    def factory(self) -> Any:
        return listener.protocol(self.name)

    name = "smtp"


def listen(name: str) -> Iterator[smtplib.SMTP]:
    controller = Listening(listener.Handler(), hostname="127.0.0.1", port=free_port())
    controller.name = name
    client = smtplib.LMTP if name == "lmtp" else smtplib.SMTP
    controller.start()
    try:
        with client("127.0.0.1", controller.port) as found:
            yield found
    finally:
        controller.stop()


@pytest.fixture(params=["lmtp", "smtp"])
def client(request: pytest.FixtureRequest, behind: Behind) -> Iterator[smtplib.SMTP]:
    yield from listen(request.param)


def to() -> str:
    return reply_address(5, 7, T0)


def test_it_hands_on_the_mail_as_it_came_with_its_envelope(client: smtplib.SMTP, behind: Behind) -> None:
    assert client.sendmail("ana@example.org", [to()], MAIL) == {}
    assert behind.got == [(MAIL, [to()], "ana@example.org")]


def test_a_bounce_has_no_sender(client: smtplib.SMTP, behind: Behind) -> None:
    client.sendmail("", [to()], MAIL)
    assert behind.got[0][2] == ""


def test_it_takes_mail_to_its_own_addresses_only(client: smtplib.SMTP, behind: Behind) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("ana@example.org", ["ben@elsewhere.org"], MAIL)
    assert behind.got == []


@pytest.mark.parametrize(("error", "code"), [(OperationalError("away"), 451), (RuntimeError("bug"), 554)])
def test_the_mail_server_tries_again_when_the_database_is_away(
    client: smtplib.SMTP, behind: Behind, error: Exception, code: int
) -> None:
    behind.error = error
    with pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail("ana@example.org", [to()], MAIL)
    assert caught.value.smtp_code == code


def test_what_is_too_large_is_refused_before_it_is_read(client: smtplib.SMTP, behind: Behind) -> None:
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPDataError)):
        client.sendmail("ana@example.org", [to()], MAIL + b"a" * 70 + b"\r\n" * (MOST_BYTES // 2))
    assert behind.got == []
