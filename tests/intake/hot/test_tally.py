"""What the web processes tell each other: what was refused, and how much of a key's limit is gone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.keeping import remove_old
from allclear.alerts.models import Delivery, KeyUse, Refusal, UnknownKey
from allclear.alerts.queries import refusals, standings, strangers
from allclear.intake.dialects import DIALECTS
from allclear.intake.hot.app import Intake
from allclear.intake.hot.keys import Keys
from allclear.intake.hot.limits import Limits
from allclear.intake.hot.tally import Tally
from allclear.kernel import clock
from allclear.kernel.announce import conninfo
from tests.intake.hot.conftest import KEY, PLAIN, Source
from tests.intake.hot.driver import Ask, ask, asks

PATH = f"/webhooks/{KEY}"


@pytest.fixture
def second(transactional_db: None) -> Iterator[Intake]:
    """Another web process of the same installation."""
    hot = Intake(keys=Keys(every=0.05), dialects={**DIALECTS, "plain": PLAIN})
    yield hot
    hot.close()
    hot.writer.join(10)
    hot.keys.end()


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def sends(events: int) -> bytes:
    return json.dumps({"events": events}).encode()


def test_a_limit_is_one_for_all_web_processes(intake: Intake, second: Intake, source: Source) -> None:
    source(events_per_minute=1_000)
    for hot in (intake, second):
        assert ask(hot, PATH, sends(1)).status == 202
    until(lambda: KeyUse.objects.filter(total=2).exists())
    assert ask(intake, PATH, sends(900)).status == 202
    until(lambda: KeyUse.objects.filter(total=902).exists())
    until(lambda: second.limits.wait(KEY, 1_000, time.monotonic(), 900))
    assert ask(second, PATH, sends(900)).status == 429
    assert Delivery.objects.count() == 3


def test_what_is_refused_is_counted_by_the_minute(intake: Intake, source: Source) -> None:
    row = source(events_per_minute=1)
    assert ask(intake, PATH, sends(1)).status == 202
    got = asks(intake, *[Ask(PATH, (sends(1),)) for _ in range(20)])
    assert {one.status for one in got} == {429}
    assert ask(intake, PATH, b"x" * 200_000).status == 429
    until(lambda: sum(Refusal.objects.values_list("count", flat=True)) == 21)
    found = refusals(SYSTEM_VIEWER, row.pk)
    assert len(found) <= 2  # a minute may have ended between
    assert (found[0].status, found[0].reason) == (429, "More than 1 events a minute came with this key.")
    assert standings([row], clock.now())[0].refused == 21
    assert Delivery.objects.count() == 1

    later = clock.now() + timedelta(days=400)
    remove_old(later)
    assert not Refusal.objects.exists()
    assert not KeyUse.objects.exists()


def test_one_that_is_too_large_and_one_with_an_old_key_are_noted(intake: Intake, source: Source) -> None:
    row = source()
    source(key="f" * 32, lives=timedelta(0))
    assert ask(intake, PATH, b"x" * 200_000).status == 413
    assert ask(intake, f"/webhooks/{'f' * 32}", sends(1)).status == 401
    until(lambda: Refusal.objects.count() == 2)
    assert list(row.refusals.values_list("status", flat=True)) == [413]
    old = Refusal.objects.get(status=401)
    assert old.reason == "This key has been replaced or revoked. Set the integration's new one."


def test_counts_outlive_a_database_that_is_away(source: Source) -> None:
    row = source()
    limits = Limits()
    tally = Tally(limits)
    for _ in range(3):
        tally.refused(row.pk, 429, "Too many.", clock.now())
    limits.take(KEY, 100, time.monotonic(), 5)
    with psycopg.connect(conninfo(), autocommit=True) as connection:
        pass
    with pytest.raises(psycopg.Error):
        tally.share(connection)  # closed
    tally.refused(row.pk, 429, "Too many.", clock.now())
    with psycopg.connect(conninfo(), autocommit=True) as connection:
        tally.share(connection)
        tally.share(connection)
    assert sum(Refusal.objects.values_list("count", flat=True)) == 4
    assert KeyUse.objects.get().total == 5


def test_keys_that_nobody_has_are_counted_by_the_minute(intake: Intake, source: Source) -> None:
    source()
    body = json.dumps({"routing_key": "R" * 28 + "ab12", "event_action": "trigger"}).encode()
    assert ask(intake, "/v2/enqueue", body).status == 400
    until(lambda: UnknownKey.objects.filter(kind="pagerduty").exists())
    wrong = {"Authorization": "GenieKey 0123456789abcdef"}
    got = asks(intake, *[Ask("/v2/alerts", (b"{}",), headers=wrong) for _ in range(20)])
    assert {one.status for one in got} == {401}
    assert ask(intake, f"/ping/{uuid4()}").status == 404
    assert ask(intake, f"/webhooks/{KEY[:-1]}x", sends(1)).status == 401
    assert ask(intake, "/webhooks/json", sends(1)).status == 401
    until(lambda: UnknownKey.objects.filter(kind="json").exists())
    found = {row.kind: (row.hint, row.sender, count) for row, count in strangers(SYSTEM_VIEWER, clock.now())}
    assert found["opsgenie"] == ("cdef", "127.0.0.1", 20)
    assert found["pagerduty"] == ("ab12", "127.0.0.1", 1)
    assert found["json"] == ("", "127.0.0.1", 1)
    assert found[""] == (f"{KEY[-4:-1]}x", "127.0.0.1", 1)
    assert found["heartbeat"][2] == 1
    assert not Delivery.objects.exists() and not Refusal.objects.exists()

    remove_old(clock.now() + timedelta(days=400))
    assert not UnknownKey.objects.exists()


def test_a_short_key_is_not_told_in_part(intake: Intake, source: Source) -> None:
    source()
    assert ask(intake, "/webhooks/secret7", sends(1)).status == 401
    until(UnknownKey.objects.exists)
    assert UnknownKey.objects.get().hint == ""


def test_refusals_of_an_integration_that_is_gone_hold_up_nobody(source: Source) -> None:
    row = source()
    tally = Tally(Limits())
    tally.refused(row.pk + 1_000, 429, "Too many.", clock.now())
    tally.refused(row.pk, 413, "Too large.\x00", clock.now())
    with psycopg.connect(conninfo(), autocommit=True) as connection:
        tally.share(connection)
    assert Refusal.objects.get().integration == row
