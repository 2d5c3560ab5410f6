"""Escalation policies that begin when an incident is not answered or not resolved in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.queries import viewer_for
from allclear.engine.loop import Loop
from allclear.engine.run import go_round
from allclear.engine.thresholds import loops
from allclear.incidents import actions
from allclear.incidents.actions import Request
from allclear.incidents.models import Incident
from allclear.kernel.clock import set_clock
from allclear.kernel.errors import Invalid
from allclear.notifications.models import Notification
from allclear.oncall.actions import policies as verbs
from allclear.oncall.models import Escalation, EscalationPolicy
from allclear.testing import T0, contact, logged, person, policy, team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
MINUTE = timedelta(minutes=1)


class Going:
    is_set = False


class World:
    """Ana works in a team whose lead is paged when something was missed."""

    def __init__(self, on: str = "response", minutes: int = 30) -> None:
        self.crew = team(name="Network")
        self.ana, self.lead = person("agent", name="Ana", teams=[self.crew]), person("team_lead", name="Lena")
        contact(self.lead)
        self.policy = policy(
            self.lead, exhausted=self.lead, teams=[self.crew], begins_on=on, begins_after_minutes=minutes
        )
        self.row = logged(self.ana, team_id=self.crew.pk, impact=1, urgency=1)

    def pass_time(self, minutes: float) -> int:
        """What the engine begins by then."""
        with set_clock(T0 + minutes * MINUTE):
            found: list[Loop] = loops()
            go_round(found, Going())  # type: ignore[arg-type]  # only asked whether it shall stop
        return Escalation.objects.filter(policy=self.policy).count()

    def do(self, verb: Any, minutes: float, *args: Any, **more: Any) -> None:
        viewer = viewer_for(self.ana.pk)
        assert viewer is not None
        verb(Request(viewer, T0 + minutes * MINUTE), self.row.pk, *args, **more)


def test_it_begins_at_the_threshold_and_once() -> None:
    world = World()
    assert [world.pass_time(at) for at in (0, 29, 30, 31, 500)] == [0, 0, 1, 1, 1]
    (page,) = Notification.objects.filter(user=world.lead, kind="page")
    assert "Nobody has acknowledged it for 30 min after it was logged." in page.message["text"]


def test_who_answered_in_time_is_not_escalated() -> None:
    world = World()
    world.do(actions.acknowledge_incident, 10)
    assert world.pass_time(60) == 0


def test_who_answered_and_does_not_resolve_in_time_is() -> None:
    world = World("resolution", 240)
    world.do(actions.acknowledge_incident, 10)
    assert [world.pass_time(at) for at in (239, 240)] == [0, 1]
    (page,) = Notification.objects.filter(user=world.lead, kind="page")
    assert "It is not resolved 4 h after it was logged." in page.message["text"]


def test_what_was_missed_stays_missed_when_the_priority_changes() -> None:
    world = World()
    world.pass_time(30)
    world.do(actions.prioritise_incident, 31, impact=2, urgency=1, reason="Smaller than it looked")
    assert Escalation.objects.get(policy=world.policy).status == "running"


def test_it_ends_with_the_incident() -> None:
    world = World()
    world.pass_time(30)
    world.do(actions.cancel_incident, 31, reason="Logged twice")
    assert Escalation.objects.get(policy=world.policy).status == "stopped"
    assert world.pass_time(60) == 1


def test_another_team_priority_or_policy_out_of_use_begins_nothing() -> None:
    world = World()
    Incident.objects.filter(pk=world.row.pk).update(team=team(name="Desk"))
    assert world.pass_time(60) == 0
    Incident.objects.filter(pk=world.row.pk).update(team=world.crew, priority=5)
    assert world.pass_time(60) == 0
    Incident.objects.filter(pk=world.row.pk).update(priority=1)
    EscalationPolicy.objects.update(is_active=False)
    assert world.pass_time(60) == 0


def test_it_is_not_chosen_when_an_incident_is_logged() -> None:
    world = World()
    assert not Escalation.objects.exists()
    assert world.pass_time(1) == 0


@pytest.mark.parametrize(
    ("on", "minutes", "field"),
    [("logged", 5, "begins_after_minutes"), ("response", None, "begins_after_minutes"), ("never", 5, "begins_on"),
     ("resolution", 0, "begins_after_minutes"), ("resolution", 129_601, "begins_after_minutes")],
)  # fmt: skip
def test_what_is_no_threshold_is_refused_at_its_place(on: str, minutes: int | None, field: str) -> None:
    world = World()
    viewer = viewer_for(world.lead.pk)
    assert viewer is not None
    with pytest.raises(Invalid) as caught:
        verbs.change_policy(viewer, world.policy.pk, {"begins_on": on, "begins_after_minutes": minutes}, now=T0)
    assert field in caught.value.fields
