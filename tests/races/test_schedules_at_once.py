"""A swap that is taken while somebody else changes the schedule: both are kept, and who is on call can be explained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allclear.domain import oncall as rules
from allclear.kernel.errors import Refused
from allclear.oncall.actions import schedules, swaps
from allclear.oncall.models import Override, Shift, Swap
from allclear.oncall.queries import on_call_at, rules_of
from allclear.oncall.tests.test_schedules import DAY, World, as_, swap_in
from allclear.testing import T0
from tests.races.conftest import at_once, errors, fine, while_held

TOMORROW = T0 + DAY


@pytest.fixture
def world() -> World:
    return World()


def asked(world: World) -> Swap:
    """Ana asks that somebody take her tomorrow."""
    span = {"schedule_id": world.rota.pk, "starts_at": TOMORROW, "ends_at": TOMORROW + DAY}
    return swaps.ask_swap(as_(world.ana), span, now=T0)


def why(world: World) -> str:
    """The sentence that says why those are on call tomorrow who are."""
    crew = on_call_at([world.rota], TOMORROW)[world.rota.pk]
    return rules.explain(rules_of(world.rota, TOMORROW, TOMORROW + DAY), crew).summary


@pytest.mark.parametrize("race", [at_once, while_held])
def test_a_swap_and_an_override_at_once_are_both_kept_and_the_outcome_is_explained(
    race: Callable[..., Any], world: World
) -> None:
    swap = asked(world)
    results = race(
        lambda: swaps.take_swap(as_(world.ben), swap.pk, now=T0),
        lambda: swap_in(world, world.lena, world.olga),
    )
    assert all(result.is_fine for result in results)
    swap.refresh_from_db()
    assert (swap.state, swap.benefactor_id) == ("taken", world.ben.pk)
    assert Override.objects.get().withdrawn_at is None
    (person,) = world.on_call(TOMORROW)
    assert person in (world.ben.pk, world.olga.pk)
    assert world.on_call(TOMORROW + DAY) == [world.ana.pk]
    assert why(world)


@pytest.mark.parametrize("race", [at_once, while_held])
def test_a_swap_that_is_taken_and_withdrawn_at_once_ends_in_one_of_the_two(
    race: Callable[..., Any], world: World
) -> None:
    swap = asked(world)
    results = race(
        lambda: swaps.take_swap(as_(world.ben), swap.pk, now=T0),
        lambda: swaps.withdraw_swap(as_(world.ana), swap.pk, now=T0),
    )
    swap.refresh_from_db()
    assert swap.state == "withdrawn"  # also what was agreed to can be taken back
    assert results[1].is_fine
    assert all(isinstance(error, Refused) and "no longer open" in error.message for error in errors(results))
    assert world.on_call(TOMORROW) == [world.ana.pk]


@pytest.mark.parametrize("race", [at_once, while_held])
def test_of_two_who_take_a_swap_the_second_hears_that_somebody_was_faster(
    race: Callable[..., Any], world: World
) -> None:
    swap = asked(world)
    layers = [
        {"rotation": {**world.rota.layers[0]["rotation"], "members": [[world.ana.pk], [world.ben.pk, world.olga.pk]]}}
    ]
    schedules.change_schedule(as_(world.lena), world.rota.pk, {"layers": [{"name": "Primary", **layers[0]}]}, now=T0)
    results = race(
        lambda: swaps.take_swap(as_(world.ben), swap.pk, now=T0),
        lambda: swaps.take_swap(as_(world.olga), swap.pk, now=T0),
    )
    assert len(fine(results)) == 1
    (error,) = errors(results)
    assert isinstance(error, Refused)
    assert "Somebody was faster" in error.message
    winner = world.ben if results[0].is_fine else world.olga
    assert world.on_call(TOMORROW) == [winner.pk]


@pytest.mark.parametrize("race", [at_once, while_held])
def test_the_past_is_written_once_when_two_change_a_schedule_at_once(race: Callable[..., Any], world: World) -> None:
    later = T0 + 2 * DAY
    results = race(
        lambda: swap_in(world, world.lena, world.olga, at=later),
        lambda: swap_in(world, world.lena, world.ben, at=later),
    )
    assert all(result.is_fine for result in results)
    assert list(Shift.objects.values_list("user_id", "starts_at", "ends_at")) == [(world.ana.pk, T0, later)]
    assert Override.objects.count() == 2
