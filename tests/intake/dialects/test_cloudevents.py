"""CloudEvents 1.0 over HTTP, in its three modes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from allclear.domain.alerts import Action, KeyKind, Severity
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.cloudevents import preview
from tests.intake.dialects.received import one, read, refused

EVENT = {
    "specversion": "1.0", "id": "A234", "source": "/web1", "type": "com.example.disk.firing", "subject": "/dev/sda1",
    "time": "2026-03-02T09:00:00Z", "data": {"title": "Disk full", "severity": "critical", "labels": {"env": "prod"}},
}  # fmt: skip
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
BINARY = {f"ce-{name}": str(value) for name, value in EVENT.items() if name != "data"}
# as the CNCF's SDK writes data that it was given as bytes
PACKED = {name: value for name, value in EVENT.items() if name != "data"} | {
    "data_base64": base64.b64encode(json.dumps(EVENT["data"]).encode()).decode()
}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (EVENT, STRUCTURED),
        ([EVENT], BATCH),
        (EVENT["data"], BINARY),  # the SDK sends no content type where none was set
        (EVENT["data"], {**BINARY, "content-type": "application/json"}),
        (PACKED, STRUCTURED),
        ([{**PACKED, "datacontenttype": "application/json"}], BATCH),
        (EVENT, {}),
        ([EVENT], {"content-type": "application/json"}),
    ],
)
def test_it_reads_the_same_in_each_mode(body: Any, headers: dict[str, str]) -> None:
    event = one("cloudevents", body, headers=headers)
    assert (event.action, event.title, event.severity) == (Action.TRIGGER, "Disk full", Severity.CRITICAL)
    assert (event.key, event.key_kind) == ("/web1 /dev/sda1 com.example.disk", KeyKind.DERIVED)
    assert event.source_id == "/web1 A234"
    assert event.labels == {"type": "com.example.disk.firing", "event_source": "/web1", "env": "prod"}
    assert event.occurred_at is not None


def test_it_decodes_binary_headers_and_takes_texts() -> None:
    headers = {**BINARY, "ce-subject": "Gr%C3%B6%C3%9Fe", "content-type": "text/plain"}
    event = one("cloudevents", "just words", headers=headers)
    assert event.title == "Größe"
    assert event.details["data"] == "just words"
    packed = {**PACKED, "datacontenttype": "text/plain", "data_base64": base64.b64encode(b"just words").decode()}
    assert one("cloudevents", packed, headers=STRUCTURED).details["data"] == "just words"


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({"type": "com.example.disk.resolved"}, Action.RESOLVE),
        ({"type": "com.example.disk.acknowledged"}, Action.ACKNOWLEDGE),
        ({"type": "com.example.disk"}, Action.TRIGGER),
        ({"data": {"status": "ok"}}, Action.RESOLVE),
        ({"type": "com.example.disk.resolved", "data": {"status": "firing"}}, Action.TRIGGER),
    ],
)
def test_it_knows_by_status_or_type_that_it_is_over(changed: dict[str, Any], action: Action) -> None:
    assert one("cloudevents", {**EVENT, **changed}).action is action


def test_the_events_that_begin_and_end_a_condition_meet() -> None:
    bare = {name: value for name, value in EVENT.items() if name != "subject"}
    firing, over = one("cloudevents", bare), one("cloudevents", {**bare, "type": "com.example.disk.resolved"})
    assert firing.key == over.key == "/web1 com.example.disk"
    assert one("cloudevents", {**EVENT, "dedupkey": "k"}).key == "k"


@pytest.mark.parametrize(
    ("firing", "over"),
    [
        ("com.example.disk.firing", "com.example.disk.resolved"),
        ("com.example.backup.failed", "com.example.backup.success"),
        ("com.example.alert.opened", "com.example.alert.closed"),
        ("com.example.disk", "com.example.disk"),
        ("com.example.problem", "com.example.recovery"),
        ("alert", "resolved"),
    ],
)
def test_types_that_differ_in_how_it_stands_meet_and_others_do_not(firing: str, over: str) -> None:
    about = {**EVENT, "subject": "web1"}
    key = one("cloudevents", {**about, "type": firing}).key
    assert one("cloudevents", {**about, "type": over, "data": {"status": "resolved"}}).key == key
    assert one("cloudevents", {**about, "type": "com.example.cpu.firing"}).key != key  # of the same host
    assert one("cloudevents", {**about, "type": firing, "subject": "web2"}).key != key


@pytest.mark.parametrize("missing", ["id", "source", "type", "specversion"])
def test_it_refuses_an_event_without_what_every_event_needs(missing: str) -> None:
    event = {name: value for name, value in EVENT.items() if name != missing}
    for body, headers in ((event, STRUCTURED), ([event, event], BATCH)):
        reason, answer = refused("cloudevents", body, headers=headers)
        assert missing in reason
        assert answer.status == 400


def test_it_takes_the_good_events_of_a_batch_and_says_what_it_left_out() -> None:
    reading = read("cloudevents", [EVENT, {**EVENT, "id": None}], headers=BATCH)
    assert len(reading.events) == 1
    assert reading.answer.body == {"status": "success", "left_out": reading.left_out}
    assert "lacks: id" in reading.left_out


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({**EVENT, "specversion": "2.0"}, STRUCTURED), (EVENT, BATCH), ([EVENT], STRUCTURED), (b"", BATCH),
        ({**EVENT, "id": {}}, STRUCTURED), ({**PACKED, "data_base64": "?"}, STRUCTURED),
        ([{**PACKED, "data_base64": 5}], BATCH), ([5], BATCH), (b"{", BINARY),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong(body: Any, headers: dict[str, str]) -> None:
    assert refused("cloudevents", body, headers=headers)[1].status == 400


def test_it_shakes_hands() -> None:
    reading = read("cloudevents", method="OPTIONS", headers={"webhook-request-origin": "events.example.org"})
    assert reading.events == []
    assert reading.answer.status == 200
    assert reading.answer.headers["WebHook-Allowed-Origin"] == "events.example.org"
    assert "OPTIONS" in DIALECTS["cloudevents"].methods
    assert "WebHook-Allowed-Origin" not in read("cloudevents", method="OPTIONS").answer.headers


def test_it_previews_its_settings() -> None:
    shown = preview({"title": "data.nothing", "severity": "["}, json.dumps(EVENT).encode())
    assert shown.reading is None
    assert set(shown.problems) == {"title", "severity"}
    fine = preview({}, json.dumps([EVENT]).encode())
    assert fine.reading is not None
    assert fine.found["title"] == "Disk full"
    assert preview({}, json.dumps(PACKED).encode()).found["title"] == "Disk full"
    assert set(preview({}, b"{").problems) == {""}
