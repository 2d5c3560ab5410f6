"""Clocks that went along with the verbs are those that the history gives when it is read again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from allclear.accounts.models import Team, User
from allclear.incidents import actions
from allclear.incidents.models import SlaClock
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import AllclearError
from allclear.testing import (
    agreement,
    calendar,
    codes,
    instant,
    logged,
    organisation,
    person,
    promise,
    request_as,
    resolution,
    team,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
Verb = Callable[[Any, int], Any]


@pytest.fixture
def agent() -> User:
    codes()
    return person("incident_manager")


def promised(teams: list[Team], supplier: int, on_reopen: str, on_change: str) -> None:
    hours = calendar()
    agreement(
        promise("response", 30, hours, pauses=["requester"]),
        promise("resolution", 240, hours, "P1", when={"priorities": [1]}, pauses=["requester"]),
        promise("resolution", 480, hours, "P3", when={"priorities": [2, 3]}, thresholds=[{"percent": 50}]),
        on_reopen=on_reopen,
        on_change=on_change,
    )
    ola = [promise("response", 15, hours), promise("resolution", 120, hours)]
    agreement(*ola, kind="ola", party_ids=[one.pk for one in teams], on_reopen=on_reopen)
    agreement(promise("resolution", 60, hours), kind="uc", party_ids=[supplier])


def verbs(random: Random, teams: list[Team], people: list[User | None], supplier: int) -> dict[str, Verb]:
    where, who, weight = random.choice(teams), random.choice(people), random.choice([1, 2, 5])
    return {
        "accept": lambda request, key: actions.accept_incident(request, key),
        "ask": lambda request, key: actions.hold_incident(request, key, reason="requester", note="Which building?"),
        "wait": lambda request, key: actions.hold_incident(
            request, key, reason="supplier", note="Ticket 7", supplier_id=supplier
        ),
        "resume": lambda request, key: actions.resume_incident(request, key),
        "resolve": lambda request, key: actions.resolve_incident(request, key, resolution()),
        "reopen": lambda request, key: actions.reopen_incident(request, key, reason="It drops again"),
        "weigh": lambda request, key: actions.prioritise_incident(
            request, key, impact=weight, urgency=weight, reason="More are down"
        ),
        "assign": lambda request, key: actions.assign_incident(
            request, key, team_id=where.pk, assignee_id=who.pk if who else None, reason="Theirs"
        ),
        "undo": lambda request, key: actions.undo_incident(request, key),
        "cancel": lambda request, key: actions.cancel_incident(request, key, reason="Logged twice"),
    }


@pytest.mark.parametrize("on_reopen", ["continue", "restart"])
@pytest.mark.parametrize("on_change", ["from_start", "from_change"])
def test_clocks_that_went_along_are_those_of_the_history(agent: User, on_reopen: str, on_change: str) -> None:
    random = Random(f"{on_reopen} {on_change}")
    teams = [team(agent, name="First line"), team(agent, name="Second line")]
    supplier = organisation("Carrier", is_supplier=True).pk
    promised(teams, supplier, on_reopen, on_change)
    done: set[str] = set()
    for number in range(8):
        row, minute = logged(agent, at=number, team_id=random.choice(teams).pk), number
        for _ in range(12):
            minute += random.choice([1, 1, 3, 20, 90, 700])
            name, verb = random.choice(list(verbs(random, teams, [agent, None], supplier).items()))
            with suppress(AllclearError):  # what the state does not allow is not done
                verb(request_as(agent, instant(minute)), row.pk)
                done.add(name)
    assert len(done) >= 8
    assert verify_projections().differences == []
    assert {"counts", "stopped"} <= set(SlaClock.objects.values_list("rule", flat=True))
