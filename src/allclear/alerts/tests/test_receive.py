"""What sources sent is written as it came, in order, and without what PostgreSQL cannot keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from allclear.alerts.actions.receive import Arrival, clean, pack, store_here
from allclear.alerts.models import Delivery, Integration, PendingDelivery
from allclear.domain.alerts import Action, Event, Severity, event_from

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Integration:
    return Integration.objects.create(name="Prometheus", kind="prometheus")


def arrival(source: Integration, **given: Any) -> Arrival:
    known: dict[str, Any] = {
        "target": "POST /webhooks",
        "body": b"{}",
        "status": 202,
        "headers": {"content-type": "application/json"},
    }
    return Arrival(source.pk, source.kind, NOW, **(known | given))


def event(**given: Any) -> Event:
    return Event(Action.TRIGGER, **({"key": "disk", "title": "Disk full", "severity": Severity.ERROR} | given))


def test_it_writes_a_delivery_and_what_it_said_together(source: Integration) -> None:
    asked = uuid4()
    said = event(labels={"host": "web1"}, occurred_at=NOW)
    (pk,) = store_here([arrival(source, events=[said], body=b'{"a": 1}', request_id=asked)])
    row = Delivery.objects.get(pk=pk)
    assert (row.integration_id, row.dialect, row.received_at, row.status) == (source.pk, "prometheus", NOW, 202)
    assert (bytes(row.body), row.headers["content-type"], row.event_count) == (b'{"a": 1}', "application/json", 1)
    assert (row.request_id, row.error, row.replay_of) == (asked, "", None)
    pending = PendingDelivery.objects.get(pk=pk)
    assert [event_from(data) for data in pending.events] == [said]
    assert (pending.integration_id, pending.received_at) == (source.pk, NOW)


def test_ids_follow_the_order_of_the_arrivals(source: Integration) -> None:
    ids = store_here([arrival(source, body=str(n).encode()) for n in range(50)])
    assert ids == sorted(ids)
    assert [bytes(row.body) for row in Delivery.objects.order_by("pk")] == [str(n).encode() for n in range(50)]


def test_what_could_not_be_read_is_kept_but_never_reaches_the_engine(source: Integration) -> None:
    (pk,) = store_here([arrival(source, status=400, error="It is no JSON.", body=b"{")])
    assert Delivery.objects.get(pk=pk).error == "It is no JSON."
    assert not PendingDelivery.objects.exists()


def test_one_that_says_nothing_lets_the_engine_see_that_the_source_lives(source: Integration) -> None:
    (pk,) = store_here([arrival(source)])
    assert PendingDelivery.objects.get(pk=pk).events == []


def test_nothing_is_cut_from_a_body_and_every_byte_is_kept(source: Integration) -> None:
    body = bytes(range(256)) * 8_000
    (pk,) = store_here([arrival(source, body=body)])
    assert bytes(Delivery.objects.get(pk=pk).body) == body


def test_none_is_written_where_one_cannot_be(source: Integration) -> None:
    nobody = Integration(pk=source.pk + 1, kind="json")
    with pytest.raises(IntegrityError), transaction.atomic():
        store_here([arrival(source), arrival(nobody)])
        transaction.get_connection().check_constraints()
    assert not Delivery.objects.exists()


STRANGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(text=st.text(st.characters(exclude_categories=())), details=st.dictionaries(st.text(), STRANGE))
def test_whatever_is_said_can_be_written(text: str, details: dict[str, Any]) -> None:
    source, _ = Integration.objects.get_or_create(name="Strange", kind="json")
    said = event(title=text, details=details, labels={text: text})
    (pk,) = store_here([arrival(source, events=[said], headers={"x": text}, error="", target=text)])
    kept = PendingDelivery.objects.get(pk=pk).events[0]
    assert kept.get("title", "") == clean(text)
    assert kept["labels"] == {clean(text): clean(text)}
    assert Delivery.objects.get(pk=pk).headers == {"x": clean(text)}


def test_what_no_json_can_hold_is_refused_in_words(source: Integration) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deep"):
        pack(arrival(source, events=[event(details={"deep": deep})]))
