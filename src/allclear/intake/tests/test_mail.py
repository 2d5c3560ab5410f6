"""Reading mail: one's own words out of what programs make of them, and what no person wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.intake.mail import MOST_BYTES, read
from allclear.intake.quotes import own_words, text_of_html
from allclear.intake.tests import mails
from allclear.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("mail", "encoding"),
    [
        (mails.GMAIL, "utf-8"),
        (mails.OUTLOOK_HTML, "utf-8"),
        (mails.OUTLOOK_PLAIN, "iso-8859-1"),
        (mails.APPLE, "utf-8"),
    ],
    ids=["gmail", "outlook html", "outlook plain", "apple"],
)
def test_only_the_own_words_are_left(mail: str, encoding: str) -> None:
    assert read(mails.raw(mail, encoding, text="ack")).text == "ack"
    assert read(mails.raw(mail, encoding, text="ack")).automatic == ""


def test_answers_below_and_between_quotes_are_found() -> None:
    text = "On Mon, 2 Mar 2026, Allclear <a@example.org> wrote:\n> The core switch is down.\n> ack\n\nWhich switch?\n"
    assert own_words(text) == "Which switch?"


def test_a_signature_is_no_answer() -> None:
    assert own_words("ok\n-- \nBen Müller\nFirma GmbH") == "ok"
    assert own_words("ok\n\nViele Grüße\nBen") == "ok"
    assert own_words("ok\n\nGesendet von Outlook für iOS") == "ok"
    assert own_words("Best\n") == "Best"  # alone it is all that was said


def test_html_becomes_lines_of_text() -> None:
    html = "<style>p{}</style><p>ack &amp; go</p><p>second<br>third</p><blockquote>ack</blockquote><p>more</p>"
    assert text_of_html(html) == "ack & go\n\nsecond\nthird"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated; x=1", "X-Autoreply: yes", "Precedence: bulk",
        "Return-Path: <>", "X-Nothing: 1",
    ],
)  # fmt: skip
def test_what_a_machine_wrote_is_known(header: str) -> None:
    assert read(mails.raw(mails.AWAY, header=header)).automatic


def test_auto_submitted_no_is_a_person() -> None:
    mail = mails.raw(mails.APPLE, text="ack").replace(b"Mime-Version", b"Auto-Submitted: no\r\nMime-Version")
    assert read(mail).automatic == ""


def test_a_sender_of_nothing_is_a_machine() -> None:
    assert read(mails.raw(mails.APPLE, text="ack"), envelope_from="").automatic
    assert not read(mails.raw(mails.APPLE, text="ack"), envelope_from="carla@example.org").automatic


@pytest.mark.parametrize(
    ("action", "status", "blames"),
    [("failed", "5.1.1", True), ("failed", "5.2.2", False), ("failed", "5.7.1", True), ("failed", "5.6.0", False)],
)
def test_a_bounce_has_the_words_of_the_server(action: str, status: str, blames: bool) -> None:
    report = read(mails.raw(mails.BOUNCE, action=action, status=status, original="<abc.x@example.org>")).report
    assert report
    assert report.said == "550 5.1.1 <ana@example.org>: Recipient address rejected: User unknown"
    assert (report.blames_address, report.original_id) == (blames, "<abc.x@example.org>")


def test_a_delay_is_no_bounce() -> None:
    assert read(mails.raw(mails.BOUNCE, action="delayed", status="4.4.1")).report is None


def test_what_is_too_large_or_no_mail_is_told_in_words() -> None:
    with pytest.raises(Invalid) as caught:
        read(b"Subject: x\r\n\r\n" + b"a" * MOST_BYTES)
    assert "megabytes" in caught.value.fields["mail"]
    with pytest.raises(Invalid) as caught:
        read(b"")
    assert "no head" in caught.value.fields["mail"]


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; charset=klingon\r\nSubject: x\r\n\r\nack",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nack",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"From: \xff\xfe\r\nTo: =?utf-8?B?broken\r\nMessage-ID: <\r\n\r\nack",
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\nno parts at all",
    ],
)
def test_broken_mail_is_read_as_far_as_it_goes(raw: bytes) -> None:
    assert isinstance(read(raw).text, str)


@given(st.binary(max_size=400))
def test_no_bytes_whatever_do_more_than_be_refused_in_words(raw: bytes) -> None:
    try:
        read(raw)
    except Invalid as error:
        assert error.fields["mail"]


@given(st.text(max_size=300))
def test_own_words_are_words_of_the_text(text: str) -> None:
    assert set(own_words(text).split()) <= set(text.replace("\u00a0", " ").split())
