"""Two at once on one escalation: who acknowledges, the engine's next step, a second engine. Nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.engine import escalate
from allclear.incidents import actions, paging
from allclear.incidents.acknowledging import acknowledge_from_page
from allclear.incidents.actions import LogForm
from allclear.incidents.models import Incident
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Refused
from allclear.notifications.models import Notification
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation, EscalationEntry
from allclear.testing import T0, contact, instant, person, policy, request_as, resolution, team
from tests.races.conftest import at_once, errors, fine, while_held

pytestmark = pytest.mark.usefixtures("wired")
DUE = instant(5)


class World:
    """Ana is paged first, then Ben, then Lena."""

    def __init__(self) -> None:
        self.ana, self.ben, self.lena = person(name="Ana"), person(name="Ben"), person("team_lead", name="Lena")
        for user in (self.ana, self.ben, self.lena):
            contact(user)
        self.team = team(self.ana, self.ben, self.lena)
        self.policy = policy(self.ana, self.ben, exhausted=self.lena, teams=[self.team])
        form = LogForm("The core switch is down", team_id=self.team.pk, impact=1, urgency=1)
        self.incident = actions.log_incident(request_as(person()), form).incident

    @property
    def escalation(self) -> Escalation:
        return Escalation.objects.get(subject_id=self.incident.pk)

    def link(self, user: User) -> Callable[[], Any]:
        """They follow the link in their page."""
        return lambda: acknowledge_from_page(self.escalation, user, instant(5))

    def screen(self, user: User) -> Callable[[], Any]:
        """They press the button on the page of the incident."""
        return lambda: actions.acknowledge_incident(request_as(user, 5), self.incident.pk)

    def step(self) -> bool:
        """What an engine does when the step is due."""
        return escalating.move(self.escalation.pk, DUE)

    def entries(self, kind: str) -> list[EscalationEntry]:
        return list(EscalationEntry.objects.filter(escalation=self.escalation, kind=kind).order_by("pk"))


@pytest.fixture
def world() -> Iterator[World]:
    yield World()
    assert verify_projections().differences == []


@pytest.mark.parametrize("race", [at_once, while_held])
def test_two_who_acknowledge_by_link_and_on_the_screen_both_hear_that_it_is_acknowledged(
    race: Callable[..., Any], world: World
) -> None:
    results = race(world.link(world.ana), world.screen(world.ben))
    row, incident = world.escalation, Incident.objects.get()
    assert row.status == "acknowledged"
    assert not Notification.objects.filter(state="queued").exists()
    assert incident.acknowledged_by_id in (world.ana.pk, world.ben.pk)
    assert all(result.is_fine for result in results)
    told = {entry.by_id for entry in world.entries("acknowledged")}
    is_void = not results[1].value.events  # it was acknowledged already, says the screen
    assert told == {world.ana.pk} | (set() if is_void else {world.ben.pk})


@pytest.mark.parametrize("race", [at_once, while_held])
@pytest.mark.parametrize("is_step_first", [True, False])
def test_who_acknowledges_at_the_instant_of_the_next_step_ends_the_paging(
    race: Callable[..., Any], is_step_first: bool, world: World
) -> None:
    acts = (world.step, world.screen(world.ana))
    results = race(*(acts if is_step_first else reversed(acts)))
    assert all(result.is_fine for result in results)
    assert (world.escalation.status, world.escalation.next_at) == ("acknowledged", None)
    to_ben = list(Notification.objects.filter(user=world.ben).values_list("state", "ended_reason"))
    assert len(to_ben) == len(world.entries("paged")) - 1  # a step is taken with its page, or not taken
    assert all(state == "cancelled" and reason for state, reason in to_ben)
    assert not Notification.objects.filter(state="queued").exists()


@pytest.mark.parametrize("race", [at_once, while_held])
def test_of_two_engines_one_takes_the_step_and_its_pages_are_queued_once(
    race: Callable[..., Any], world: World
) -> None:
    results = race(world.step, world.step)
    assert sorted(result.value for result in results) == [False, True]
    assert [entry.people for entry in world.entries("paged")] == [[world.ana.pk], [world.ben.pk]]
    assert Notification.objects.filter(user=world.ben).count() == 1


@pytest.mark.parametrize("race", [at_once, while_held])
def test_of_two_who_page_by_hand_with_one_policy_the_second_hears_that_it_runs(
    race: Callable[..., Any], world: World
) -> None:
    actions.resolve_incident(request_as(world.ana, 1), world.incident.pk, resolution())
    actions.reopen_incident(request_as(world.ana, 2), world.incident.pk, reason="It is down again")
    Escalation.objects.all().delete()

    def by_hand(user: User) -> Callable[[], Any]:
        return lambda: paging.page_by_hand(request_as(user, 3), world.incident, policy=world.policy)

    results = race(by_hand(world.ana), by_hand(world.ben))
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Refused)
    assert "being carried out for it already" in error.message
    assert Escalation.objects.count() == 1


@pytest.mark.parametrize("race", [at_once, while_held])
@pytest.mark.parametrize("is_resolved_first", [True, False])
def test_what_is_resolved_at_the_instant_of_the_next_step_pages_nobody_any_more(
    race: Callable[..., Any], is_resolved_first: bool, world: World
) -> None:
    def resolve() -> Any:
        return actions.resolve_incident(request_as(world.ana, 5), world.incident.pk, resolution())

    results = race(*((resolve, world.step) if is_resolved_first else (world.step, resolve)))
    assert all(result.is_fine for result in results)
    assert world.escalation.status == "stopped"
    assert not Notification.objects.filter(state="queued").exists()
    assert escalate.due(T0 + timedelta(days=1), frozenset(), 10) == []
