"""What Alertmanager's webhook sends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, KeyKind, Link, Severity
from tests.intake.dialects.received import one, read, real, refused

UNSET = "0001-01-01T00:00:00Z"
LABELS = {"alertname": "InstanceDown", "instance": "web1:9100", "severity": "critical"}


def alert(**more: Any) -> dict[str, Any]:
    return {
        "status": "firing", "labels": LABELS, "annotations": {"summary": "web1 is down"},
        "startsAt": "2026-03-02T09:00:00Z", "endsAt": UNSET, "fingerprint": "f404ecabc8dd5cd7", **more,
    }  # fmt: skip


def body(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "4", "groupKey": "g", "status": "firing", "receiver": "allclear", "alerts": list(alerts), **more}


@pytest.mark.shared
def test_it_reads_a_real_message(shared_data: Path) -> None:
    reading = read("alertmanager", real(shared_data, "alertmanager_1"))
    assert reading.answer.status == 200
    first, second = reading.events
    assert (first.action, first.key, first.key_kind) == (Action.TRIGGER, "f404ecabc8dd5cd7", KeyKind.FINGERPRINT)
    assert (second.key, second.source, second.labels["group"]) == ("f8f08d4e32c61a9d", "localhost:8082", "canary")
    assert (first.title, first.severity) == ("Instance localhost:8081 down", Severity.CRITICAL)
    assert first.description == "localhost:8081 of job node has been down for more than 1 minute."
    assert first.occurred_at == datetime(2023, 6, 12, 8, 24, 38, 326000, UTC)


def test_it_reads_firing_and_resolved_alerts_of_one_message() -> None:
    """Resolved alerts may lack the annotations that they had while they fired."""
    over = alert(status="resolved", annotations={}, endsAt="2026-03-02T09:30:00Z", fingerprint="aa")
    reading = read("alertmanager", body(alert(), over))
    assert [event.action for event in reading.events] == [Action.TRIGGER, Action.RESOLVE]
    assert reading.events[1].title == "InstanceDown"
    assert reading.events[1].occurred_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_it_links_to_what_the_alert_names() -> None:
    event = one(
        "alertmanager",
        body(
            alert(
                generatorURL="https://prometheus.example.org/graph",
                annotations={
                    "summary": "Down",
                    "runbook_url": "https://wiki.example.org/down",
                    "dashboard": "not a link",
                },
            ),
            externalURL="https://alertmanager.example.org",
        ),
    )
    assert event.links == (
        Link("https://prometheus.example.org/graph", "Source"),
        Link("https://wiki.example.org/down", "Runbook"),
        Link("https://alertmanager.example.org", "allclear"),
    )


def test_it_makes_one_of_alerts_that_differ_in_a_label_that_does_not_count() -> None:
    pair = [alert(labels={**LABELS, "replica": name}, fingerprint=name * 16) for name in ("a", "b")]
    first, second = read("alertmanager", body(*pair), options={"drop_labels": ["replica"]}).events
    assert first.key == second.key
    assert "replica" not in first.labels
    kept = read("alertmanager", body(*pair), options={"drop_labels": []}).events
    assert [event.key for event in kept] == ["a" * 16, "b" * 16]


def test_it_makes_a_key_of_the_labels_where_there_is_no_fingerprint() -> None:
    keys = {one("alertmanager", body(alert(fingerprint=None, labels=labels))).key for labels in (LABELS, {"a": "b"})}
    assert len(keys) == 2
    assert all(len(key) == 16 for key in keys)


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({}, "alerts"),
        ([], "object"),
        (body("x"), "alerts[0]"),  # type: ignore[arg-type]  # wrong on purpose
        (body(alert(labels=[]), alert(labels=5)), "alerts[1].labels"),
        (body(alert(labels={})), "alerts[0].labels"),
        (body(alert(status="odd")), "alerts[0].status"),
        (body(alert(annotations=[])), "alerts[0].annotations"),
        (body(alert(annotations={"summary": {}})), "alerts[0].annotations.summary"),
        ({"alerts": {}}, "alerts"),
    ],
)
def test_it_names_the_place_of_what_is_wrong(broken: Any, place: str) -> None:
    reason, answer = refused("alertmanager", broken)
    assert place in reason
    assert answer.status == 400


def test_it_takes_a_message_without_alerts() -> None:
    assert read("alertmanager", body()).events == []


@pytest.mark.shared
@pytest.mark.parametrize("name", ["prometheus_1", "prometheus_4"])
def test_it_refuses_an_alert_without_the_webhooks_envelope(shared_data: Path, name: str) -> None:
    reason, _ = refused("alertmanager", real(shared_data, name))
    assert "alerts" in reason


def test_a_small_message_does_not_become_a_large_one() -> None:
    """What stands once in a message must not be copied at length into each of its alerts."""
    many = body(*[alert(labels={"a": str(n)}) for n in range(1000)], groupKey="x" * 100_000, receiver="y" * 100_000)
    events = read("alertmanager", many).events
    assert max(len(str(event.details)) for event in events) < 2_000
    assert read("alertmanager", body(alert(), orgId={"a": "x" * 9000})).events[0].details.get("orgId") is None
