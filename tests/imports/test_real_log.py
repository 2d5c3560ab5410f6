"""The real log of a service desk: its figures, computed by others with other means, are what the database shows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from allclear.accounts.models import Team
from allclear.domain.incident import IncidentState, evolve, fold
from allclear.incidents.models import Incident
from allclear.incidents.verify import verify_projections
from allclear.kernel.models import Event
from tests.imports.logs import bring_in, shared

pytestmark = [pytest.mark.django_db, pytest.mark.shared, pytest.mark.slow]

STATUS = {
    "New": ("new", ""),
    "Active": ("in_progress", ""),
    "Awaiting User Info": ("on_hold", "requester"),
    "Awaiting Problem": ("on_hold", "problem"),
    "Awaiting Vendor": ("on_hold", "supplier"),
    "Awaiting Evidence": ("on_hold", "evidence"),
    "Resolved": ("resolved", ""),
    "Closed": ("closed", ""),
}
MISSING = "(missing)"


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(shared("uci/reference_dev.json").read_text("utf-8"))
    return body["figures"]  # type: ignore[no-any-return]  # JSON


@pytest.fixture(scope="module")
def report(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The log, brought in once for all tests of this module."""
    path = shared("uci/incident_event_log.csv.zst")
    with django_db_blocker.unblock(), transaction.atomic():
        yield bring_in(path)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def histories(report: dict[str, Any]) -> dict[int, list[Event]]:
    """The events of each incident, in order."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(stream_type="incident").order_by("stream_id", "position").iterator():
        found[event.stream_id].append(event)
    return found


@pytest.fixture(scope="module")
def names(report: dict[str, Any]) -> Callable[[str], Counter[str]]:
    def count(column: str) -> Counter[str]:
        values = Incident.objects.values_list(column, flat=True)
        return Counter(MISSING if value in (None, "") else str(value) for value in values)

    return count


def test_it_accounts_for_every_row(report: dict[str, Any], figures: dict[str, Any]) -> None:
    rows = report["rows"]
    assert rows["read"] == figures["n_events"] == rows["imported"] + rows["merged"]
    assert (rows["rejected"], rows["adds_up"], report["agrees"]) == (0, True, True)
    assert report["incidents"]["new"] == Incident.objects.count() == figures["n_incidents"]
    assert report["rows_by_state"] == figures["events_by_state"]
    assert {check["what"] for check in report["checks"]} == {"rows", "incidents", "status", "priority", "team"}


def test_it_shows_the_last_state_priority_and_group(
    names: Callable[[str], Counter[str]], figures: dict[str, Any]
) -> None:
    assert names("status") == {STATUS[k][0]: n for k, n in figures["last_row_state"].items()}
    assert names("priority") == {k[0]: n for k, n in figures["last_priority"]["distribution"].items()}
    assert names("impact") == {k[0]: n for k, n in figures["last_impact"]["distribution"].items()}
    groups = names("team__name")
    assert groups[MISSING] == figures["last_assignment_group"]["missing"]
    assert len(groups) - 1 == figures["last_assignment_group"]["distinct_non_missing"]
    assert {name: groups[name] for name in figures["last_assignment_group"]["top20"]} == figures[
        "last_assignment_group"
    ]["top20"]


@pytest.mark.parametrize(
    ("column", "figure"),
    [
        ("assignee__name", "last_assigned_to"),
        ("requester__name", "last_caller_id"),
        ("logged_by__name", "last_opened_by"),
        ("resolved_by__name", "last_resolved_by"),
        ("location", "last_location"),
        ("custom__symptom", "last_u_symptom"),
    ],
)
def test_it_knows_people_places_and_symptoms(
    names: Callable[[str], Counter[str]], figures: dict[str, Any], column: str, figure: str
) -> None:
    found, wanted = names(column), figures[figure]
    assert found[MISSING] == wanted["missing"]
    assert len(found) - (MISSING in found) == wanted["distinct_non_missing"]
    top = {" ".join(name.split()): n for name, n in wanted["top20"].items()}
    assert {name: found[name] for name in top} == top


def test_it_keeps_categories_codes_and_counters(names: Callable[[str], Counter[str]], figures: dict[str, Any]) -> None:
    codes = {name.replace(" ", "-"): n for name, n in figures["last_closed_code"]["distribution"].items()}
    assert names("resolution_code") == codes
    tops = Counter(
        row.category.parent.name if row.category and row.category.parent else row.category.name if row.category else ""
        for row in Incident.objects.select_related("category__parent")
    )
    wanted = figures["last_category"]["distribution"]
    assert {name: tops[name] for name in wanted if name != MISSING} == {k: n for k, n in wanted.items() if k != MISSING}
    assert names("reopen_count") == figures["reopened"]["distribution_last_row"]
    assert names("reassignment_count") == figures["reassignment_last_row"]["distribution"]
    assert names("custom__source_made_sla") == {
        "True": figures["made_sla_last_row"]["true"],
        "False": figures["made_sla_last_row"]["false"],
    }


def test_it_logs_each_with_the_weight_it_had_first(histories: dict[int, list[Event]], figures: dict[str, Any]) -> None:
    first = Counter(events[0].data["changes"]["priority"][1] for events in histories.values())
    assert first == {int(k[0]): n for k, n in figures["first_priority"].items()}
    assert {events[0].kind for events in histories.values()} == {"logged"}
    reopened = sum(event.kind == "reopened" for events in histories.values() for event in events)
    assert reopened == figures["reopened"]["such_state_changes"]


def test_it_can_be_seen_as_it_was_at_any_time(histories: dict[int, list[Event]], figures: dict[str, Any]) -> None:
    teams = dict(Team.objects.values_list("pk", "name"))
    for at, wanted in figures["replay_snapshots"].items():
        states = _as_of(histories, datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=UTC))
        assert len(states) == wanted["incidents_seen"], at
        by_state = Counter((state.status, state.hold_reason) for state in states)
        assert by_state == {STATUS[k]: n for k, n in wanted["by_state"].items()}, at
        active = [state for state in states if state.status != "closed"]
        assert len(active) == wanted["open_active_true"], at
        by_priority = Counter(state.priority for state in active)
        assert by_priority == {int(k[0]): n for k, n in wanted["open_by_priority"].items()}, at
        groups = Counter(teams[state.team_id] if state.team_id else MISSING for state in active)
        assert {name: groups[name] for name in wanted["open_top5_groups"]} == wanted["open_top5_groups"], at


def _as_of(histories: dict[int, list[Event]], at: datetime) -> list[IncidentState]:
    """The states by what had happened before `at`, of the incidents of which the source had a row by then.

    `logged` alone is no row: it happened when the incident was opened, which the source wrote down some minutes later.
    """
    states = []
    for pk, events in histories.items():
        told = [event for event in events if event.occurred_at < at]
        first_row_told_more = len(events) > 1 and events[1].cause["line"] == events[0].cause["line"]
        if len(told) > 1 or (told and not first_row_told_more):
            states.append(fold(pk, told))
    return states


def test_no_event_knows_what_had_not_happened_yet(histories: dict[int, list[Event]]) -> None:
    for pk, events in histories.items():
        state = IncidentState(id=pk)
        for event in events:
            state = evolve(state, event)
            for name, (_, new) in event.data.get("changes", {}).items():
                if name in ("resolved_at", "closed_at", "restored_at", "acknowledged_at") and new:
                    assert datetime.fromisoformat(new) <= event.occurred_at, (pk, event.position, name)
            if state.status not in ("resolved", "closed"):
                known = (state.resolved_at, state.closed_at, state.resolution_code, state.resolved_by_id)
                assert not any(known), (pk, event.position)


def test_the_end_is_what_the_source_says(histories: dict[int, list[Event]], figures: dict[str, Any]) -> None:
    closed = Counter(f"{at:%Y-%m-%d}" for at in Incident.objects.values_list("closed_at", flat=True))
    assert closed == figures["closed_by_day"]
    resolved: Counter[str] = Counter()
    for events in histories.values():
        told = [event for event in events if "resolved_at" in event.data.get("changes", {})]
        if told and "resolved_at" not in told[-1].data.get("inferred", ()):  # the source has an instant of its own
            resolved[told[-1].data["changes"]["resolved_at"][1][:10]] += 1
    assert resolved == figures["resolved_by_day"]


def test_folding_gives_every_row(report: dict[str, Any]) -> None:
    result = verify_projections(sample=2_000)
    assert result.is_clean, result.differences[:5]
