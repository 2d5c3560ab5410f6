"""A push service that says that a subscription is gone: the next method at once, and a hole where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allclear.engine import deliver
from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.kernel.clock import set_clock
from allclear.notifications import links, sending
from allclear.notifications.actions import outbox
from allclear.notifications.models import ContactMethod, Notification
from allclear.notifications.tests.browsers import Browser
from allclear.notifications.tests.peers import Sink, web_server
from allclear.oncall.coverage import HORIZON, coverage_of
from allclear.oncall.models import Schedule
from allclear.testing import T0, contact, person, policy, request_as, schedule, team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


@pytest.fixture
def gone() -> Iterator[Sink]:
    with web_server() as service:
        service.status = 410
        yield service


class World:
    """Ana is on call, and her browser has given its subscription up without a word."""

    def __init__(self, service: Sink) -> None:
        self.ana, self.lead = person(name="Ana"), person("team_lead")
        contact(self.lead)
        self.push = contact(self.ana, "push", **Browser(service.url).address)
        self.rota: Schedule = schedule(self.ana)
        self.network = team(self.ana)
        policy(self.rota, exhausted=self.lead, teams=[self.network])

    def log(self) -> None:
        form = LogForm("The core switch is down", team_id=self.network.pk, impact=1, urgency=1)
        actions.log_incident(request_as(person(), T0), form)

    def send(self) -> None:
        with set_clock(T0):
            for batch in sending.batches(outbox.claim(T0, ["push"], 10), T0):
                deliver.send_together(batch)

    def holes(self) -> list[str]:
        (found,) = coverage_of([self.rota], T0, T0 + HORIZON)
        return [gap.text for gap in found.gaps]


@pytest.mark.parametrize("status", [404, 410])
def test_the_next_method_is_used_at_once(status: int, gone: Sink) -> None:
    world = World(gone)
    second = contact(world.ana)
    ContactMethod.objects.filter(pk=second.pk).update(is_enabled=False)  # else it would be used beside the first
    gone.status = status
    world.log()
    ContactMethod.objects.filter(pk=second.pk).update(is_enabled=True)
    world.send()
    by_push, by_mail = Notification.objects.filter(user=world.ana).order_by("pk")
    assert (by_push.state, by_mail.state, by_mail.due_at) == ("failed", "queued", T0)
    world.push.refresh_from_db()
    assert world.push.bad_reason == f"The push service answered with {status}."
    (hole,) = world.holes()  # though she has another that works
    assert hole.startswith("Ana is on call, and an address of theirs refuses")
    token = str(by_mail.message["ack_url"]).rstrip("/").rpartition("/")[2]
    assert links.read(token, T0).method_id == second.pk  # the evidence names the message that was answered


def test_who_had_nothing_else_is_a_hole_of_the_coverage_and_an_alarm(gone: Sink) -> None:
    world = World(gone)
    boss = person("incident_manager")
    contact(boss)
    assert world.holes() == []
    world.log()
    world.send()
    assert world.holes() == ["Nobody can be reached: Ana is on call and has no contact method that works."]
    alarm = Notification.objects.get(user=boss, kind="notice")
    assert "Ana could not be paged" in alarm.message["subject"]
