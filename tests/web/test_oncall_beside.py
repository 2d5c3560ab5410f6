"""Who is on call for a team: in the side bar, beside an incident and on the page of a service."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from allclear.accounts.models import Team
from allclear.kernel.clock import set_clock
from allclear.oncall.actions import schedules as actions
from allclear.oncall.tests.test_schedules import DAY, World, as_, world
from allclear.testing import T0, logged, schedule, service, team
from tests.web.screens import as_ as browser

pytestmark = pytest.mark.django_db
__all__ = ["world"]
NOW = T0 + timedelta(hours=1)


@pytest.fixture
def network(world: World) -> Team:
    """Ana and Olga are in the team, whose schedule it is."""
    row = team(world.ana, world.olga, name="Network")
    actions.change_schedule(as_(world.lena), world.rota.pk, {"team_id": row.pk}, now=T0)
    return row


def seen(world: World, who: str, address: str) -> str:
    with set_clock(NOW):
        return browser(getattr(world, who)).get(address).content.decode()


def test_the_side_bar_says_who_is_on_call_for_ones_teams(world: World, network: Team) -> None:
    assert "On call now" in seen(world, "olga", reverse("incidents:queue"))
    assert f"until 9 Mar, 09:00 · {world.rota}" in seen(world, "olga", reverse("incidents:queue"))
    assert "On call now" not in seen(world, "ben", reverse("incidents:queue"))  # he is in no team
    assert "On call now" not in seen(world, "rita", reverse("incidents:queue"))


def test_the_side_bar_knows_at_once_of_an_override(world: World, network: Team) -> None:
    assert "Ben" not in seen(world, "olga", reverse("incidents:queue"))
    values = {"kind": "only", "people": [world.ben.pk], "starts_at": T0, "ends_at": T0 + DAY}
    actions.add_override(as_(world.lena), {**values, "schedule_id": world.rota.pk}, now=NOW)
    assert "Ben" in seen(world, "olga", reverse("incidents:queue"))


def test_it_shows_three_schedules_at_most(world: World, network: Team) -> None:
    for n in range(4):
        schedule(world.ana, name=f"Another {n}", team_id=network.pk)
    text = seen(world, "olga", reverse("incidents:queue"))
    assert text.count("Another") == 3


def test_an_incident_and_a_service_say_who_is_on_call_and_who_is_next(world: World, network: Team) -> None:
    words = "Ana until 9 Mar, 09:00, then Ben"
    row = logged(world.olga, at=T0, team_id=network.pk)
    assert words in seen(world, "olga", reverse("incidents:detail", args=[row.number]))
    offered = service(owner_team=network)
    assert words in seen(world, "olga", reverse("catalog:service", args=[offered.pk]))


def test_an_incident_says_in_words_that_nobody_is_on_call(world: World, network: Team) -> None:
    actions.add_leave(as_(world.ana), {"starts_at": T0, "ends_at": T0 + DAY}, now=T0)
    row = logged(world.olga, at=T0, team_id=network.pk)
    assert "nobody; Ana from Tue 09:00" in seen(world, "olga", reverse("incidents:detail", args=[row.number]))
