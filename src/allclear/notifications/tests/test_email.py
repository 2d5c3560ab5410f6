"""E-mail, against a mail server that really speaks SMTP."""

from __future__ import annotations

import re

import pytest
from pytest_django import Settings

from allclear.kernel.errors import ChannelError, Invalid
from allclear.notifications.channels.base import Receipt
from allclear.notifications.channels.email import Email, sender
from allclear.notifications.tests.conftest import use_mail_server
from allclear.notifications.tests.peers import Mailroom, free_port, message, silent_server

TO = {"email": "ana@example.org"}


def send(**more: object) -> Receipt:
    return Email().send(TO, message(**more))


def refusal(**more: object) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        send(**more)
    return caught.value


def test_it_arrives_with_everything_in_it(mailroom: Mailroom) -> None:
    send()
    (mail,) = mailroom.got
    assert mailroom.to == [TO["email"]]
    assert mail["Subject"] == "P1 INC0000042: Störung im Netz"
    text = mail.get_content()
    assert "The core switch is down." in text
    assert "Acknowledge: http://127.0.0.1:8400/page/token/" in text
    assert "Open: http://127.0.0.1:8400/incidents/INC0000042/" in text


def test_it_says_that_a_machine_wrote_it_and_keeps_one_thread_an_incident(mailroom: Mailroom) -> None:
    first = send()
    send(key="escalation:5:1:1.1::7:0", is_page=False)
    one, two = mailroom.got
    assert one["Auto-Submitted"] == "auto-generated"
    assert one["List-Id"] == "Allclear <notifications.127.0.0.1>"
    assert one["Message-ID"] == first.reference
    assert re.fullmatch(r"<escalation-5-1-1\.0-7-0\.[a-z2-7]{16}@127\.0\.0\.1>", first.reference)  # nobody can guess it
    assert two["Message-ID"] != one["Message-ID"]
    assert one["In-Reply-To"] == two["In-Reply-To"] == one["References"] == "<INC0000042@127.0.0.1>"
    assert one["Importance"] == "high"
    assert two["Importance"] is None
    assert one["Date"].datetime == message().at


def test_the_links_speak_the_language_of_the_reader(mailroom: Mailroom) -> None:
    send(language="de")
    assert "Öffnen: http" in mailroom.got[0].get_content()
    assert mailroom.got[0]["Content-Language"] == "de"


def test_an_answer_and_a_bounce_have_addresses_of_their_own(mailroom: Mailroom) -> None:
    send(reply_to="page+pabc@example.org", bounce_to="page+bxyz@example.org")
    send()
    one, two = mailroom.got
    assert one["Reply-To"] == "page+pabc@example.org"
    assert "answer this mail" in one.get_content()
    assert one["From"] == two["From"] == "Allclear <allclear@127.0.0.1>"
    assert mailroom.senders == ["page+bxyz@example.org", "allclear@127.0.0.1"]
    assert two["Reply-To"] is None
    assert "answer this mail" not in two.get_content()


def test_a_line_break_in_a_title_begins_no_header(mailroom: Mailroom) -> None:
    send(subject="Down\r\nBcc: eve@example.org\n\nGrüße")
    (mail,) = mailroom.got
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Down Bcc: eve@example.org Grüße"
    assert mailroom.to == [TO["email"]]


@pytest.mark.parametrize(
    ("place", "answer", "is_permanent", "blames_address"),
    [
        ("at_rcpt", "450 Mailbox busy", False, False),
        ("at_rcpt", "550 No such user", True, True),
        ("at_data", "451 Try later", False, False),
        ("at_data", "554 Looks like spam", True, False),
        ("at_sender", "550 We do not want you", False, False),  # our fault, not that of the address
    ],
)
def test_it_knows_what_is_for_good(
    place: str, answer: str, is_permanent: bool, blames_address: bool, mailroom: Mailroom
) -> None:
    setattr(mailroom, place, answer)
    error = refusal()
    assert (error.permanent, error.blames_address) == (is_permanent, blames_address)
    assert answer in error.message
    assert mailroom.got == []


def test_a_server_that_hangs_up_after_the_text_may_have_taken_it(mailroom: Mailroom) -> None:
    mailroom.at_data = "drop"
    assert not refusal().permanent


@pytest.mark.usefixtures("hurry")
def test_a_server_that_says_nothing_is_given_up(settings: Settings) -> None:
    with silent_server() as port:
        use_mail_server(settings, port)
        error = refusal()
    assert not error.permanent
    assert "does not answer" in error.message


def test_a_server_that_is_not_there_may_come_back(settings: Settings) -> None:
    use_mail_server(settings, free_port())
    assert not refusal().permanent


def test_without_a_mail_server_it_says_how_to_name_one(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    error = refusal()
    assert "ALLCLEAR_SMTP_URL" in error.message
    assert not error.permanent


@pytest.mark.parametrize("text", ["", "ana", "ana@", "a b@example.org", "ana@example.org\nBcc: eve@example.org"])
def test_it_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Email().check({"email": text})
    assert "name@example.org" in caught.value.fields["address"]


def test_it_keeps_an_address_without_blanks_around_it() -> None:
    assert Email().check({"email": " ana@example.org "}) == TO


def test_the_sender_is_read_from_a_setting() -> None:
    assert sender("Desk <desk@example.org>") == "Desk <desk@example.org>"
    assert sender("desk@example.org") == "Allclear <desk@example.org>"
    with pytest.raises(SystemExit, match="ALLCLEAR_MAIL_FROM"):
        sender("Desk <nothing>")
