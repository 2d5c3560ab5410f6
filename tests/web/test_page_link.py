"""The link in a page, as the service worker of a push message uses it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from allclear.accounts.models import User
from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.kernel.clock import set_clock
from allclear.notifications import links
from allclear.notifications.actions import outbox
from allclear.notifications.models import Notification
from allclear.oncall.models import Escalation
from allclear.testing import T0, contact, person, policy, request_as, team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
HOUR = timedelta(hours=1)


class World:
    """Ana was paged by push and by e-mail, and both have been taken."""

    def __init__(self, **definition: Any) -> None:
        self.ana = person(name="Ana")
        self.push, self.mail = contact(self.ana, "push", endpoint="https://push.example.org/1"), contact(self.ana)
        network = team(self.ana)
        policy(self.ana, exhausted=person("team_lead"), teams=[network], definition=definition)
        form = LogForm("The core switch is down", team_id=network.pk, impact=1, urgency=1)
        actions.log_incident(request_as(person(), T0), form)
        self.escalation = Escalation.objects.get()
        Notification.objects.update(state="accepted", handed_over_at=T0)

    def of(self, channel: str) -> Notification:
        return Notification.objects.get(channel=channel)

    def path(self, channel: str) -> str:
        return str(self.of(channel).message["ack_url"]).partition("//")[2].partition("/")[2]

    def states(self) -> dict[str, str]:
        return dict(Notification.objects.values_list("channel", "state"))


@pytest.fixture
def world() -> World:
    return World()


def ask(path: str, body: Any = None, *, as_json: bool = True) -> Any:
    with set_clock(T0 + HOUR):
        headers = {"Accept": "application/json"} if as_json else {}
        return Client(enforce_csrf_checks=True).post(f"/{path}", body, headers=headers)


def test_only_the_message_that_was_answered_counts_as_answered(world: World) -> None:
    assert ask(world.path("push")).json()["text"] == "You have acknowledged. Nobody else is paged."
    assert world.states() == {"push": "acknowledged", "email": "accepted"}


def test_the_page_behind_a_mail_says_the_same(world: World) -> None:
    assert "Nobody else is paged" in ask(world.path("email"), as_json=False).content.decode()
    assert world.states() == {"push": "accepted", "email": "acknowledged"}


def test_where_one_is_not_enough_it_says_so() -> None:
    world = World(acks_needed=2)
    assert "Others are still paged" in ask(world.path("push")).json()["text"]
    assert "Others are still paged" in ask(world.path("push"), as_json=False).content.decode()


def test_the_device_says_that_it_has_it_and_that_it_was_opened(world: World) -> None:
    key = world.of("push").key
    assert ask(f"{world.path('push')}evidence/", {"what": "delivered", "key": key}).status_code == 204
    assert world.states() == {"push": "delivered", "email": "accepted"}
    assert world.of("push").delivered_at == T0 + HOUR
    assert ask(f"{world.path('push')}evidence/", {"what": "opened", "key": key}).status_code == 204
    assert world.states() == {"push": "opened", "email": "accepted"}
    assert ask(f"{world.path('push')}evidence/", {"what": "delivered", "key": key}).status_code == 204
    assert world.states() == {"push": "opened", "email": "accepted"}  # what is known is not taken back


def test_the_evidence_of_a_device_is_about_its_own_message_only(world: World) -> None:
    ask(f"{world.path('push')}evidence/", {"what": "delivered", "key": world.of("email").key})
    ask(f"{world.path('push')}evidence/", {"what": "acknowledged", "key": world.of("push").key})
    assert world.states() == {"push": "accepted", "email": "accepted"}
    assert ask("page/nonsense/evidence/", {"what": "delivered"}).status_code == 404


def test_a_device_may_be_quicker_than_the_answer_of_its_push_service(world: World) -> None:
    Notification.objects.filter(channel="push").update(state="queued", handed_over_at=None)
    row = world.of("push")
    outbox.arrived(world.escalation.pk, world.ana.pk, world.push.pk, row.key, at=T0)
    outbox.accepted(row, at=T0, took=timedelta(), reference="r", said="")
    row.refresh_from_db()
    assert (row.state, row.handed_over_at, row.reference) == ("delivered", T0, "r")


def test_a_link_that_is_too_old_or_not_ours_is_refused_in_words_that_a_notification_can_show(world: World) -> None:
    old = links.token(world.escalation.pk, world.ana.pk, T0 - links.LIVES, world.push.pk)
    answer = ask(f"page/{old}/")
    assert (answer.status_code, answer.json()["status"]) == (409, "expired")
    assert "more than a day old" in answer.json()["text"]
    assert answer["Cache-Control"] == "no-store"
    assert ask("page/nonsense/").json()["text"].startswith("This link is not complete")
    User.objects.filter(pk=world.ana.pk).update(is_active=False)
    assert ask(world.path("push")).status_code == 404
    world.escalation.refresh_from_db()
    assert world.escalation.status == "running"


def test_a_link_of_before_the_evidence_was_exact_still_works(world: World) -> None:
    path = f"page/{links.token(world.escalation.pk, world.ana.pk, T0)}/"
    assert ask(path).status_code == 200
    assert set(world.states().values()) == {"acknowledged"}
    assert ask(f"{path}evidence/", {"what": "delivered", "key": "x"}).status_code == 204


@pytest.mark.parametrize("url", ["", "https://example.org/", "http://127.0.0.1/page/nonsense/"])
def test_what_is_no_link_of_ours_stays_as_it_is(url: str) -> None:
    assert links.by_method(url, 3) == url


def test_the_answer_is_json_for_a_worker_and_nothing_else(world: World) -> None:
    assert set(json.loads(ask(world.path("push")).content)) == {"status", "text"}
