"""Swaps: who may ask and who may answer, and that of two who take one at once the first has it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from allclear.accounts.models import User
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.oncall.actions import swaps as actions
from allclear.oncall.models import Swap
from allclear.oncall.tests.test_schedules import DAY, World, as_, world
from allclear.testing import T0, person, schedule

pytestmark = pytest.mark.django_db
__all__ = ["world"]


def ask(world: World, by: User | None = None, **values: Any) -> Swap:
    """Ana asks everybody to take a day of hers."""
    span = {"schedule_id": world.rota.pk, "starts_at": T0 + DAY, "ends_at": T0 + 2 * DAY}
    return actions.ask_swap(as_(by or world.ana), {**span, **values}, now=T0)


def test_nothing_changes_before_somebody_agrees(world: World) -> None:
    row = ask(world)
    assert world.on_call(T0 + DAY) == [world.ana.pk]
    actions.take_swap(as_(world.ben), row.pk, now=T0)
    assert world.on_call(T0 + DAY) == [world.ben.pk]
    assert world.on_call(T0 + 2 * DAY) == [world.ana.pk]


def test_only_leads_ask_for_others(world: World) -> None:
    with pytest.raises(NotPermitted):
        ask(world, world.ben, beneficiary_id=world.ana.pk)
    assert ask(world, world.lena, beneficiary_id=world.ana.pk).beneficiary_id == world.ana.pk


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"starts_at": T0 - DAY, "ends_at": T0}, "ends_at", "lies in the past"),
        ({"ends_at": T0 + DAY}, "ends_at", "ends before it begins"),
        ({"ends_at": T0 + 400 * DAY}, "ends_at", "a year at most"),
        ({"starts_at": T0 + 8 * DAY, "ends_at": T0 + 9 * DAY}, "starts_at", "no shift in this span"),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_field(
    world: World, values: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as caught:
        ask(world, **values)
    assert words in caught.value.fields[field]


def test_nobody_swaps_with_themselves_or_with_somebody_outside(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        ask(world, asked_id=world.ana.pk)
    assert "swap with themselves" in caught.value.fields["asked_id"]
    with pytest.raises(Invalid) as caught:
        ask(world, asked_id=world.olga.pk)
    assert "takes no turns" in caught.value.fields["asked_id"]


def test_only_others_of_the_schedule_answer(world: World) -> None:
    row = ask(world)
    for user in (world.ana, world.olga, world.lena, world.rita):
        with pytest.raises(NotPermitted):
            actions.take_swap(as_(user), row.pk, now=T0)
    with pytest.raises(Refused):
        actions.refuse_swap(as_(world.ben), row.pk, now=T0)


def test_only_who_was_asked_answers() -> None:
    ana, ben, cleo = person(name="Ana"), person(name="Ben"), person(name="Cleo")
    rota = schedule(ana, ben, cleo)
    values = {"schedule_id": rota.pk, "asked_id": ben.pk, "starts_at": T0, "ends_at": T0 + DAY}
    row = actions.ask_swap(as_(ana), values, now=T0)
    with pytest.raises(NotPermitted):
        actions.take_swap(as_(cleo), row.pk, now=T0)
    assert actions.refuse_swap(as_(ben), row.pk, now=T0).state == "refused"
    with pytest.raises(Refused):
        actions.take_swap(as_(ben), row.pk, now=T0)


def test_what_was_agreed_can_be_withdrawn_by_the_two_and_by_leads(world: World) -> None:
    for user in (world.ana, world.ben, world.lena):
        row = ask(world)
        actions.take_swap(as_(world.ben), row.pk, now=T0)
        with pytest.raises(NotPermitted):
            actions.withdraw_swap(as_(world.olga), row.pk, now=T0)
        assert actions.withdraw_swap(as_(user), row.pk, now=T0).state == "withdrawn"
        assert world.on_call(T0 + DAY) == [world.ana.pk]
    with pytest.raises(Refused):
        actions.withdraw_swap(as_(world.ana), row.pk, now=T0)


def test_the_part_that_has_been_stays_when_a_swap_is_withdrawn(world: World) -> None:
    from allclear.oncall.queries import final_of

    row = ask(world)
    actions.take_swap(as_(world.ben), row.pk, now=T0)
    actions.withdraw_swap(as_(world.ana), row.pk, now=T0 + DAY + timedelta(hours=6))
    world.rota.refresh_from_db()
    spans = final_of(world.rota, T0 + DAY, T0 + 2 * DAY)
    assert [(s.people, s.end - s.start) for s in spans] == [
        ((world.ben.pk,), timedelta(hours=6)),
        ((world.ana.pk,), timedelta(hours=18)),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_one_swap_at_once_one_has_it() -> None:
    ana, ben, cleo = person(name="Ana"), person(name="Ben"), person(name="Cleo")
    rota = schedule(ana, ben, cleo)
    row = actions.ask_swap(as_(ana), {"schedule_id": rota.pk, "starts_at": T0, "ends_at": T0 + DAY}, now=T0)
    gate = Barrier(2)

    def take(user: User) -> str:
        try:
            viewer = as_(user)
            gate.wait(60)
            return actions.take_swap(viewer, row.pk, now=T0).state
        except Refused as error:
            return str(error.message)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(take, (ben, cleo)))
    assert told == ["Somebody was faster: this request is no longer open.", "taken"]
    row.refresh_from_db()
    assert row.benefactor_id in (ben.pk, cleo.pk)
