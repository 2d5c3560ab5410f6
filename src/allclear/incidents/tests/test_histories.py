"""The lean reading of many histories tells the same as the full one, whatever people did."""

from __future__ import annotations

import random
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.imports.logs import beginning, bring_in

from allclear.domain.sla import Facts
from allclear.domain.sla.worlds import Scene, Weight
from allclear.incidents import actions
from allclear.incidents.histories import histories
from allclear.incidents.models import Incident
from allclear.incidents.moments import Moment, history_of
from allclear.incidents.tests.test_projection import step
from allclear.incidents.tests.world import world
from allclear.kernel.errors import AllclearError
from allclear.testing import instant, resolution

pytestmark = pytest.mark.django_db


def lean(scenes: list[Scene]) -> list[Moment]:
    return [(one.at, one.facts) for one in scenes]


def agree(ids: list[int]) -> int:
    """Compare the two readings of these incidents; gives how many moments there were."""
    found = dict(histories(ids))
    assert found.keys() == set(ids)
    count = 0
    for pk in ids:
        full = history_of(pk)
        assert lean(found[pk]) == full
        count += len(full)
    return count


@seed(20260302)
@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 10**9))
def test_it_tells_the_same_as_the_full_history_whatever_is_done(number: int) -> None:
    dice = random.Random(number)
    with transaction.atomic():
        w = world(dice.choice(["new", "in_progress", "resolved"]))
        resolution()
        for n in range(30):
            step(w, 40 + 10 * n, dice)
            if dice.random() < 0.1:
                with suppress(AllclearError):
                    actions.undo_incident(w.as_("agent", 41 + 10 * n), w.row.pk)
        assert agree([w.row.pk, w.second.pk]) > 4
        transaction.set_rollback(True)  # the next example begins with nothing


def test_it_leaves_out_what_clocks_do_not_see_where_no_silence_is_watched() -> None:
    w = world()
    actions.add_note(w.as_("agent", 50), w.row.pk, "Nothing that a clock looks at")
    ((_, every),) = histories([w.row.pk])
    ((_, few),) = histories([w.row.pk], with_progress=False)
    assert len(few) < len(every)
    assert all(one.facts.last_progress_at is None for one in few)
    kept = [next(group) for _, group in groupby(every, key=lambda one: _without_progress(one.facts))]
    assert [one.at for one in kept] == [one.at for one in few]


def _without_progress(facts: Facts) -> tuple[object, ...]:
    return tuple(getattr(facts, name) for name in Facts.__slots__ if name != "last_progress_at")


def test_it_knows_what_the_priority_was_made_of_and_who_had_it() -> None:
    w = world()
    actions.prioritise_incident(w.as_("agent", 50), w.row.pk, impact=1, urgency=1, reason="All are down")
    w.row.refresh_from_db()
    ((_, scenes),) = histories([w.row.pk])
    last = scenes[-1]
    assert (last.at, last.weight, last.assignee_id) == (
        instant(50), Weight(1, 1, w.row.matrix_version), w.row.assignee_id,
    )  # fmt: skip


@pytest.mark.shared
def test_it_tells_the_same_of_the_real_log(tmp_path: Path) -> None:
    bring_in(beginning(tmp_path, 3000))
    ids = list(Incident.objects.order_by("pk").values_list("pk", flat=True)[::4])
    assert agree(ids) > 300
