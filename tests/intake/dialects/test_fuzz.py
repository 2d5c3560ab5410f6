"""Whatever arrives, a dialect gives events that are fit to be kept, or says in words why it cannot."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.alerts import LONGEST_TITLE, Action, as_data, event_from
from allclear.domain.alerts.kinds import checked
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from tests.intake.dialects.mutations import mutated
from tests.intake.dialects.received import NOW, request

KINDS = sorted(DIALECTS)
PATHS = {
    "pagerduty": ["v2/enqueue", "v2/change/enqueue"],
    "opsgenie": ["v2/alerts", "v2/alerts/a/close", "v2/alerts/a/message", ""],
    "heartbeat": ["backup", "8e0ef7c5-0a5d-4b63-a2a4-bb1d18e0f2d8/start", "x/1"],
}
TYPES = [
    "application/json", "", "application/x-www-form-urlencoded", "application/cloudevents+json",
    "application/cloudevents-batch+json", "text/plain; charset=utf-16", "application/json; charset=nonsense",
]  # fmt: skip
NAMES = [  # fields that dialects read
    "alerts", "labels", "annotations", "status", "startsAt", "endsAt", "fingerprint",
    "title", "message", "severity", "routing_key", "event_action", "payload", "summary",
    "source", "dedup_key", "links", "images", "href", "data", "event",
    "issue", "id", "incident", "state", "incident_id", "schemaId", "essentials",
    "specversion", "type", "Records", "Sns", "Message", "Type", "TopicArn",
    "host", "service", "event_id", "event_value", "tags", "alert_id", "ruleId",
    "ruleName", "alert", "alias", "action", "metric_alert", "resource", "custom_details",
    "details", "subject", "time", "Trigger", "Dimensions", "AlarmName", "NewStateValue",
]  # fmt: skip
MAILS = [
    b"From: Backup <backup@example.org>\r\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fe?= CRITICAL\r\nMessage-ID: <1@x>\r\n"
    b"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nDisk =C3=BC full\r\n",
    b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+SGk8L3A+\r\n"
    b"--b--\r\n",
]
WORDS = ["firing", "resolved", "trigger", "resolve", "open", "closed", "1", "0", "ALARM", "alerting", "1.0", "\x00", ""]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=25,
)


def _labelled(name: str) -> dict[str, Any]:
    return {"status": "firing", "labels": {"alertname": name}}


GOOD: dict[str, Callable[[str], dict[str, Any]]] = {  # an alert of each dialect whose messages have several
    "alertmanager": _labelled, "grafana": _labelled, "prometheus": _labelled,
    "json": lambda name: {"title": name},
    "cloudevents": lambda name: {"specversion": "1.0", "id": name, "source": "/", "type": "t", "data": {"title": name}},
}  # fmt: skip
HEADERS = [
    "content-type", "authorization", "sentry-hook-resource", "sentry-hook-signature", "ce-id", "ce-type", "ce-source",
    "ce-specversion", "ce-subject", "webhook-request-origin",
]  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(["rid", "create", "identifierType"]), st.lists(st.text(max_size=40), max_size=2)
)


def outcome(dialect: Dialect, received: Received) -> Reading | None:
    """What became of it; None where it was refused with words."""
    try:
        reading = dialect.read(received)
    except Unreadable as error:
        assert isinstance(error.reason, str)
        assert len(error.reason.split()) >= 3
        assert (error.answer or dialect.refuse(error.status, error.reason)).status in range(400, 600)
        sendable(error.answer or dialect.refuse(error.status, error.reason))
        return None
    sendable(reading.answer)
    for event in reading.events:
        fit(event)
    return reading


def sendable(answer: Answer) -> None:
    orjson.dumps(answer.body)
    assert all(isinstance(text, str) for header in answer.headers.items() for text in header)


def fit(event: Any) -> None:
    """What the tables, the fold and the screens rely on."""
    assert event.key
    assert event.title or event.action is not Action.TRIGGER
    assert len(event.title) <= LONGEST_TITLE
    assert len(event.source) <= 500
    assert all(isinstance(text, str) and text for label in event.labels.items() for text in label)
    assert all(link.href.lower().startswith(("http://", "https://")) for link in event.links)
    assert all(image.src.lower().startswith(("http://", "https://")) for image in event.images)
    assert event.occurred_at is None or event.occurred_at.utcoffset() is not None
    json.dumps(as_data(event), ensure_ascii=False).encode()
    stored = json.loads(json.dumps(as_data(event), allow_nan=False))
    assert json.dumps(as_data(event_from(stored)), sort_keys=True) == json.dumps(stored, sort_keys=True)


def arrivals(kind: str, body: bytes, rng: random.Random) -> Iterator[Received]:
    for path in PATHS.get(kind, [""]):
        headers = {"content-type": rng.choice(TYPES)}
        yield request(body, path, headers=headers)
    yield request(body, PATHS.get(kind, [""])[0], headers={"content-type": TYPES[0]})


@pytest.mark.parametrize("kind", KINDS)
@given(value=VALUES, seed=st.integers(0, 2**16))
@settings(max_examples=120)
def test_it_bears_whatever_json_arrives(kind: str, value: Any, seed: int) -> None:
    body = json.dumps(value).encode()
    for received in arrivals(kind, body, random.Random(seed)):
        outcome(DIALECTS[kind], received)


@pytest.mark.parametrize("kind", sorted(GOOD))
@given(bad=VALUES, at=st.integers(0, 3))
@settings(max_examples=120)
def test_no_alert_keeps_the_others_of_its_message_out(kind: str, bad: Any, at: int) -> None:
    names = ["one", "two", "three"]
    good = [GOOD[kind](name) for name in names]
    alerts = [*good[:at], bad, *good[at:]]
    body = {"status": "firing", "alerts": alerts} if kind in ("alertmanager", "grafana") else alerts
    headers = {"content-type": "application/cloudevents-batch+json" if kind == "cloudevents" else TYPES[0]}
    reading = outcome(DIALECTS[kind], request(body, headers=headers))
    assert reading is not None
    assert [event.title for event in reading.events if event.title in names] == names
    assert len(reading.events) == (3 if reading.left_out else 4)


@pytest.mark.parametrize("kind", KINDS)
@given(body=st.binary(max_size=200), path=st.text(max_size=30), query=QUERIES)
@settings(max_examples=60)
def test_it_bears_whatever_bytes_and_paths_arrive(
    kind: str, body: bytes, path: str, query: dict[str, list[str]]
) -> None:
    for method in ("POST", "PUT", "DELETE", "GET", "OPTIONS"):
        outcome(DIALECTS[kind], request(body, path, method=method, query=query))


@pytest.mark.parametrize("kind", KINDS)
@given(headers=st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=40)))
@settings(max_examples=40)
def test_it_bears_whatever_headers_arrive(kind: str, headers: dict[str, str]) -> None:
    dialect = DIALECTS[kind]
    received = request(b'{"data": {"title": "x"}}', headers=headers)
    outcome(dialect, received)
    key = dialect.key_of(received)
    assert key is None or isinstance(key, str)


@pytest.mark.parametrize("kind", KINDS)
def test_it_reads_its_own_example_under_its_own_defaults(kind: str) -> None:
    dialect = DIALECTS[kind]
    options = checked(dialect.options, {})
    assert dialect.problems(options) == {}
    if dialect.example is None:
        assert kind in ("cloudwatch", "email", "heartbeat")  # signed; a mail; needs a heartbeat that is there
        return
    headers = {"content-type": dialect.example.content_type, **dialect.example.headers}
    reading = outcome(dialect, request(dialect.example.body, dialect.example.path, headers=headers, options=options))
    assert reading is not None
    assert [event.action for event in reading.events] == [Action.TRIGGER]
    assert "Allclear" in reading.events[0].title or "allclear" in reading.events[0].title


@pytest.mark.shared
@pytest.mark.parametrize("kind", KINDS)
def test_it_bears_every_real_payload_however_it_was_broken(shared_data: Path, kind: str) -> None:
    """Each payload goes to each dialect: people do paste the wrong address."""
    rng, dialect = random.Random(20260302), DIALECTS[kind]
    read = 0
    for file in sorted((shared_data / "alerts").glob("*.json")):
        raw = file.read_bytes()
        read += sum(outcome(dialect, request(raw, path)) is not None for path in PATHS.get(kind, [""]))
        for body in mutated(raw, rng, 25):
            for received in arrivals(kind, body, rng):
                outcome(dialect, received)
    assert read or kind in ("prometheus", "cloudevents", "email")  # of which there is no real payload


def test_it_bears_every_mail_however_it_was_broken() -> None:
    rng = random.Random(20260302)
    for raw in MAILS:
        assert outcome(DIALECTS["email"], request(raw)) is not None
        for _ in range(150):
            broken = bytearray(raw)
            for _ in range(rng.randint(1, 6)):
                at = rng.randrange(len(broken))
                broken[at : at + rng.randint(0, 9)] = rng.choice(
                    (b"", b"\r\n", b"=?", b"\xff", b"\x00", b";", b'"', b":")
                )
            outcome(DIALECTS["email"], request(bytes(broken[: rng.randint(1, len(broken))])))


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_how_to_set_it_up(kind: str) -> None:
    steps = DIALECTS[kind].setup
    assert len(steps) >= 2
    assert any("{url}" in step.code or "{base}" in step.code or "{key}" in step.code for step in steps)
    assert all(step.text for step in steps)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"prometheus"}))
def test_no_clock_decides_what_was_said(kind: str) -> None:
    """Only Prometheus says when an alert would be over, and leaves it to us to look at the clock."""
    example = DIALECTS[kind].example
    body, path = (example.body, example.path) if example else ("{}", PATHS.get(kind, [""])[0])
    headers = {"content-type": example.content_type} if example else {}
    read = [
        outcome(DIALECTS[kind], request(body, path, headers=headers, at=at)) for at in (NOW, NOW.replace(year=2040))
    ]
    said = [[event.action for event in reading.events] if reading else None for reading in read]
    assert said[0] == said[1]
