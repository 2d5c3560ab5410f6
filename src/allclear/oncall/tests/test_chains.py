"""The proof of escalation policies: from when to when a page would fall through, for whom, and what closes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.domain import escalation as rules
from allclear.domain.terms import Role
from allclear.oncall.actions import schedules as actions
from allclear.oncall.chains import ChainGap, chains_of, prove
from allclear.oncall.coverage import coverage_of
from allclear.oncall.models import Escalation, EscalationEntry, EscalationPolicy
from allclear.oncall.tests.test_schedules import DAY, World, as_, world
from allclear.testing import T0, contact, person, policy

pytestmark = pytest.mark.django_db
__all__ = ["world"]
WEEK = timedelta(days=7)


def gaps(row: EscalationPolicy, span: timedelta = 2 * WEEK) -> list[ChainGap]:
    (found,) = chains_of([row], T0, T0 + span, {})
    assert found.is_covered is (not found.gaps)
    return list(found.gaps)


def chain(*targets: Any, catch_all: User, **more: Any) -> EscalationPolicy:
    return policy(*targets, exhausted=catch_all, **more)


@pytest.fixture
def boss(world: World) -> User:
    found = person(Role.INCIDENT_MANAGER, name="Boss")
    for one in (world.ana, world.ben, found):
        contact(one)
    return found


def test_a_policy_that_always_reaches_somebody_is_covered(world: World, boss: User) -> None:
    assert gaps(chain(world.rota, catch_all=boss)) == []


def test_a_day_without_anybody_is_a_gap_of_the_chain(world: World, boss: User) -> None:
    values = {"schedule_id": world.rota.pk, "kind": "remove", "instead_of_id": world.ana.pk,
              "starts_at": T0 + DAY, "ends_at": T0 + 2 * DAY}  # fmt: skip
    actions.add_override(as_(world.lena), values, now=T0)
    (gap,) = gaps(chain(world.rota, catch_all=boss))
    assert (gap.kind, gap.starts_at, gap.ends_at) == ("only_catch_all", T0 + DAY, T0 + 2 * DAY)
    assert gap.repair


def test_somebody_who_comes_later_and_cannot_be_reached_is_seen_ahead(world: World, boss: User) -> None:
    world.ben.contact_methods.all().delete()
    found = gaps(chain(world.rota, catch_all=boss))
    assert found
    assert {gap.kind for gap in found} == {"only_catch_all"}
    assert all(gap.starts_at > T0 for gap in found)


def test_a_catch_all_without_a_contact_method_ends_in_nobody(world: World, boss: User) -> None:
    boss.contact_methods.all().delete()
    kinds = [gap.kind for gap in gaps(chain(world.rota, catch_all=boss))]
    assert "ends_in_nobody" in kinds
    assert "unreachable" in kinds


def test_the_catch_all_may_be_everybody_of_another_policy_in_the_course_of_time(world: World, boss: User) -> None:
    night = chain(world.rota, catch_all=boss)
    row = policy(boss, exhausted=night)
    assert gaps(row) == []
    for one in (world.ana, world.ben):
        one.contact_methods.all().delete()
    assert {gap.kind for gap in gaps(row)} == {"ends_in_nobody"}


def test_a_step_for_some_priorities_makes_gaps_for_the_others_only(world: World, boss: User) -> None:
    row = chain(world.rota, catch_all=boss, priorities=[1, 3])
    row.definition["steps"][0]["condition"] = {"priorities": [1]}
    row.save()
    (gap,) = gaps(row)
    assert gap.kind == "only_catch_all"
    assert gap.text.startswith("For P3: No step reaches a person")


def test_the_response_target_is_compared_with_the_chain(world: World, boss: User) -> None:
    row = chain(world.rota, boss, catch_all=boss)
    row.definition["answer_within_minutes"] = 1
    row.save()
    (gap,) = gaps(row)
    assert gap.kind == "too_slow"
    assert rules.policy_from({**row.definition, "name": row.name}).answer_within == timedelta(minutes=1)


def test_everything_in_use_is_proved_together(world: World, boss: User) -> None:
    row = chain(world.rota, catch_all=boss)
    proof = prove(as_(world.lena), T0, T0 + WEEK)
    assert [one.policy for one in proof.chains] == [row]
    assert proof.is_covered is all(one.is_covered for one in proof.schedules)
    boss.contact_methods.all().delete()
    assert not prove(as_(world.lena), T0, T0 + WEEK).is_covered


def test_interruptions_of_the_last_ninety_days_stand_in_the_ledger(world: World, boss: User) -> None:
    one = Escalation.objects.create(subject_kind="incident", state={}, started_at=T0 - DAY, status="stopped")
    for at in (T0 - DAY, T0 - DAY - timedelta(hours=10), T0 - timedelta(days=91)):
        EscalationEntry.objects.create(escalation=one, at=at, kind="paged", people=[world.ana.pk])
    EscalationEntry.objects.create(escalation=one, at=T0 - DAY, kind="acknowledged", people=[world.ana.pk])
    (found,) = coverage_of([world.rota], T0, T0 + WEEK)
    counts = {share.name: (share.pages, share.night_pages) for share in found.ledger}
    assert counts["Ana"] == (2, 1)
