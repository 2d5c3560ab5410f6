"""From an incident to a message at the sink, and back by the link in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from allclear.engine import deliver, run
from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.kernel.clock import set_clock
from allclear.kernel.errors import ChannelError
from allclear.notifications import channels
from allclear.notifications.channels.base import Address, Message, Receipt
from allclear.notifications.models import Attempt, ContactMethod, Notification
from allclear.oncall.models import Escalation
from allclear.testing import T0, contact, person, policy, request_as, schedule, team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


class Sink:
    """A channel that keeps what it is given, or refuses as the test says."""

    kind = "email"

    def __init__(self) -> None:
        self.got: list[tuple[str, Message]] = []
        self.error: ChannelError | None = None

    def check(self, address: Address) -> Address:
        return address

    def send(self, address: Address, message: Message) -> Receipt:
        if self.error:
            raise self.error
        self.got.append((str(address["email"]), message))
        return Receipt("ref")

    @property
    def people(self) -> list[str]:
        return [to for to, _ in self.got]


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Instead of e-mail; every message is sent in the test's own thread."""
    found = Sink()
    monkeypatch.setitem(channels.CHANNELS, "email", found)
    yield found


def go(now: datetime) -> None:
    """What the engine would do until nothing is due at this instant."""
    from allclear.engine import escalate
    from allclear.notifications import sending
    from allclear.notifications.actions import outbox

    with set_clock(now):
        for _ in range(10):
            worked = sum(loop.process(now) for loop in (*escalate.loops(), *escalate.auditors()))
            keys = outbox.claim(now, ["email"], 100)
            for batch in sending.batches(keys, now):
                deliver.send_together(batch)
            if not worked and not keys:
                return


class World:
    """Two on call one after the other, and a lead who takes what nobody acknowledges."""

    def __init__(self, **definition: Any) -> None:
        self.ana, self.ben, self.lead = person(name="Ana"), person(name="Ben"), person("team_lead", name="Lena")
        self.network = team(self.ana, self.ben, self.lead)
        self.addresses = {user.pk: contact(user).address["email"] for user in (self.ana, self.ben, self.lead)}
        self.rota = schedule(self.ana)
        self.policy = policy(self.rota, self.ben, exhausted=self.lead, teams=[self.network], definition=definition)

    def log(self, at: datetime = T0, **fields: Any) -> Any:
        form = LogForm("The core switch is down", team_id=self.network.pk, impact=1, urgency=1, **fields)
        return actions.log_incident(request_as(person(), at), form).incident

    def to(self, user: Any) -> str:
        return str(self.addresses[user.pk])


def test_it_pages_who_is_on_call_then_the_next_then_the_catch_all(sink: Sink) -> None:
    world = World()
    row = world.log()
    go(T0)
    assert sink.people == [world.to(world.ana)]
    assert row.number in sink.got[0][1].subject
    go(T0 + timedelta(minutes=4, seconds=59))
    assert sink.people == [world.to(world.ana)]
    go(T0 + timedelta(minutes=5))
    go(T0 + timedelta(minutes=10))
    assert sink.people == [world.to(world.ana), world.to(world.ben), world.to(world.lead)]
    go(T0 + timedelta(hours=5))
    assert len(sink.got) == 3
    assert Escalation.objects.get().status == "exhausted"


def test_the_link_in_a_page_acknowledges_without_a_log_in(sink: Sink, client: Client) -> None:
    world = World()
    row = world.log()
    go(T0)
    path = sink.got[0][1].ack_url.partition("//")[2].partition("/")[2]
    with set_clock(T0 + timedelta(minutes=1)):
        assert row.number in client.get(f"/{path}").content.decode()
        assert Escalation.objects.get().status == "running"  # a scanner that fetches it changes nothing
        client.post(f"/{path}")
    assert Escalation.objects.get().status == "acknowledged"
    row.refresh_from_db()
    assert row.acknowledged_at == T0 + timedelta(minutes=1)
    go(T0 + timedelta(hours=1))
    assert sink.people == [world.to(world.ana)]
    assert Notification.objects.get().state == "acknowledged"


def test_what_is_resolved_pages_nobody_any_more(sink: Sink) -> None:
    world = World()
    row = world.log()
    go(T0)
    actions.cancel_incident(request_as(world.ana, T0 + timedelta(minutes=2)), row.pk, reason="A drill")
    go(T0 + timedelta(hours=1))
    assert sink.people == [world.to(world.ana)]
    assert Escalation.objects.get().status == "stopped"


def test_a_page_that_waits_is_dropped_when_somebody_acknowledges_before_it_goes_out(sink: Sink) -> None:
    world = World()
    row = world.log()
    actions.accept_incident(request_as(world.ben, T0), row.pk)
    go(T0)
    assert sink.people == []
    assert Notification.objects.get().state == "cancelled"


def test_a_refusal_for_good_goes_to_the_next_method_at_once_and_marks_the_address(sink: Sink) -> None:
    world = World()
    second = contact(world.ana, email="second@example.org")
    ContactMethod.objects.filter(pk=second.pk).update(created_at=T0 + timedelta(1))
    world.log()
    sink.error = ChannelError("No such mailbox", permanent=True)
    go(T0)
    assert set(ContactMethod.objects.filter(user=world.ana).values_list("bad_reason", flat=True)) == {"No such mailbox"}
    assert Attempt.objects.filter(is_permanent=True).count() >= 2
    assert not Notification.objects.filter(state="queued", user=world.ana).exists()


def test_a_passing_error_is_tried_again_later_and_loses_nothing(sink: Sink) -> None:
    world = World()
    world.log()
    sink.error = ChannelError("Busy")
    go(T0)
    assert Notification.objects.get().state == "queued"
    sink.error = None
    go(T0 + timedelta(seconds=16))
    assert sink.people == [world.to(world.ana)]


def test_several_pages_to_one_address_go_out_as_one_and_none_is_lost(sink: Sink) -> None:
    world = World()
    rows = [world.log() for _ in range(4)]
    go(T0)
    go(T0 + timedelta(seconds=15))
    text = "".join(message.subject + message.text for _, message in sink.got)
    assert all(row.number in text for row in rows)
    assert len(sink.got) < 4
    assert not Notification.objects.filter(state="queued").exists()


def test_the_engine_once_sends_what_is_due(sink: Sink) -> None:
    world = World()
    world.log()
    with set_clock(T0):
        run.main(once=True)
    assert world.to(world.ana) in sink.people or Notification.objects.filter(state="queued").exists()
