"""Whole stories of pages, on the running program and a clock that is moved: the messages expected, and no other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_of
from allclear.accounts.tokens import issue_token
from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.incidents.models import Incident
from allclear.notifications.actions import outbox
from allclear.notifications.channels.base import Message
from allclear.notifications.messages import as_data
from allclear.notifications.models import ContactMethod, Webhook
from allclear.notifications.rules import plan_for
from allclear.oncall.models import Escalation
from allclear.testing import T0, contact, person, policy, request_as, schedule, team
from tests.paging.stage import Expected, Stage, mailbox, reader, stage, wants

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("wired")]


def mail(name: str, words: str) -> Expected:
    return ("email", mailbox(name), words)


def both_ways(scene: Stage, name: str, first: str, later: int) -> User:
    """Somebody with a browser and a mailbox: by the first at once, by the other so many minutes later."""
    user = reader(name)
    methods = {"email": ContactMethod.objects.get(user=user)}
    methods["push"] = contact(user, "push", **scene.there.browser(name))
    second = next(kind for kind in methods if kind != first)
    wants(user, [(0, methods[first]), (later, methods[second])])
    return user


def test_an_incident_pages_one_after_the_other_until_somebody_taps_the_link(tmp_path: Path) -> None:
    with stage(tmp_path, with_web=True) as scene:
        ana, ben = both_ways(scene, "Ana", "push", 2), both_ways(scene, "Ben", "email", 3)
        hook = Webhook.objects.create(name="Display", address=scene.there.program("display"))
        network = team(ana, ben)
        policy(schedule(ana), [ben, hook], exhausted=reader("Lena", "team_lead"), teams=[network])
        caller = person()
        _, token = issue_token(viewer_of(caller), caller, "smoke", ["all"], None, T0)
        body = {"title": "The core switch is down", "team_id": network.pk, "impact": 1, "urgency": 1}
        number = scene.post("/api/v1/incidents", body, token)["number"]

        scene.expect(0, ("push", "Ana", number))
        scene.expect(1.9)
        scene.expect(2, mail("Ana", number))
        scene.expect(4.9)
        paged, _ = scene.expect(5, mail("Ben", number), ("webhook", "display", number))
        scene.expect(7.9)
        scene.expect(8, ("push", "Ben", number))
        assert "The core switch is down" in scene.get(paged.ack)
        assert Escalation.objects.get().status == "running"
        assert scene.post(paged.ack)["status"] == "acknowledged"
        for minutes in (9, 10, 60, 600):
            scene.expect(minutes)
        row = Incident.objects.get()
        assert (row.acknowledged_by_id, row.acknowledged_at) == (ben.pk, T0 + timedelta(minutes=8))


def log(title: str, members: list[User], *, priority: int = 1) -> Incident:
    """An incident of the team of these people, logged at T0."""
    weight = {1: (1, 1), 4: (2, 3)}[priority]
    found = next(iter(members[0].teams.all()))
    form = LogForm(title, team_id=found.pk, impact=weight[0], urgency=weight[1])
    row = actions.log_incident(request_as(members[0]), form).incident
    assert row.priority == priority
    return row


def paged_team(*people: User, last: str, **more: object) -> list[User]:
    """They are paged one after the other, and at last this one."""
    policy(*people, exhausted=reader(last), teams=[team(*people)], priorities=[1, 2, 3, 4, 5], **more)
    return list(people)


def collect(user: User, subject: str, minutes: int) -> None:
    """A notice, as their rules want it."""
    at = T0 + timedelta(minutes=minutes)
    (planned,) = plan_for(user, is_page=False, priority=None, now=at)
    key = f"notice:{user.pk}:{subject}"
    message = as_data(Message(key, subject, "To be read some time.", at))
    outbox.queue([outbox.Draft(key, "email", "notice", message, planned.at, user.pk, planned.method_id)], now=at)


def test_every_page_ends_with_somebody_and_none_comes_that_is_not_wanted(tmp_path: Path) -> None:
    with stage(tmp_path) as scene:
        twice = log("Twice round", paged_team(reader("Ada"), last="Abe", definition={"repeat": 1}))
        ended = log("Ended", paged_team(reader("Bea"), reader("Bob"), last="Bud"))
        quiet, loud, away = reader("Cem"), reader("Col"), reader("Dot")
        for user in (quiet, loud):
            spans = [{"days": [1], "from": "08:00", "to": "11:00"}]
            wants(user, [(0, ContactMethod.objects.get(user=user))], quiet={"spans": spans, "is_agreed": True})
        held = log("Held back", paged_team(quiet, last="Cat"), priority=4)
        urgent = log("Urgent", paged_team(loud, last="Cox"))
        low = [{"after_minutes": 0, "method": ContactMethod.objects.get(user=away).pk}]
        wants(away, low=low, digest_at="12:00")
        collect(away, "One thing", 0)
        collect(away, "Another thing", 1)

        scene.expect(0, mail("Ada", twice.number), mail("Bea", ended.number), mail("Col", urgent.number))
        actions.cancel_incident(request_as(person(), 3), ended.pk, reason="A drill")
        scene.expect(4.9)
        scene.expect(5, mail("Ada", twice.number), mail("Cat", held.number), mail("Cox", urgent.number))
        scene.expect(10, mail("Abe", twice.number))
        scene.expect(119.9)
        scene.expect(120, mail("Cem", held.number))
        scene.expect(179.9)
        (digest,) = scene.expect(180, mail("Dot", "2 messages: One thing"))
        assert "One thing" in digest.text
        assert "Another thing" in digest.text
        scene.expect(24 * 60)
        assert set(Escalation.objects.values_list("status", flat=True)) == {"exhausted", "stopped"}
