"""Promises over the API: on each incident, in lists without a query for each, and explained to the second."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allclear.accounts.models import User
from allclear.incidents import actions
from allclear.kernel import clock
from allclear.testing import agreement, calendar, instant, logged, organisation, person, promise, request_as, team
from tests.api.client import Api, ok, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


@pytest.fixture
def agent() -> User:
    made = person("incident_manager")
    team(made)
    hours = calendar("Office")
    agreement(
        promise("response", 30, hours),
        promise("resolution", 240, hours, "All", pauses=["requester"], thresholds=[{"percent": 50}]),
        name="Gold",
    )
    return made


@pytest.fixture(autouse=True)
def an_hour_later() -> Iterator[None]:
    with clock.set_clock(instant(60)):
        yield


def test_an_incident_has_its_promises(agent: User) -> None:
    row = logged(agent)
    actions.accept_incident(request_as(agent, 10), row.pk)
    met, runs = ok(Api(agent).get(f"/incidents/{row.number}"))["promises"]
    assert (met["metric"], met["state"], met["used_seconds"], met["duration_seconds"]) == ("response", "met", 600, 1800)
    assert runs | {"agreement": runs["agreement"]["name"]} == {
        "kind": "sla", "metric": "resolution", "party": None, "agreement": "Gold", "target": "All", "state": "on_track",
        "due_at": "2026-03-02T13:00:00Z", "used_seconds": 3600, "duration_seconds": 14400, "is_paused": False,
    }  # fmt: skip


def test_every_minute_is_explained(agent: User) -> None:
    row = logged(agent)
    actions.accept_incident(request_as(agent, 10), row.pk)
    actions.hold_incident(request_as(agent, 20), row.pk, reason="requester", note="Which?")
    found = ok(Api(agent).get(f"/incidents/{row.number}/promises"))
    one = found["promises"][1]
    assert [(line["seconds"], line["counted_seconds"], line["rule"]) for line in one["ledger"]] == [
        (1200, 1200, "Counts"),
        (2400, 0, "Paused: it waits for the requester"),
    ]
    assert sum(line["counted_seconds"] for line in one["ledger"]) == one["used_seconds"]
    assert one["state"] == "paused" and one["is_paused"] and one["due_at"] is None
    assert one["why"].startswith("Target “All” of Gold") and one["steps"][0]["matched"]
    assert one["calendar"]["zone"] == "UTC" and one["sentence"].startswith("Paused, it waits for the requester")


def test_thresholds_are_listed_before_they_fire(agent: User) -> None:
    row = logged(agent)
    listed = ok(Api(agent).get(f"/incidents/{row.number}/promises"))["promises"][1]["thresholds"]
    assert [(one["percent"], one["due_at"], one["fired_at"]) for one in listed] == [
        (50, "2026-03-02T11:00:00Z", None),
        (100, "2026-03-02T13:00:00Z", None),
    ]


def test_a_requester_reads_state_and_due_time_only(agent: User) -> None:
    rita = person("requester")
    row = logged(agent, requester_id=rita.pk)
    told = ok(Api(rita).get(f"/incidents/{row.number}"))["promises"]
    assert [set(one) for one in told] == [{"metric", "state", "due_at"}] * 2
    problem(Api(rita).get(f"/incidents/{row.number}/promises"), 403)


def test_it_sorts_and_filters_by_what_is_due(agent: User) -> None:
    late, soon = logged(agent, at=0), logged(agent, at=40)
    for sort, order in (("due", [late, soon]), ("-due", [soon, late])):
        page = ok(Api(agent).get("/incidents", status="open", sort=sort))
        assert [item["number"] for item in page["items"]] == [row.number for row in order]
    page = ok(Api(agent).get("/incidents", filter="due:<now"))
    assert [item["number"] for item in page["items"]] == [late.number]


def test_pages_by_due_time_turn_without_gaps_where_some_are_not_due(agent: User) -> None:
    numbers = []
    for n in range(7):
        row = logged(agent, at=n)
        if n % 3 == 0:
            actions.accept_incident(request_as(agent, 10), row.pk)
            actions.hold_incident(request_as(agent, 11), row.pk, reason="requester", note="Which?")
        numbers.append(row.number)
    read: list[str] = []
    cursor = ""
    while True:
        page = ok(Api(agent).get("/incidents", status="open", sort="due", limit=2, cursor=cursor))
        read += [item["number"] for item in page["items"]]
        cursor = page["next_cursor"] or ""
        if not cursor:
            break
    held = [numbers[n] for n in (0, 3, 6)]
    assert read == [number for number in numbers if number not in held] + held


def test_a_list_needs_no_query_for_each(agent: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            ok(Api(agent).get("/incidents", limit=100))
        return len(captured)

    supplier = organisation("Vendor", is_supplier=True)
    agreement(promise("resolution", 60, calendar()), kind="uc", party_ids=[supplier.pk])

    def waiting(at: int) -> Any:
        row = logged(agent, at=at)
        actions.accept_incident(request_as(agent, 30), row.pk)
        return actions.hold_incident(
            request_as(agent, 31), row.pk, reason="supplier", supplier_id=supplier.pk, note="x"
        )

    waiting(0)
    first = cost()
    for n in range(8):
        waiting(n)
    assert cost() == first
    party = ok(Api(agent).get("/incidents", limit=1))["items"][0]["promises"][-1]["party"]
    assert party["name"] == "Vendor"
