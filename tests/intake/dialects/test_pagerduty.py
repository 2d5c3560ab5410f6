"""What PagerDuty's clients send."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, KeyKind, Link, Severity
from allclear.intake.dialects import DIALECTS
from tests.intake.dialects.received import one, read, real, refused, request

KEY = "0123456789abcdef0123456789abcdef"
PAYLOAD = {"summary": "Disk full", "source": "web1", "severity": "critical"}


def trigger(**more: Any) -> dict[str, Any]:
    return {"routing_key": KEY, "event_action": "trigger", "dedup_key": "disk@web1", "payload": PAYLOAD, **more}


def test_it_reads_a_trigger() -> None:
    body = trigger(
        payload={
            **PAYLOAD,
            "timestamp": "2015-07-17T08:42:58.315+0000",
            "component": "sda1",
            "group": "storage",
            "class": "disk",
            "custom_details": {"free": 0, "mount": "/", "description": "Nothing left.", "list": ["a", "b"]},
        },
        links=[{"href": "https://example.org/graph", "text": "Graph"}],
        images=[{"src": "https://example.org/g.png", "alt": "Graph"}, {"src": "javascript:alert(1)"}],
        client="Nagios",
        client_url="https://nagios.example.org",
    )
    reading = read("pagerduty", body, "v2/enqueue")
    assert reading.answer.status == 202
    assert reading.answer.body == {"status": "success", "message": "Event processed", "dedup_key": "disk@web1"}
    (event,) = reading.events
    assert (event.action, event.key, event.title) == (Action.TRIGGER, "disk@web1", "Disk full")
    assert (event.severity, event.source) == (Severity.CRITICAL, "web1")
    assert event.occurred_at == datetime(2015, 7, 17, 8, 42, 58, 315000, UTC)
    assert event.labels == {
        "component": "sda1", "group": "storage", "class": "disk", "client": "Nagios", "free": "0", "mount": "/",
        "description": "Nothing left.", "list": "a, b",
    }  # fmt: skip
    assert event.description == "Nothing left."
    assert event.links == (Link("https://example.org/graph", "Graph"), Link("https://nagios.example.org", "Nagios"))
    assert [image.src for image in event.images] == ["https://example.org/g.png"]


def test_it_gives_back_the_key_that_it_made() -> None:
    """A resolve that names the returned key must meet the alert: so the made key is one like any other."""
    first = read("pagerduty", trigger(dedup_key=None), "v2/enqueue")
    second = read("pagerduty", trigger(dedup_key=""), "v2/enqueue")
    made = [reading.answer.body["dedup_key"] for reading in (first, second)]
    assert made == [reading.events[0].key for reading in (first, second)]
    assert made[0] != made[1]
    assert first.events[0].key_kind is KeyKind.GIVEN


@pytest.mark.parametrize(("word", "action"), [("acknowledge", Action.ACKNOWLEDGE), ("resolve", Action.RESOLVE)])
def test_it_needs_no_payload_to_end(word: str, action: Action) -> None:
    event = one("pagerduty", {"routing_key": KEY, "event_action": word, "dedup_key": "a"}, "v2/enqueue")
    assert (event.action, event.key, event.title) == (action, "a", "")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {"event_action": "trigger"},
            [f"'payload.{n}' is missing or blank" for n in ("summary", "source", "severity")],
        ),
        (trigger(payload={**PAYLOAD, "source": " "}), ["'payload.source' is missing or blank"]),
        (trigger(payload={**PAYLOAD, "summary": {}}), ["“payload.summary” must be a text, but it is an object."]),
        (trigger(payload=[]), ["“payload” must be an object, but it is a list."]),
        ({"event_action": "resolve"}, ["'dedup_key' is missing or blank"]),
        (trigger(event_action="open"), ["'event_action' must be one of: trigger, acknowledge, resolve"]),
        (trigger(links=["x"]), ["“links[0]” must be an object, but it is a text."]),
        (trigger(links={}), ["“links” must be a list, but it is an object."]),
    ],
)
def test_it_says_all_that_is_wrong_as_pagerduty_does(body: dict[str, Any], errors: list[str]) -> None:
    reason, answer = refused("pagerduty", body, "v2/enqueue")
    assert answer.status == 400
    assert answer.body["status"] == "invalid event"
    assert answer.body["message"] == "Event object is invalid"
    found = [error for error in answer.body["errors"] if error in errors]
    assert found == errors
    assert all(error in reason for error in errors)


def test_it_cuts_a_summary_at_1024_characters() -> None:
    event = one("pagerduty", trigger(payload={**PAYLOAD, "summary": "x" * 2000}))
    assert len(event.title) == 1024
    assert event.title.endswith("x…")


@pytest.mark.parametrize(
    ("word", "severity"), [("P1", Severity.CRITICAL), ("purple", Severity.UNKNOWN), (3, "unknown")]
)
def test_it_takes_whatever_word_a_template_made_of_the_severity(word: Any, severity: Severity) -> None:
    assert one("pagerduty", trigger(payload={**PAYLOAD, "severity": word})).severity == severity


def test_it_finds_the_labels_in_what_alertmanager_writes() -> None:
    written = (
        "Labels:\n - alertname = Load\n - instance = {0}\n - severity = warning\n"
        "Annotations:\n - summary = x = y\nSource: http://prometheus/graph\n"
    )
    details = {"firing": written.format("web1") * 2, "num_firing": "2", "num_resolved": "0", "resolved": ""}
    payload = {**PAYLOAD, "source": "Alertmanager", "group": "g", "custom_details": details}
    event = one("pagerduty", trigger(payload=payload, client="Alertmanager", client_url="http://alertmanager"))
    assert event.labels == {
        "group": "g", "client": "Alertmanager", "alertname": "Load", "instance": "web1", "severity": "warning",
    }  # fmt: skip
    assert event.source == "web1"
    payload["custom_details"] = {"firing": written.format("web1") + written.format("web2")}
    event = one("pagerduty", trigger(payload=payload, client="Alertmanager"))
    assert "instance" not in event.labels  # not common to both
    assert event.source == "Alertmanager"


@pytest.mark.shared
@pytest.mark.parametrize("name", ["pagerduty_events_v2_1", "pagerduty_events_v2_2"])
def test_it_reads_real_change_events(shared_data: Path, name: str) -> None:
    body = real(shared_data, name)
    reading = read("pagerduty", body, "v2/change/enqueue")
    assert reading.answer.body == {"status": "success", "message": "Change event processed"}
    (event,) = reading.events
    assert (event.action, event.title, event.source) == (
        Action.CHANGE,
        body["payload"]["summary"],
        body["payload"]["source"],
    )
    assert event.links[0].text == "View in Build Pipeline"
    assert DIALECTS["pagerduty"].key_of(request(body)) == body["routing_key"]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["nagios_1", "nagios_2", "nagios_3", "zabbix_1"])
def test_it_names_the_older_api_that_some_agents_speak(shared_data: Path, name: str) -> None:
    reason, answer = refused("pagerduty", real(shared_data, name), "v2/enqueue")
    assert "v1" in reason
    assert answer.status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b'{"routing_key": 5}', b"\xff\xfe\x00"])
def test_it_finds_no_key_in_a_broken_body(body: bytes) -> None:
    assert DIALECTS["pagerduty"].key_of(request(body)) is None


def test_it_refuses_in_pagerdutys_own_form() -> None:
    refuse = DIALECTS["pagerduty"].refuse
    assert refuse(401, "No key.").status == 400
    assert refuse(401, "No key.").body["errors"] == ["No key."]
    assert refuse(429, "Slowly.").body["status"] == "throttle exceeded"
    assert refuse(503, "Later.").status == 503
