"""The proof of coverage: no gaps, or each gap with who is meant and what would close it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.oncall.actions import schedules as actions
from allclear.oncall.coverage import coverage_of
from allclear.oncall.rota import now_and_next
from allclear.oncall.tests.test_schedules import DAY, World, as_, world
from allclear.testing import T0, contact, schedule

pytestmark = pytest.mark.django_db
__all__ = ["world"]
MONTH = timedelta(days=28)


def test_no_gap_is_the_proof_and_the_ledger_is_fair(world: World) -> None:
    contact(world.ana)
    contact(world.ben)
    (found,) = coverage_of([world.rota], T0, T0 + MONTH)
    assert found.is_covered
    assert {share.name: share.load.on_call_for for share in found.ledger} == {"Ana": MONTH / 2, "Ben": MONTH / 2}


def test_a_repair_is_proposed_only_of_those_who_can_be_reached(world: World) -> None:
    contact(world.ana)
    actions.add_leave(as_(world.ana), {"starts_at": T0 + DAY, "ends_at": T0 + 2 * DAY}, now=T0)
    (found,) = coverage_of([world.rota], T0, T0 + 7 * DAY)
    (gap,) = found.gaps
    assert gap.is_empty
    assert gap.repair is None  # Ben is free, but no page would reach him
    contact(world.ben)
    (found,) = coverage_of([world.rota], T0, T0 + 7 * DAY)
    assert found.gaps[0].repair is not None
    assert found.gaps[0].repair.override is not None
    assert found.gaps[0].repair.override.people == (world.ben.pk,)


def test_who_cannot_be_reached_is_a_hole_also_beside_others(world: World) -> None:
    contact(world.ana)
    both = schedule([world.ana, world.ben])
    (found,) = coverage_of([both], T0, T0 + MONTH)
    (gap,) = found.gaps
    assert (gap.kind, gap.people, gap.is_empty) == ("unreachable", (world.ben.pk,), False)
    assert gap.text == "Ben is on call and has no contact method that works."


def test_who_has_left_is_a_hole(world: World) -> None:
    contact(world.ana)
    contact(world.ben)
    world.ben.is_active = False
    world.ben.save()
    (found,) = coverage_of([world.rota], T0, T0 + MONTH)
    assert [gap.people for gap in found.gaps] == [(world.ben.pk,)]


def test_now_and_next_are_told_of_the_past_as_it_was_recorded(world: World) -> None:
    actions.change_schedule(as_(world.lena), world.rota.pk, {"layers": []}, now=T0 + DAY)
    world.rota.refresh_from_db()
    (then,) = now_and_next([world.rota], T0 + DAY / 2)
    assert [turn.name for turn in then.now] == ["Ana"]
    (later,) = now_and_next([world.rota], T0 + 2 * DAY)
    assert later.now == ()
