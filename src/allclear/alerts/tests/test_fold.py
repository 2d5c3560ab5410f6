"""From deliveries to alerts: every event counted once, in order, whatever the batches and whoever dies meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from allclear.alerts.actions import fold as folding
from allclear.alerts.actions import rows
from allclear.alerts.actions.fold import fold
from allclear.alerts.models import Alert, AlertEvent, PendingDelivery
from allclear.alerts.things import forms
from allclear.alerts.verify import verify_alerts
from allclear.domain.alerts import Action, Event, Severity
from allclear.testing import T0, arrives, ci, fires, instant, integration, service

pytestmark = pytest.mark.django_db
SAID = (
    "dedup_key", "status", "severity", "title", "labels", "details", "first_seen_at", "last_seen_at", "acknowledged_at",
    "resolved_at", "event_count", "changes", "is_flapping", "outcome", "decide_at",
)  # fmt: skip


def outcomes(**of: Any) -> list[str]:
    return list(AlertEvent.objects.filter(**of).order_by("pk").values_list("outcome", flat=True))


def test_it_makes_an_alert_of_events_and_forgets_what_waited() -> None:
    source = integration()
    first = arrives(source, fires("a", title="Disk full", labels={"x": "1"}), fires("b"))
    arrives(source, fires("a"), at=1)
    assert fold(instant(2)) == 2
    assert fold(instant(2)) == 0
    assert not PendingDelivery.objects.exists()
    one = Alert.objects.get(dedup_key="given.1:a")
    assert (one.title, one.labels, one.event_count) == ("Trouble with a", {"x": "1"}, 2)
    assert (one.first_seen_at, one.last_seen_at, one.decide_at) == (T0, instant(1), T0)
    assert list(AlertEvent.objects.order_by("pk").values_list("delivery_id", "position")) == [
        (first, 1), (first, 2), (first + 1, 1)
    ]  # fmt: skip
    source.refresh_from_db()
    assert source.last_seen_at == instant(1)


def test_a_delivery_that_says_nothing_shows_that_the_source_lives() -> None:
    source = integration()
    arrives(source, at=3)
    assert fold(instant(4)) == 1
    source.refresh_from_db()
    assert source.last_seen_at == instant(3)


def test_keys_are_an_integrations_own() -> None:
    for source in (integration(), integration()):
        arrives(source, fires("same"))
    fold(T0)
    assert Alert.objects.count() == 2


def test_what_a_source_sends_twice_under_its_own_id_counts_once() -> None:
    source, other = integration(), integration()
    arrives(source, fires("a", source_id="m1"), fires("a", source_id="m1"), fires("a", source_id="m2"))
    arrives(other, fires("a", source_id="m1"))
    fold(T0)
    arrives(source, fires("a", source_id="m2"), at=1)
    fold(instant(1))
    assert outcomes(integration=source) == ["opened", "seen", "repeated", "seen"]
    assert outcomes(integration=other) == ["opened"]
    assert Alert.objects.get(integration=source).event_count == 2


def test_what_opens_or_changes_keeps_its_words_and_what_repeats_does_not() -> None:
    source = integration()
    arrives(source, fires("a", details={"n": 1}), fires("a", details={"n": 1}), fires("a", details={"n": 2}))
    fold(T0)
    kept = list(AlertEvent.objects.order_by("pk").values_list("outcome", "data__details"))
    assert kept == [("opened", {"n": 1}), ("repeated", None), ("changed", {"n": 2})]


def test_a_key_may_end_and_begin_again_in_one_batch() -> None:
    source = integration()
    arrives(source, fires("a"), fires("a", Action.RESOLVE), fires("a"), fires("a", Action.RESOLVE), fires("a"))
    fold(T0)
    assert list(Alert.objects.order_by("pk").values_list("status", flat=True)) == ["resolved", "resolved", "firing"]
    assert outcomes() == ["opened", "resolved", "opened", "resolved", "opened"]


@pytest.mark.parametrize(
    ("labels", "source", "found"),
    [
        ({"instance": "web1.example.org:9100"}, "", "web1"),
        ({"host": "WEB1"}, "", "web1"),
        ({}, "web1", "web1"),
        ({"host": "serial-7"}, "", "web1"),  # by its external key
        ({"ci": "db1", "host": "web1"}, "", "db1"),
        ({"host": "elsewhere"}, "web1", "web1"),
        ({"host": "nowhere"}, "", None),
    ],
)
def test_it_knows_what_an_alert_is_about(labels: dict[str, str], source: str, found: str | None) -> None:
    ci("web1", external_key="SERIAL-7")
    ci("db1")
    arrives(integration(), fires("a", labels=labels, source=source))
    fold(T0)
    one = Alert.objects.select_related("ci").get()
    assert (one.ci.name if one.ci else None) == found


def test_the_service_is_named_or_the_integrations() -> None:
    shop, mail = service("Web shop"), service("Mail")
    arrives(integration(service=mail), fires("a", labels={"service": "web shop"}), fires("b"))
    fold(T0)
    assert dict(Alert.objects.values_list("dedup_key", "service_id")) == {
        "given.1:a": shop.pk,
        "given.1:b": mail.pk,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web1.example.org:9100", ["web1.example.org:9100", "web1.example.org", "web1"]),
        ("web1", ["web1"]),
        ("10.0.0.7:9100", ["10.0.0.7:9100", "10.0.0.7"]),
        ("fe80::1", ["fe80::1"]),
        ("", []),
    ],
)
def test_names_are_tried_without_port_and_domain(name: str, expected: list[str]) -> None:
    assert forms(name) == expected


def test_long_texts_are_cut_and_odd_ones_kept() -> None:
    arrives(integration(), fires("k" * 2_000, title="t" * 5_000, source="s" * 900, labels={"a\tb": "c\\N\n\"'"}))
    fold(T0)
    one = Alert.objects.get()
    assert (len(one.title), len(one.source), one.labels) == (1024, 500, {"a\tb": "c\\N\n\"'"})


def test_it_takes_no_more_than_its_share_and_always_something() -> None:
    source = integration()
    for _ in range(5):
        arrives(source, fires(), fires())
    assert fold(T0, 2) == 2
    assert fold(T0, 100) == 3


def _story(seed: int) -> list[tuple[Event, int]]:
    """Forty events of four keys, some of them twice."""
    chance = random.Random(seed)
    actions = [Action.TRIGGER] * 5 + [Action.RESOLVE] * 3 + [Action.ACKNOWLEDGE, Action.NOTE]
    return [
        (
            fires(
                chance.choice("abcd"), chance.choice(actions), title=chance.choice(["", "X", "Y"]),
                severity=chance.choice(list(Severity)), labels={"l": chance.choice("12")},
                source_id=chance.choice(["", "", f"id{chance.randrange(12)}"]),
            ),
            minute,
        )
        for minute in range(40)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_batches_the_alerts_are_the_same(seed: int) -> None:
    story, chance = _story(seed), random.Random(seed)
    found: list[list[Any]] = []
    for size in (1, 7, 40):
        source = integration()
        waiting = list(story)
        while waiting:
            at = waiting[0][1]
            several = [waiting.pop(0) for _ in range(min(len(waiting), chance.choice([1, 2])))]
            for event, minute in several:
                arrives(source, event, at=minute)
            if chance.randrange(size) == 0:
                fold(instant(at))
        fold(instant(99))
        alerts = Alert.objects.filter(integration=source).order_by("pk").values_list(*SAID)
        found.append([*alerts, *outcomes(integration=source)])
    assert found[0] == found[1] == found[2]
    report = verify_alerts()
    assert report.is_clean, report.differences
    for row in Alert.objects.all():
        assert row.event_count == row.events.count()


# Killed half way

STEPS: Sequence[tuple[Any, str]] = [
    (rows, "open_alerts"), (rows, "changes_before"), (rows, "insert"), (rows, "update"), (rows, "copy"),
    (folding, "finish"),
]  # fmt: skip


class Killed(BaseException):
    """As a process that is killed: no code of ours may catch it."""


@contextmanager
def killed_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Iterator[None]:
    """The process dies as soon as this step is done."""
    step: Callable[..., Any] = getattr(module, name)

    def dies(*args: Any, **kwargs: Any) -> Any:
        step(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, name, dies)
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize(("module", "name"), STEPS)
def test_killed_after_any_step_nothing_happened(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    source = integration()
    arrives(source, fires("a"), fires("c"))
    fold(T0)
    arrives(source, fires("a"), fires("b"), fires("a", Action.RESOLVE), fires("a"), at=1)
    before = list(Alert.objects.order_by("pk").values_list(*SAID))
    with killed_after(monkeypatch, module, name):
        fold(instant(2))
    assert list(Alert.objects.order_by("pk").values_list(*SAID)) == before
    assert PendingDelivery.objects.count() == 1 and AlertEvent.objects.count() == 2
    assert fold(instant(3)) == 1
    assert Alert.objects.count() == 4
    assert outcomes() == ["opened", "opened", "repeated", "opened", "resolved", "opened"]


@pytest.mark.django_db(transaction=True)
def test_only_one_process_folds_at_a_time() -> None:
    source = integration()
    arrives(source, fires("a"))
    from threading import Event as Flag
    from threading import Thread

    from django.db import transaction

    held, done = Flag(), Flag()

    def other() -> None:
        with transaction.atomic():
            folding._is_ours()
            held.set()
            done.wait(60)
        connection.close()

    thread = Thread(target=other)
    thread.start()
    held.wait(60)
    assert fold(T0) == 0
    done.set()
    thread.join(60)
    assert fold(T0) == 1
