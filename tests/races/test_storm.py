"""Everybody does everything at once: no deadlock, no crash, nothing drifts."""

from __future__ import annotations

import random
from collections.abc import Callable

from allclear.incidents.models import Incident
from allclear.incidents.tests.test_projection import step
from allclear.incidents.tests.world import world
from allclear.incidents.verify import verify_projections
from allclear.testing import resolution
from tests.races.conftest import at_once, errors

PEOPLE, STEPS = 6, 30


def test_it_stands_a_storm_of_random_verbs_on_incidents_that_hang_together() -> None:
    w = world()
    resolution()

    def work(number: int) -> Callable[[], None]:
        dice = random.Random(number)

        def act() -> None:
            for n in range(STEPS):
                step(w, 40 + 10 * n, dice)

        return act

    results = at_once(*(work(n) for n in range(PEOPLE)))
    assert errors(results) == []
    assert Incident.objects.count() > 2
    assert verify_projections().differences == []
