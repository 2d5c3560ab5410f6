"""What Prometheus and amtool send to Alertmanager's API."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, KeyKind
from allclear.intake.dialects import DIALECTS
from tests.intake.dialects.received import NOW, one, read, real, refused

LABELS = {"alertname": "HighLoad", "instance": "web1:9100", "severity": "warning"}


def alert(ends_in: timedelta | None = None, **more: Any) -> dict[str, Any]:
    ends_at = (NOW + ends_in).isoformat() if ends_in is not None else "0001-01-01T00:00:00.000Z"
    return {
        "labels": LABELS,
        "annotations": {"summary": "Load"},
        "startsAt": NOW.isoformat(),
        "endsAt": ends_at,
        **more,
    }


@pytest.mark.parametrize(
    ("ends_in", "action"),
    [
        (timedelta(minutes=4), Action.TRIGGER),  # Prometheus: it would be over then if it were not sent again
        (timedelta(microseconds=1), Action.TRIGGER),
        (timedelta(0), Action.RESOLVE),
        (-timedelta(minutes=15), Action.RESOLVE),
        (None, Action.TRIGGER),  # amtool: unset
    ],
)
def test_it_fires_until_its_end_has_come(ends_in: timedelta | None, action: Action) -> None:
    event = one("prometheus", [alert(ends_in)], "api/v2/alerts")
    assert event.action is action
    assert event.key_kind is KeyKind.FINGERPRINT


@pytest.mark.parametrize("ends_at", [None, "", "never", 5])
def test_it_fires_where_no_end_is_told(ends_at: Any) -> None:
    assert one("prometheus", [{"labels": LABELS, "endsAt": ends_at}]).action is Action.TRIGGER


def test_it_answers_with_an_empty_body() -> None:
    reading = read("prometheus", [alert(), alert(labels={"alertname": "Other"})], "api/v2/alerts")
    assert (reading.answer.status, reading.answer.body) == (200, "")
    assert [event.labels["alertname"] for event in reading.events] == ["HighLoad", "Other"]
    assert read("prometheus", []).events == []


def test_it_hears_a_pair_of_servers_once() -> None:
    pair = [alert(labels={**LABELS, "prometheus_replica": name}) for name in ("a", "b")]
    first, second = read("prometheus", pair).events
    assert first.key == second.key


def test_it_tells_alerts_apart_by_all_their_labels() -> None:
    labels = [LABELS, {**LABELS, "instance": "web2:9100"}, {**LABELS, "severity": "critical"}]
    assert len({event.key for event in read("prometheus", [alert(labels=one) for one in labels]).events}) == 3


@pytest.mark.parametrize("labels", [{"query": "x" * 1500}, {f"label_{number:03}": "x" for number in range(150)}])
def test_it_tells_alerts_apart_by_labels_that_are_too_long_or_too_many_to_keep(labels: dict[str, str]) -> None:
    name = max(labels)
    pair = [alert(labels={**LABELS, **labels, name: labels[name] + end}) for end in "ab"]
    first, second = read("prometheus", pair).events
    assert first.key != second.key
    assert max(map(len, first.labels.values())) <= 1000


@pytest.mark.shared
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_it_says_that_a_single_alert_is_no_list(shared_data: Path, number: int) -> None:
    """These payloads imitate Prometheus: its own are lists, of alerts whose summary is an annotation."""
    payload = real(shared_data, f"prometheus_{number}")
    reason, answer = refused("prometheus", payload)
    assert "list" in reason
    assert isinstance(json.loads(answer.body), str)
    assert answer.headers["content-type"] == "application/json"
    event = one("prometheus", [{"labels": payload["labels"], "annotations": {"summary": payload["summary"]}}])
    assert (event.title, event.severity) == (payload["summary"], payload["labels"]["severity"])


@pytest.mark.parametrize(("broken", "place"), [([{}], "[0].labels"), ([{}, 5], "[1]"), ("x", "list"), ({}, "list")])
def test_it_names_the_place_of_what_is_wrong(broken: Any, place: str) -> None:
    assert place in refused("prometheus", json.dumps(broken))[0]


def test_it_refuses_as_alertmanager_does() -> None:
    assert json.loads(DIALECTS["prometheus"].refuse(401, "Who are you?").body) == "Who are you?"
