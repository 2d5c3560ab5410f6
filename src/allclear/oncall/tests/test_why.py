"""Why somebody was paged for an incident, or why not: each reason, from the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain.escalation import StopReason
from allclear.domain.notifying import Why
from allclear.kernel.errors import NotFound
from allclear.notifications.actions import outbox
from allclear.notifications.actions.preferences import set_rules
from allclear.notifications.models import ContactMethod, Notification
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation
from allclear.oncall.subjects import SUBJECTS, Standing, Subject, Told
from allclear.oncall.why import why_paged, whys_paged
from allclear.testing import T0, contact, person, policy, schedule

pytestmark = pytest.mark.django_db
KIND, KEY = "test", 7
MINUTE = timedelta(minutes=1)


class World:
    """Ana is on call, then Ben is paged, and Lena takes what nobody acknowledges."""

    def __init__(self) -> None:
        self.ana, self.ben, self.lena = person(name="Ana"), person(name="Ben"), person(name="Lena")
        for user in (self.ana, self.ben, self.lena):
            contact(user)
        rota = schedule(self.ana, person(name="Cleo"))
        self.policy = policy(rota, self.ben, exhausted=self.lena)

    def begin(self) -> Escalation:
        row = escalating.begin(self.policy, KIND, KEY, now=T0)
        assert row is not None
        return row


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    subject = Subject(lambda key, user: Told("Down", "The switch"), lambda key: Standing(True, 2))
    monkeypatch.setitem(SUBJECTS, KIND, subject)
    return World()


def why(user: User, minutes: int = 0) -> Why:
    return why_paged(user.pk, KIND, KEY, T0 + minutes * MINUTE)


def told(found: Why) -> str:
    return " ".join(found.reasons)


def test_before_anything_began_it_says_so(world: World) -> None:
    found = why(world.ana)
    assert not found.was_paged
    assert "No escalation was begun" in told(found)


def test_a_page_that_was_taken_is_a_page(world: World) -> None:
    world.begin()
    assert not why(world.ana).was_paged  # it waits in the queue
    outbox.accepted(Notification.objects.get(), at=T0 + MINUTE, took=MINUTE, reference="", said="")
    assert not why(world.ana).was_paged  # at that instant it still did
    found = why(world.ana, 1)
    assert found.was_paged
    assert "accepted by the provider" in told(found)


def test_the_step_of_somebody_has_not_come_yet(world: World) -> None:
    world.begin()
    found = why(world.ben)
    assert not found.was_paged
    assert "Step 2, which pages Ben, has not been reached; it is at step 1." in told(found)


def test_the_catch_all_comes_after_the_last_step(world: World) -> None:
    world.begin()
    assert "Step 3, which pages Lena" in told(why(world.lena))


def test_who_is_in_no_step_reads_so(world: World) -> None:
    world.begin()
    assert "Otto is in no step" in told(why(person(name="Otto")))


def test_who_is_in_the_schedule_and_not_on_call_reads_so(world: World) -> None:
    world.begin()
    found = told(why(User.objects.get(name="Cleo")))
    assert "Cleo was not on call." in found
    assert "no step" not in found


def test_somebody_acknowledged_before_their_turn(world: World) -> None:
    row = world.begin()
    escalating.acknowledge(row.pk, world.ana.pk, now=T0 + 2 * MINUTE)
    assert "It was acknowledged already: Ana" in told(why(world.ben, 3))
    assert "acknowledged already" not in told(why(world.ben, 1))


def test_it_ended_before_their_turn(world: World) -> None:
    row = world.begin()
    escalating.stop_one(row.pk, StopReason.RESOLVED, now=T0 + MINUTE, by=None)
    assert "The escalation had ended. The incident is resolved." in told(why(world.ben, 2))


def test_it_was_snoozed(world: World) -> None:
    row = world.begin()
    escalating.snooze(viewer_for(world.ana.pk), row.pk, T0 + 60 * MINUTE, now=T0 + MINUTE)
    assert "It was snoozed until" in told(why(world.ben, 10))


def test_they_have_no_contact_method_that_works(world: World) -> None:
    ContactMethod.objects.filter(user=world.ana).update(bad_since=T0, bad_reason="550")
    world.begin()
    assert "Ana has no contact method that works." in told(why(world.ana))
    ContactMethod.objects.filter(user=world.ana).delete()
    assert "Ana has no contact method." in told(why(world.ana))


def test_their_quiet_hours_hold_it_back(world: World) -> None:
    span = {"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "23:00"}
    rules: dict[str, Any] = {"quiet": {"spans": [span], "is_agreed": True}}
    set_rules(viewer_for(world.ana.pk), world.ana.pk, rules, T0)
    world.begin()
    is_quiet = T0.hour < 23
    assert ("Quiet hours hold it back" in told(why(world.ana))) is is_quiet


def test_quiet_hours_explain_nothing_of_a_page_that_was_sent(world: World) -> None:
    world.begin()
    outbox.accepted(Notification.objects.get(), at=T0, took=MINUTE, reference="", said="")
    span = {"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "23:00"}
    set_rules(viewer_for(world.ana.pk), world.ana.pk, {"quiet": {"spans": [span], "is_agreed": True}}, T0)
    assert "Quiet hours" not in told(why(world.ana, 1))


def test_their_turn_came_and_they_could_not_be_reached_then(world: World) -> None:
    ContactMethod.objects.filter(user=world.ana).update(bad_since=T0)
    world.begin()
    ContactMethod.objects.filter(user=world.ana).update(bad_since=None)  # mended since
    assert "It was their turn at 2026-03-02 09:00 UTC, and no contact method worked." in told(why(world.ana, 2))


def test_a_page_that_went_out_with_others_says_so(world: World) -> None:
    world.begin()
    row = Notification.objects.get()
    other = Notification.objects.create(
        key="other", user=world.ana, channel="email", kind="page", message={}, queued_at=T0, due_at=T0
    )
    outbox.accepted(other, at=T0, took=MINUTE, reference="", said="", bundled=[row.pk])
    assert "It went out together with others" in told(why(world.ana, 1))


def test_many_are_answered_as_each_of_them(world: World) -> None:
    world.begin()
    users = [world.ana, world.ben, world.lena]
    assert whys_paged(users, KIND, KEY, T0) == {user.pk: why(user) for user in users}


def test_nobody_is_asked_about_who_is_not_there(world: World) -> None:
    with pytest.raises(NotFound):
        why_paged(2**40, KIND, KEY, T0)
