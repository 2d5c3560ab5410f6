"""Pages through Debian's exim, with STARTTLS and a log-in, into mailboxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from allclear.kernel import clock
from allclear.kernel.errors import ChannelError
from allclear.notifications.channels.email import Email
from allclear.notifications.queries import outlook
from allclear.notifications.tests.peers import message
from allclear.oncall.facts import reachable
from allclear.testing import contact, person
from tests.paging.exim import BINARY, DOMAIN, Exim, exim
from tests.paging.going import Going, pages

ANA = {"email": f"ana@{DOMAIN}"}


@pytest.fixture(scope="module")
def running() -> Iterator[Exim]:
    if not Path(BINARY).exists():
        pytest.skip(f"There is no {BINARY}: install Debian's package exim4-daemon-light.")
    with exim() as found:
        yield found


@pytest.fixture
def server(running: Exim, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Exim:
    for name, value in running.settings().items():
        setattr(settings, name, value)
    monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
    return running


def test_what_mail_programs_go_by_comes_through_as_it_was_sent(server: Exim) -> None:
    first = Email().send(ANA, message())
    Email().send(ANA, message(key="escalation:5:1:1.1::7:0"))
    one, two = server.mails("ana", 2)
    assert one["Message-ID"] == first.reference != two["Message-ID"]
    assert one["References"] == two["References"] == one["In-Reply-To"] == "<INC0000042@127.0.0.1>"
    assert one["List-Id"] == "Allclear <notifications.127.0.0.1>"
    assert one["Auto-Submitted"] == "auto-generated"
    assert one["Importance"] == "high"
    assert one["Subject"] == "P1 INC0000042: Störung im Netz"
    assert one["Date"].datetime == message().at
    assert "TLS" in one["Received"]
    assert "Acknowledge: http://127.0.0.1:8400/page/token/" in one.get_content()


def test_a_wrong_password_is_told_and_blames_no_address(server: Exim, settings: Settings) -> None:
    settings.EMAIL_HOST_PASSWORD = "wrong"
    with pytest.raises(ChannelError, match="does not accept our log-in") as caught:
        Email().send(ANA, message())
    assert (caught.value.permanent, caught.value.blames_address) == (False, False)


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(server: Exim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ChannelError, match="certificate") as caught:
        Email().send(ANA, message())
    assert not caught.value.permanent


@pytest.mark.django_db(transaction=True)
def test_a_mailbox_that_is_not_there_is_marked_and_the_next_method_is_used_at_once(server: Exim, going: Going) -> None:
    user = person()
    wrong = contact(user, email=f"anna@{DOMAIN}")
    right = contact(user, email=f"ben@{DOMAIN}")
    pages(wrong)
    going.until(lambda: right.notifications.filter(state="accepted").exists(), "it goes on to the other mailbox")
    (mail,) = server.mails("ben", 1)
    assert "P1 number 0" in mail["Subject"]
    wrong.refresh_from_db()
    assert "550" in wrong.bad_reason
    assert "no such mailbox" in wrong.bad_reason


@pytest.mark.django_db(transaction=True)
def test_whose_only_mailbox_is_not_there_shows_as_a_hole(server: Exim, going: Going) -> None:
    user = person()
    wrong = contact(user, email=f"nobody@{DOMAIN}")
    assert reachable([user.pk]) == {user.pk}
    pages(wrong)
    going.until(lambda: wrong.notifications.filter(state="failed").exists(), "it is given up")
    assert reachable([user.pk]) == set()  # what the proof of a policy goes by
    assert outlook(user, clock.now()).hole is not None
