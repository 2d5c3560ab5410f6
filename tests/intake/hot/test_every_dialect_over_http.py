"""Real payloads, whole and broken, through the hot path into the database and the fold: all of it or nothing of it."""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.integrations import change_integration
from allclear.alerts.actions.replaying import replay_delivery
from allclear.alerts.models import Alert, AlertEvent, Delivery, PendingDelivery
from allclear.alerts.queries import deliveries
from allclear.domain.alerts import event_from
from allclear.intake.dialects import DIALECTS
from allclear.intake.hot.app import Intake
from allclear.kernel import clock
from tests.intake.dialects.mutations import mutated
from tests.intake.hot.conftest import KEY, Source
from tests.intake.hot.driver import Ask, ask, asks

KINDS = sorted(kind for kind, dialect in DIALECTS.items() if dialect.methods)  # mails do not come this way
REST = {"pagerduty": "/v2/enqueue", "opsgenie": "/v2/alerts", "prometheus": "/api/v2/alerts", "heartbeat": "/backup"}
OPTIONS = {"cloudwatch": {"check_signature": False}}
TYPES = [
    "application/json",
    "text/plain; charset=UTF-8",
    "application/x-www-form-urlencoded",
    "application/cloudevents+json",
]


def address(kind: str) -> str:
    return f"/webhooks/{KEY}{REST.get(kind, '')}"


def query(kind: str) -> bytes:
    return b"create=1" if kind == "heartbeat" else b""


@pytest.mark.shared
@pytest.mark.parametrize("kind", KINDS)
def test_every_payload_is_kept_and_read_whole_or_not_at_all(
    intake: Intake, source: Source, shared_data: Path, kind: str
) -> None:
    source(kind, options=OPTIONS.get(kind, {}))
    rng, bodies = random.Random(20260302), []
    for file in sorted((shared_data / "alerts").glob("*.json")):
        raw = file.read_bytes()
        bodies += [raw, *mutated(raw, rng, 3)]
    wanted = [
        Ask(address(kind), (body,), {"Content-Type": rng.choice(TYPES)}, query=query(kind))
        for body in bodies
        if len(body) <= DIALECTS[kind].longest
    ]
    answers = [got for start in range(0, len(wanted), 100) for got in asks(intake, *wanted[start : start + 100])]
    assert {got.status for got in answers} <= {200, 202, 400, 401, 403, 404, 405, 422}

    kept = list(Delivery.objects.all())
    assert Counter(bytes(one.body) for one in kept) == Counter(ask.parts[0] for ask in wanted)
    assert Counter(one.status for one in kept) == Counter(got.status for got in answers)
    assert all(one.error for one in kept if one.status >= 400)
    assert all(one.event_count for one in kept if one.error and one.status < 400)  # some of its alerts were left out
    pending = {one.delivery_id: one.events for one in PendingDelivery.objects.all()}
    assert set(pending) == {one.pk for one in kept if not one.error or one.event_count}
    for one in kept:
        assert one.event_count == len(pending.get(one.pk, []))
        assert all(event_from(data).key for data in pending.get(one.pk, []))

    while fold(clock.now()):
        pass
    assert not PendingDelivery.objects.exists()
    assert AlertEvent.objects.count() == sum(one.event_count for one in kept)
    assert not Alert.objects.filter(title="").exists()


def named(name: str) -> dict[str, Any]:
    return {"status": "firing", "labels": {"alertname": name}}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("alertmanager", {"status": "firing", "alerts": [named("a"), {"labels": {}}, named("b")]}, 200),
        ("grafana", {"status": "firing", "alerts": [named("a"), {"labels": "x"}, named("b")]}, 200),
        ("prometheus", [named("a"), {"labels": {}}, named("b")], 400),
        ("json", [{"title": "a"}, {"name": ""}, {"title": "b"}], 202),
    ],
)  # fmt: skip
def test_one_alert_that_is_wrong_does_not_keep_the_others_out(
    intake: Intake, source: Source, kind: str, body: Any, status: int
) -> None:
    row = source(kind)
    got = ask(intake, address(kind), json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    assert got.status == status
    held = Delivery.objects.get()
    assert (held.event_count, held.status) == (2, status)
    assert held.error.startswith("1 alert was left out, the others were taken. ")
    if kind == "prometheus":
        assert json.loads(got.body) == held.error
    fold(clock.now())
    assert sorted(Alert.objects.values_list("title", flat=True)) == ["a", "b"]
    assert AlertEvent.objects.count() == 2

    again = replay_delivery(SYSTEM_VIEWER, held.pk, now=clock.now())
    assert (again.event_count, again.error) == (0, held.error)
    fold(clock.now())
    assert list(Alert.objects.values_list("event_count", flat=True)) == [1, 1]
    assert list(deliveries(SYSTEM_VIEWER, row.pk, errors_only=True)) == [again, held]


@pytest.mark.parametrize("is_folded", [True, False])
def test_a_replay_takes_what_was_left_out_and_nothing_twice(intake: Intake, source: Source, is_folded: bool) -> None:
    row = source("json")
    body = json.dumps([{"title": "a"}, {"headline": "c"}, {"title": "b"}]).encode()
    ask(intake, address("json"), body, headers={"Content-Type": "application/json"})
    held = Delivery.objects.get()
    if is_folded:
        fold(clock.now())
        Alert.objects.filter(title="a").update(status="resolved", resolved_at=clock.now())  # it must not come back
    change_integration(SYSTEM_VIEWER, row.pk, {"options": {"title": "title || headline"}}, now=clock.now())
    first = replay_delivery(SYSTEM_VIEWER, held.pk, now=clock.now())
    again = [replay_delivery(SYSTEM_VIEWER, pk, now=clock.now()) for pk in (held.pk, first.pk)]
    assert [(one.event_count, one.error) for one in (first, *again)] == [(1, "")] * 3
    while fold(clock.now()):
        pass
    assert sorted(Alert.objects.values_list("title", "event_count")) == [("a", 1), ("b", 1), ("c", 1)]
    assert sorted(AlertEvent.objects.values_list("outcome", flat=True)) == ["opened"] * 3 + ["seen"] * 2


def test_a_message_of_which_nothing_can_be_read_names_the_first_reasons(intake: Intake, source: Source) -> None:
    source("alertmanager")
    body = {"status": "firing", "alerts": [{"labels": {}}] * 9}
    got = ask(intake, address("alertmanager"), json.dumps(body).encode())
    held = Delivery.objects.get()
    assert (got.status, held.event_count, held.error.count("is missing or empty")) == (400, 0, 5)


@pytest.mark.parametrize("kind", sorted(kind for kind in KINDS if DIALECTS[kind].example))
def test_its_test_message_opens_an_alert(intake: Intake, source: Source, kind: str) -> None:
    example = DIALECTS[kind].example
    assert example is not None
    source(kind)
    headers = {"Content-Type": example.content_type, **example.headers}
    got = ask(intake, f"/webhooks/{KEY}/{example.path}", example.body.encode(), headers=headers)
    assert got.status in (200, 202)
    fold(clock.now())
    assert "llclear" in Alert.objects.get().title


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"allclear:{key}".encode()).decode()


@pytest.mark.parametrize(
    ("kind", "path", "headers", "body"),
    [
        ("pagerduty", "/v2/enqueue", {}, {
            "routing_key": KEY, "event_action": "trigger",
            "payload": {"summary": "x", "source": "y", "severity": "error"}}),
        ("pagerduty", "/v2/enqueue/", {"Authorization": "Token token=other"}, {
            "routing_key": KEY, "event_action": "resolve", "dedup_key": "a"}),
        ("pagerduty", "/v2/change/enqueue", {}, {"routing_key": KEY, "payload": {"summary": "x"}}),
        ("opsgenie", "/v2/alerts", {"Authorization": f"GenieKey {KEY}"}, {"message": "x"}),
        ("opsgenie", "/v2/alerts/x/close?identifierType=alias", {"Authorization": f"GenieKey {KEY}"}, {}),
        ("prometheus", "/api/v2/alerts", {"Authorization": f"Bearer {KEY}"}, [{"labels": {"alertname": "x"}}]),
        ("prometheus", "/api/v2/alerts", {"Authorization": basic(KEY)}, [{"labels": {"alertname": "x"}}]),
        ("alertmanager", "/webhooks/alertmanager", {"Authorization": f"Bearer {KEY}"}, {"alerts": []}),
        ("google_cloud", f"/webhooks/google_cloud?auth_token={KEY}", {}, {"incident": {
            "incident_id": "a", "state": "open"}}),
    ],
)  # fmt: skip
def test_vendors_own_addresses_find_the_integration(
    intake: Intake, source: Source, kind: str, path: str, headers: dict[str, str], body: Any
) -> None:
    row = source(kind)
    plain, _, question = path.partition("?")
    got = ask(intake, plain, body, headers=headers, query=question.encode())
    assert got.status in (200, 202), got.body
    delivery = Delivery.objects.get()
    assert (delivery.integration_id, delivery.error) == (row.pk, "")
    assert KEY not in delivery.target
    assert KEY.encode() not in bytes(delivery.body)


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "word"),
    [
        ("/v2/enqueue", {}, {"event_action": "trigger"}, 400, "invalid event"),
        ("/v2/alerts", {}, {"message": "x"}, 401, "requestId"),
        ("/api/v2/alerts", {}, [], 401, '"'),
        ("/webhooks/nonsense", {}, {}, 401, "error"),
        ("/ping/8e0ef7c5-0a5d-4b63-a2a4-bb1d18e0f2d8", {}, b"", 404, "not found"),
    ],
)
def test_strangers_are_refused_in_the_vendors_own_form(
    intake: Intake, source: Source, path: str, headers: dict[str, str], body: Any, status: int, word: str
) -> None:
    source("json")
    got = ask(intake, path, body, headers=headers)
    assert got.status == status
    assert word.encode() in got.body
    assert not Delivery.objects.exists()


def test_opsgenies_clients_close_an_alert_by_what_they_were_answered(intake: Intake, source: Source) -> None:
    source("opsgenie")
    headers = {"Authorization": f"GenieKey {KEY}"}
    request = ask(intake, "/v2/alerts", {"message": "x", "alias": "disk"}, headers=headers).json["requestId"]
    assert ask(intake, f"/v2/alerts/{request}/close", {}, headers=headers).status == 202
    fold(clock.now())
    assert Alert.objects.get().status == "resolved"


def test_cloudevents_shakes_hands(intake: Intake, source: Source) -> None:
    source("cloudevents")
    headers = {"WebHook-Request-Origin": "events.example.org"}
    got = ask(intake, f"/webhooks/{KEY}", method="OPTIONS", headers=headers)
    assert got.status == 200
    assert {name.lower(): value for name, value in got.headers.items()}[
        "webhook-allowed-origin"
    ] == "events.example.org"


def test_amazons_certificate_is_asked_for_and_a_topic_is_confirmed_after_the_commit(
    intake: Intake, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allclear.intake.hot import fetching
    from tests.intake.dialects import test_cloudwatch as sns

    asked: list[str] = []

    def got(url: str) -> bytes:
        asked.append(url)
        return sns.certificate()

    monkeypatch.setattr(fetching, "_got", got)
    fetching._kept.clear()
    source("cloudwatch", options={"topics": [sns.TOPIC], "check_signature": True})
    assert ask(intake, f"/webhooks/{KEY}", sns.confirmation()).status == 200
    assert ask(intake, f"/webhooks/{KEY}", sns.envelope()).status == 200
    forged = {**sns.envelope(), "Message": json.dumps({**sns.ALARM, "NewStateValue": "OK"})}
    assert ask(intake, f"/webhooks/{KEY}", forged).status == 401
    intake._aside.shutdown(wait=True)
    assert asked == [sns.CERTIFICATE, sns.confirmation()["SubscribeURL"]]
    fold(clock.now())
    assert (Alert.objects.get().status, Alert.objects.get().title) == ("firing", "CPU")
    fetching._kept.clear()
