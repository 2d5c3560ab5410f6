"""From events to alerts: what each event does, and laws that hold for every sequence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts import Action, Event, Link, Severity
from allclear.domain.alerts.folding import (
    KEPT_CHANGES,
    MOST_GROWN,
    AlertState,
    calm_at,
    flaps,
    fold_event,
    is_worse,
    worst,
)
from allclear.domain.alerts.rules import FlappingLimit

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIMIT = FlappingLimit(4, timedelta(minutes=60))


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def event(action: Action = Action.TRIGGER, **more: object) -> Event:
    return Event(action, "disk@web1", **more)  # type: ignore[arg-type]  # keywords by name


def begun(**more: object) -> AlertState:
    state = fold_event(None, event(title="Disk full", severity=Severity.ERROR), T0, LIMIT).state
    assert state is not None
    return replace(state, **more)  # type: ignore[arg-type]  # keywords by name


@pytest.mark.parametrize(
    ("action", "without", "with_one"),
    [
        (Action.TRIGGER, "opened", "repeated"),
        (Action.ACKNOWLEDGE, "unknown", "acknowledged"),
        (Action.RESOLVE, "unknown", "resolved"),
        (Action.NOTE, "unknown", "noted"),
        (Action.UPDATE, "unknown", "noted"),
        (Action.PING, "noted", "noted"),
        (Action.CHANGE, "noted", "noted"),
    ],
)
def test_it_says_what_became_of_an_event(action: Action, without: str, with_one: str) -> None:
    assert fold_event(None, event(action), at(1), LIMIT).outcome == without
    assert fold_event(begun(), event(action), at(1), LIMIT).outcome == with_one


def test_it_begins_with_what_the_event_says() -> None:
    links = (Link("https://x.example", "Graph"),)
    state = fold_event(None, event(title="A", labels={"a": "b"}, links=links, source="web1"), T0, LIMIT).state
    assert state is not None
    assert (state.title, state.labels, state.source) == ("A", {"a": "b"}, "web1")
    assert state.links == [{"href": "https://x.example", "text": "Graph"}]
    assert (state.first_seen_at, state.last_seen_at, state.event_count, state.changes) == (T0, T0, 1, (T0,))


def test_it_is_called_by_its_key_when_nothing_else_is_said() -> None:
    state = fold_event(None, event(), T0, LIMIT).state
    assert state and state.title == "disk@web1"


def test_what_an_event_does_not_say_stays() -> None:
    state = begun(labels={"a": "b"}, description="97 %")
    after = fold_event(state, event(title="Disk fuller"), at(1), LIMIT)
    assert after.outcome == "changed" and after.state
    assert (after.state.title, after.state.labels, after.state.description) == ("Disk fuller", {"a": "b"}, "97 %")
    assert after.state.severity == Severity.ERROR


def test_an_update_adds_to_what_is_there() -> None:
    details = {"tags": ["a"], "details": {"rack": "7"}, "user": "Kim"}
    state = begun(labels={"rack": "7"}, details=details)
    more = {"tags": ["a", "b"], "details": {"unit": "3"}, "user": "Lee", "request": "tags"}
    after = fold_event(state, event(Action.UPDATE, labels={"unit": "3"}, details=more), at(1), LIMIT)
    assert after.outcome == "changed" and after.state
    assert after.state.labels == {"rack": "7", "unit": "3"}
    assert after.state.details == {"tags": ["a", "b"], "details": {"rack": "7", "unit": "3"}, "user": "Kim"}
    assert (after.state.title, after.state.severity) == (state.title, state.severity)


def test_updates_add_no_more_than_fits_and_change_what_is_there() -> None:
    state = begun(labels={"rack": "7"}, details={"tags": ["a"], "details": {"rack": "7"}})
    for n in range(300):
        more = {"tags": [f"t{n}"], "details": {f"d{n}": "x", "rack": str(n)}}
        update = event(Action.UPDATE, labels={f"l{n}": "x", "rack": str(n)}, details=more)
        state = fold_event(state, update, T0, LIMIT).state or begun()
    assert len(state.labels) == len(state.details["tags"]) == len(state.details["details"]) == MOST_GROWN
    assert state.labels["rack"] == state.details["details"]["rack"] == "299"


def test_an_update_keeps_an_acknowledgement() -> None:
    owned = fold_event(begun(), event(Action.ACKNOWLEDGE), at(1), LIMIT).state
    after = fold_event(owned, event(Action.UPDATE, severity=Severity.CRITICAL), at(2), LIMIT).state
    assert after and (after.status, after.severity) == ("acknowledged", Severity.CRITICAL)


def test_it_counts_and_moves_what_was_heard_last_and_never_back() -> None:
    state = begun()
    for minutes in (3, 1, 2):
        state = fold_event(state, event(), at(minutes), LIMIT).state or state
    assert (state.event_count, state.last_seen_at) == (4, at(3))


def test_the_first_acknowledgement_counts_and_more_events_leave_it_acknowledged() -> None:
    state = begun()
    for minutes, action in ((1, Action.ACKNOWLEDGE), (2, Action.ACKNOWLEDGE), (3, Action.TRIGGER)):
        state = fold_event(state, event(action), at(minutes), LIMIT).state or state
    assert (state.status, state.acknowledged_at) == ("acknowledged", at(1))


def test_after_it_is_over_the_key_begins_anew_and_remembers_its_changes() -> None:
    over = fold_event(begun(), event(Action.RESOLVE), at(5), LIMIT).state
    assert over and (over.status, over.resolved_at, over.resolved_by) == ("resolved", at(5), "source")
    again = fold_event(None, event(), at(6), LIMIT, over.changes).state
    assert again and (again.event_count, again.first_seen_at, again.changes) == (1, at(6), (T0, at(5), at(6)))


def test_it_flaps_after_so_many_changes_and_is_calm_after_half_the_span() -> None:
    changes = [at(0), at(10), at(20)]
    assert not flaps(changes, at(20), LIMIT)
    changes.append(at(30))
    assert flaps(changes, at(30), LIMIT)
    assert calm_at(changes, LIMIT) == at(60)
    assert flaps(changes, at(59), LIMIT, was=True)
    assert not flaps(changes, at(60), LIMIT, was=True)
    assert not flaps(changes, at(100), LIMIT)


def test_severities_have_an_order() -> None:
    assert is_worse("critical", "error") and not is_worse("error", "error") and not is_worse("info", "warning")
    assert is_worse("info", "unknown") and not is_worse("unknown", "info")
    assert worst(["info", "error", "unknown"]) == "error"
    assert worst([]) == "unknown"


events = st.builds(
    lambda action, title, severity, labels: event(action, title=title, severity=severity, labels=labels),
    st.sampled_from(Action),
    st.sampled_from(["", "A", "B"]),
    st.sampled_from(Severity),
    st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"])),
)


@given(st.lists(events, max_size=40), st.integers(0, 300))
def test_laws_of_every_sequence(sequence: list[Event], gap: int) -> None:
    state: AlertState | None = None
    counted = 0
    for number, one in enumerate(sequence):
        before = state if state and state.is_open else None
        folded = fold_event(before, one, at(number * gap / 60), LIMIT, state.changes if state else ())
        state = folded.state or state
        if folded.outcome == "opened":
            counted = 1
        elif folded.outcome != "unknown" and one.action not in (Action.PING, Action.CHANGE):
            counted += 1
        if state:
            assert state.event_count == counted
            assert (state.status == "resolved") == (state.resolved_at is not None)
            assert state.first_seen_at and state.last_seen_at and state.first_seen_at <= state.last_seen_at
            assert len(state.changes) <= KEPT_CHANGES and list(state.changes) == sorted(state.changes)
            assert state.title


@given(st.lists(events, max_size=20))
def test_what_repeats_itself_changes_nothing_but_the_count(sequence: list[Event]) -> None:
    state: AlertState | None = None
    for number, one in enumerate(sequence):
        state = fold_event(state if state and state.is_open else None, one, at(number), LIMIT).state
    if state and state.is_open:
        again = Event(Action.TRIGGER, "disk@web1", labels=state.labels)
        folded = fold_event(state, again, at(99), LIMIT)
        assert folded.outcome == "repeated" and folded.state
        assert replace(folded.state, event_count=state.event_count, last_seen_at=state.last_seen_at) == state
