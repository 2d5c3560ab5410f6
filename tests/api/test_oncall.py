"""The API of schedules: shifts of a span, who is on call at an instant, and the proof of coverage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.kernel.clock import set_clock
from allclear.oncall.tests.test_schedules import World, world
from allclear.testing import T0, contact
from tests.api.client import Api

pytestmark = pytest.mark.django_db
__all__ = ["world"]


def read(user: Any, path: str) -> Any:
    with set_clock(T0 + timedelta(hours=1)):
        answer = Api(user).send("GET", path, None)
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[attr-defined]  # a test's


def test_it_lists_the_shifts_of_a_span(world: World) -> None:
    path = f"/schedules/{world.rota.pk}/shifts?from=2026-03-08T09:00:00Z&until=2026-03-10T09:00:00Z"
    items = read(world.olga, path)["items"]
    assert [(one["user"]["name"], one["starts_at"], one["ends_at"]) for one in items] == [
        ("Ana", "2026-03-08T09:00:00Z", "2026-03-09T09:00:00Z"),
        ("Ben", "2026-03-09T09:00:00Z", "2026-03-10T09:00:00Z"),
    ]
    assert items[0]["why"] == "It is their turn in layer “Primary”."


def test_it_refuses_a_span_that_ends_before_it_begins_or_never(world: World) -> None:
    for until in ("2026-03-01T00:00:00Z", "2099-01-01T00:00:00Z"):
        path = f"/schedules/{world.rota.pk}/shifts?from=2026-03-08T09:00:00Z&until={until}"
        answer = Api(world.olga).send("GET", path, None)
        assert answer.status_code == 422


def test_it_says_who_is_on_call_at_an_instant_and_who_is_next(world: World) -> None:
    (one,) = read(world.olga, "/oncall?at=2026-03-08T09:00:00Z")["items"]
    assert [turn["user"]["name"] for turn in one["now"]] == ["Ana"]
    assert [(turn["user"]["name"], turn["starts_at"]) for turn in one["next"]] == [("Ben", "2026-03-09T09:00:00Z")]


def test_it_proves_coverage_and_proposes_repairs(world: World) -> None:
    contact(world.ana)
    contact(world.ben)
    assert read(world.lena, "/coverage")["is_covered"] is True
    body = {"user_id": world.ana.pk, "starts_at": "2026-03-03T09:00:00Z", "ends_at": "2026-03-04T09:00:00Z"}
    with set_clock(T0 + timedelta(hours=1)):
        assert Api(world.lena).send("POST", "/leaves", body).status_code == 201
        found = read(world.lena, "/coverage")
        assert found["is_covered"] is False
        (gap,) = found["items"][0]["gaps"]
        assert gap["kind"] == "leave_without_cover"
        assert gap["repair"]["override"]["people"] == [world.ben.pk]
        assert Api(world.lena).send("POST", "/overrides", gap["repair"]["override"]).status_code == 201
    assert read(world.lena, "/coverage")["is_covered"] is True
