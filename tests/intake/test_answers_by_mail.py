"""From a page to an answer by mail and what it does; and what comes back because it could not be delivered."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from allclear.accounts.models import User
from allclear.engine.tests.test_paging import Sink, World, go, sink
from allclear.incidents.models import InternalNote
from allclear.intake.receiving import Outcome, receive
from allclear.intake.tests import mails
from allclear.notifications.models import ContactMethod, Notification, ReceivedMail
from allclear.oncall.coverage import coverage_of
from allclear.oncall.models import Escalation
from allclear.testing import T0, contact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
__all__ = ["sink"]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def inbound(settings: Settings) -> None:
    settings.INBOUND_ADDRESS = "page@in.example.org"


class Paged:
    """An incident that pages Ana, and the mail that she got."""

    def __init__(self, sink: Sink, **definition: Any) -> None:
        self.sink, self.world = sink, World(**definition)
        self.row = self.world.log()
        go(T0)
        self.message = sink.got[0][1]
        self.count = 0

    def answer(self, text: str, mail: str = mails.APPLE, *, to: str = "", at: int = 1, **values: str) -> Outcome:
        """Ana answers; each of her mails has a name of its own."""
        self.count += 1
        raw = mails.raw(mail, to=to or self.message.reply_to, text=text, **values)
        raw = re.sub(rb"(?i)(message-id: <)", rb"\g<1>%d." % self.count, raw)
        return receive(raw, T0 + at * MINUTE)

    @property
    def escalation(self) -> Escalation:
        return Escalation.objects.get()

    def told(self, user: User) -> list[str]:
        rows = Notification.objects.filter(user=user, key__startswith="answer:").order_by("pk")
        return [str(row.message["text"]) for row in rows]


@pytest.fixture
def paged(sink: Sink) -> Paged:
    return Paged(sink)


@pytest.mark.parametrize("mail", [mails.GMAIL, mails.OUTLOOK_HTML, mails.OUTLOOK_PLAIN, mails.APPLE])
@pytest.mark.parametrize("text", ["ack", "OK, danke", "Lo tengo"])
def test_an_answer_acknowledges_and_the_incident_knows_who_has_it(paged: Paged, mail: str, text: str) -> None:
    found = paged.answer(text, mail)
    assert (found.kind, found.verb) == ("answer", "acknowledge")
    assert paged.escalation.status == "acknowledged"
    paged.row.refresh_from_db()
    assert paged.row.acknowledged_at == T0 + MINUTE
    assert paged.told(paged.world.ana) == ["You have acknowledged. Nobody else is paged."]
    assert Notification.objects.get(kind="page").state == "acknowledged"
    assert not InternalNote.objects.exists()


def test_next_takes_the_next_step_at_once(paged: Paged) -> None:
    assert paged.answer("weiter").text == "The next step was taken."
    go(T0 + MINUTE)
    assert paged.world.to(paged.world.ben) in paged.sink.people


def test_snooze_holds_it_for_so_long(paged: Paged) -> None:
    assert paged.answer("snooze 1 h").text == "Snoozed for 1 h: nobody is paged in this time."
    assert paged.escalation.state["snoozed_until"].startswith("2026-03-02T10:01")
    found = paged.answer("snooze 9999 h")  # more than may be
    assert "at most" in found.text
    assert "at most" in paged.told(paged.world.ana)[1]


def test_other_words_are_an_internal_note_and_acknowledge_nothing(paged: Paged) -> None:
    found = paged.answer("I am on a train, please page Ben")
    assert found.verb == "note"
    note = InternalNote.objects.get()
    assert (note.body, note.author) == ("I am on a train, please page Ben", paged.world.ana)
    assert paged.escalation.status == "running"
    assert "Nobody has acknowledged by them." in paged.told(paged.world.ana)[0]


def test_words_behind_a_verb_are_a_note_as_well(paged: Paged) -> None:
    paged.answer("ack\nI restart it.")
    assert paged.escalation.status == "acknowledged"
    assert InternalNote.objects.get().body == "I restart it."


def test_an_empty_answer_is_told_what_can_be_said(paged: Paged) -> None:
    assert "Write ack to acknowledge" in paged.answer("").text


def test_the_same_mail_acts_once(paged: Paged) -> None:
    raw = mails.raw(mails.APPLE, to=paged.message.reply_to, text="A note")
    first, second = receive(raw, T0 + MINUTE), receive(raw, T0 + 2 * MINUTE)
    assert (first.verb, second.kind) == ("note", "answer")
    assert second.text.startswith("This mail was read already")
    assert InternalNote.objects.count() == ReceivedMail.objects.count() == 1


@pytest.mark.parametrize("header", ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Nothing: 1"])
def test_an_absence_note_acknowledges_nothing_and_is_not_answered(paged: Paged, header: str) -> None:
    assert paged.answer("ack", mails.AWAY, header=header).kind == "automatic"
    assert paged.escalation.status == "running"
    assert paged.told(paged.world.ana) == []


@pytest.mark.parametrize("to", ["page@in.example.org", "page+pforgedforgedforged@in.example.org", "x@example.org"])
def test_a_mail_without_a_good_token_does_nothing(paged: Paged, to: str) -> None:
    assert paged.answer("ack", to=to).kind == "unknown"
    assert paged.escalation.status == "running"


def test_an_answer_after_a_day_is_refused_in_words(paged: Paged) -> None:
    assert "more than a day old" in paged.answer("ack", at=24 * 60 + 1).text
    assert paged.escalation.status != "acknowledged"


def test_an_answer_of_somebody_who_left_does_nothing(paged: Paged) -> None:
    User.objects.filter(pk=paged.world.ana.pk).update(is_active=False)
    assert paged.answer("ack").kind == "unknown"
    assert paged.escalation.status == "running"


def test_what_has_ended_is_told_to_have_ended(paged: Paged) -> None:
    Escalation.objects.update(status="stopped")
    assert paged.answer("next").text == "This has ended. Nothing is to be done."


def test_a_mail_that_cannot_be_read_is_kept_as_such(paged: Paged) -> None:
    assert receive(b"", T0).kind == "broken"
    row = ReceivedMail.objects.get()
    assert row.outcome == "It has no head: this is no mail."


def test_several_pages_in_one_mail_promise_no_answer(sink: Sink) -> None:
    world = World()
    for _ in range(3):
        world.log()
    go(T0)
    go(T0 + timedelta(seconds=15))
    bundle = next(message for _, message in sink.got if "pages" in message.subject)
    assert bundle.reply_to == ""
    assert bundle.bounce_to.startswith("page+b")


def test_without_an_inbound_address_nothing_is_promised(sink: Sink, settings: Settings) -> None:
    settings.INBOUND_ADDRESS = ""
    message = Paged(sink).message
    assert (message.reply_to, message.bounce_to) == ("", "")


class Bounced(Paged):
    def come_back(self, *, to: str = "", original: str = "<none@example.org>", status: str = "5.1.1") -> Outcome:
        raw = mails.raw(mails.BOUNCE, to=to, original=original, action="failed", status=status)
        return receive(raw, T0 + MINUTE, envelope_from="")


def test_a_bounce_fails_the_attempt_and_goes_on_to_the_next_method(sink: Sink) -> None:
    paged = Bounced(sink)
    second = contact(paged.world.ana, email="second@example.org")
    found = paged.come_back(to=paged.message.bounce_to)
    assert found.kind == "bounce"
    row = Notification.objects.get(pk=found.notification_id)
    assert row.state == "failed"
    assert "User unknown" in row.ended_reason
    assert "User unknown" in row.attempts.last().said  # type: ignore[union-attr]
    first = ContactMethod.objects.get(pk=row.method_id)
    assert first.bad_since == T0 + MINUTE
    go(T0 + MINUTE)
    assert sink.people[-1] == second.address["email"]
    assert paged.escalation.status == "running"


def test_a_bounce_without_our_envelope_is_known_by_the_message_id(sink: Sink) -> None:
    paged = Bounced(sink)
    Notification.objects.update(reference="<escalation-1.abcdef@127.0.0.1>")
    assert paged.come_back(original="<escalation-1.abcdef@127.0.0.1>").kind == "bounce"
    assert Notification.objects.get(kind="page").state == "failed"


def test_a_bounce_of_what_we_did_not_send_changes_nothing(sink: Sink) -> None:
    paged = Bounced(sink)
    assert paged.come_back(original="<guessed@127.0.0.1>").kind == "unknown"
    assert paged.come_back(to=paged.message.reply_to).kind == "unknown"
    assert Notification.objects.get(kind="page").state == "accepted"
    assert not ContactMethod.objects.exclude(bad_since=None).exists()


def test_a_full_mailbox_fails_this_mail_and_not_the_address(sink: Sink) -> None:
    paged = Bounced(sink)
    paged.come_back(to=paged.message.bounce_to, status="5.2.2")
    assert Notification.objects.get(user=paged.world.ana, kind="page").state == "failed"
    assert not ContactMethod.objects.exclude(bad_since=None).exists()


def test_a_bounce_after_an_acknowledgement_changes_nothing(sink: Sink) -> None:
    paged = Bounced(sink)
    paged.answer("ack")
    assert "changes nothing" in paged.come_back(to=paged.message.bounce_to).text
    assert Notification.objects.get(kind="page").state == "acknowledged"


def test_an_address_that_bounces_is_a_hole_in_the_coverage(sink: Sink) -> None:
    paged = Bounced(sink)
    contact(paged.world.ana, email="second@example.org")
    paged.come_back(to=paged.message.bounce_to)
    (found,) = coverage_of([paged.world.rota], T0 + MINUTE, T0 + timedelta(days=7))
    (gap,) = found.gaps
    assert (gap.kind, gap.people, gap.is_empty) == ("bounces", (paged.world.ana.pk,), False)
    assert "User unknown" in gap.text


def test_nobody_is_alarmed_while_another_method_works(sink: Sink) -> None:
    paged = Bounced(sink)
    row = Notification.objects.get(kind="page")
    second = contact(paged.world.ana)
    Notification.objects.create(
        key=row.key.rpartition(":")[0] + ":1", user=paged.world.ana, method=second, channel="email", kind="page",
        message=row.message, state="accepted", queued_at=T0, due_at=T0, escalation_id=row.escalation_id,
    )  # fmt: skip
    paged.come_back(to=paged.message.bounce_to)
    assert not Notification.objects.filter(key__startswith="unreached:").exists()
