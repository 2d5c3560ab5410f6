"""Mail to alerts+KEY: kept before it is accepted, once each, refused for strangers, never answered."""

from __future__ import annotations

import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail as outbox
from pytest_django import Settings

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.integrations import add_integration, change_integration, new_key
from allclear.alerts.models import Alert, AlertEvent, Delivery
from allclear.config.wiring import know_kinds
from allclear.intake import listener
from allclear.intake.receiving import receive
from allclear.kernel import clock
from allclear.notifications.models import Notification, ReceivedMail
from allclear.notifications.tests.peers import free_port
from allclear.testing import T0
from tests.intake.test_listener import Listening

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = """\
From: Backup <backup@example.org>
To: {to}
Subject: {subject}
Message-ID: {name}
{head}

The disk of web1 is full.
"""


class Box:
    """A mailbox for alerts, and our listener before it."""

    def __init__(self, port: int) -> None:
        know_kinds()
        row, self.key = add_integration(SYSTEM_VIEWER, {"name": "Mails", "kind": "email"}, now=clock.now())
        self.row, self.port = row, port

    @property
    def to(self) -> str:
        return f"alerts+{self.key}@in.example.org"

    def raw(self, subject: str = "CRITICAL: disk full on web1", name: str = "<1@x>", head: str = "X-Any: 1") -> bytes:
        return MAIL.format(to=self.to, subject=subject, name=name, head=head).replace("\n", "\r\n").encode()

    def send(self, raw: bytes, sender: str = "backup@example.org", to: str = "") -> None:
        with smtplib.SMTP("127.0.0.1", self.port) as client:
            client.sendmail(sender, [to or self.to], raw)


@pytest.fixture
def box(transactional_db: None, settings: Settings) -> Iterator[Box]:
    settings.INBOUND_ADDRESS = "page@in.example.org"
    controller = Listening(listener.Handler(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield Box(controller.port)
    finally:
        controller.stop()


def folded() -> list[Alert]:
    fold(clock.now())
    return list(Alert.objects.order_by("pk"))


def test_a_mail_opens_an_alert_and_the_one_that_says_so_ends_it(box: Box) -> None:
    box.send(box.raw())
    delivery = Delivery.objects.get()
    assert (delivery.dialect, delivery.status, delivery.target) == ("email", 250, f"MAIL alerts+…{box.key[-4:]}")
    assert bytes(delivery.body) == box.raw()
    (alert,) = folded()
    assert (alert.title, alert.severity, alert.status) == ("CRITICAL: disk full on web1", "critical", "firing")
    box.send(box.raw("RESOLVED: disk full on web1", "<2@x>"))
    assert [one.status for one in folded()] == ["resolved"]


@pytest.mark.parametrize("name", ["<same@x>", ""])
def test_the_same_mail_counts_once(box: Box, name: str) -> None:
    for _ in range(3):
        box.send(box.raw(name=name))
    (alert,) = folded()
    assert (alert.event_count, Delivery.objects.count()) == (1, 3)
    assert list(AlertEvent.objects.order_by("pk").values_list("outcome", flat=True)) == ["opened", "seen", "seen"]


def test_strangers_and_what_is_off_are_refused(box: Box) -> None:
    wrong = f"alerts+{'0' * 32}@in.example.org"
    foreign = box.to.replace("in.example.org", "elsewhere.org")
    for to in (wrong, foreign, "alerts@in.example.org", "alerts+short@in.example.org"):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            box.send(box.raw(), to=to)
        assert [code for code, _ in caught.value.recipients.values()] == [550]
    old = box.to
    _key, box.key = new_key(SYSTEM_VIEWER, box.row.pk, now=clock.now())
    box.send(box.raw(), to=old.upper())  # lives on for a day
    change_integration(SYSTEM_VIEWER, box.row.pk, {"is_active": False}, now=clock.now())
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        box.send(box.raw())
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("head", "sender", "is_alert"),
    [
        ("Auto-Submitted: auto-generated", "cron@example.org", True),
        ("Precedence: bulk", "cron@example.org", True),
        ("Auto-Submitted: auto-replied", "ana@example.org", False),
        ("X-Any: 1", "", False),
        ("Content-Type: multipart/report; boundary=x", "a@example.org", False),
    ],
)
def test_machines_may_write_but_not_answer_and_nobody_is_answered(
    box: Box, head: str, sender: str, is_alert: bool
) -> None:
    box.send(box.raw(head=head), sender=sender)
    assert bool(folded()) is is_alert
    assert ("automatic answer" in Delivery.objects.get().error) is not is_alert
    assert not Notification.objects.exists() and not ReceivedMail.objects.exists() and not outbox.outbox


def test_what_cannot_be_read_is_kept_with_the_reason(box: Box) -> None:
    box.send(b"\r\n\r\n")
    delivery = Delivery.objects.get()
    assert delivery.error and delivery.event_count == 0
    assert folded() == []


def test_a_mail_server_may_hand_it_to_a_program_too(box: Box) -> None:
    found = receive(box.raw(), T0)
    assert (found.kind, Delivery.objects.count()) == ("alert", 1)
    found = receive(box.raw(), T0, recipients=[box.to.replace(box.key, "0" * 32)])
    assert (found.kind, Delivery.objects.count()) == ("unknown", 1)


@pytest.mark.skipif(shutil.which("swaks") is None, reason="There is no swaks: Debian's package is swaks.")
def test_swaks_delivers(box: Box) -> None:
    words = ["swaks", "--server", f"127.0.0.1:{box.port}", "--from", "nagios@example.org", "--h-Subject",
             "** PROBLEM Service Alert: web1/Disk is CRITICAL **", "--body", "DISK CRITICAL - / 12 MB"]  # fmt: skip
    sent = subprocess.run([*words, "--to", box.to], capture_output=True, text=True, timeout=60, check=False)
    assert sent.returncode == 0, sent.stdout
    assert "250 2.0.0 OK" in sent.stdout
    (alert,) = folded()
    assert (alert.severity, alert.source) == ("critical", "nagios@example.org")
    refused = subprocess.run(
        [*words, "--to", f"alerts+{'f' * 32}@in.example.org"], capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 24 and "550 5.1.1" in refused.stdout  # 24: no recipient was accepted


def test_more_mails_than_the_limit_are_put_off_and_come_in_later(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    change_integration(SYSTEM_VIEWER, box.row.pk, {"events_per_minute": 2}, now=clock.now())
    for number in range(2):
        box.send(box.raw(name=f"<{number}@x>"))
    with pytest.raises(smtplib.SMTPDataError) as caught:
        box.send(box.raw(name="<2@x>"))
    assert caught.value.smtp_code == 451
    assert Delivery.objects.count() == 2
    refused = box.row.refusals.get()
    assert (refused.status, refused.count) == (451, 1)
    later = clock.now() + timedelta(seconds=61)
    assert receive(box.raw(name="<2@x>"), later, recipients=[box.to]).kind == "alert"
    assert Delivery.objects.count() == 3
