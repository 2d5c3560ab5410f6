"""Ten thousand thresholds are due in one second, and engines are killed again and again: each fires once for sure."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from allclear.accounts.models import User
from allclear.incidents.models import FiredThreshold, Incident, SlaClock
from allclear.kernel import clock as real
from allclear.kernel.models import Event
from allclear.notifications.models import Notification
from allclear.testing import agreement, calendar, contact, person, promise
from tests.paging.engines import Engine, until
from tests.paging.sinks import sinks
from tests.paging.virtual import VirtualClock

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLOCKS, PER_INCIDENT, TOLD_EACH, KILLS, SEED = 10_000, 2, 20, 6, 20_264


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[list[Engine]]:
    with sinks() as there:
        clock = VirtualClock(tmp_path, real.now(), 1.0)
        found = [Engine(clock, there.mail_port) for _ in range(2)]
        yield found
        for engine in found:
            engine.kill()


def arm(agent: User) -> None:
    """Clocks that are all used up in a moment; one in so many tells somebody."""
    hours = calendar(zone="UTC", is_always=True)
    tell = [{"percent": 100, "actions": [{"do": "tell_person", "user_id": agent.pk}]}]
    one = agreement(promise("resolution", 60, hours, "told", thresholds=tell), promise("response", 60, hours, "quiet"))
    start = real.now() - timedelta(minutes=60) + timedelta(seconds=2)
    incidents = Incident.objects.bulk_create(
        Incident(number=f"INC9{n:06d}", title=f"Fault {n}", logged_at=start, promised_at=start)
        for n in range(CLOCKS // PER_INCIDENT)
    )
    numbers = count()
    SlaClock.objects.bulk_create(
        SlaClock(
            incident=row, kind="sla", metric=metric, agreement_id=one.pk, agreement_version=1,
            target_key="told" if next(numbers) % TOLD_EACH == 0 else "quiet", calendar_id=hours.pk, calendar_version=1,
            duration=timedelta(minutes=60), marks=[[start.isoformat(), "counts", ""]], counts_from=start,
            rule="counts", due_at=start + timedelta(minutes=60), next_at=start + timedelta(minutes=60),
            next_percent=100,
        )
        for row in incidents for metric in ("response", "resolution")
    )  # fmt: skip


def kill_at_random(engines: list[Engine], dice: random.Random) -> None:
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.3, 1.2))
        engine = dice.choice(engines)
        engine.kill()
        engine.start()


def test_each_threshold_fires_once_and_none_is_lost_when_engines_are_killed(engines: list[Engine]) -> None:
    agent = person()
    contact(agent)
    arm(agent)
    for engine in engines:
        engine.start()
    until(FiredThreshold.objects.exists, "the first threshold")
    kill_at_random(engines, random.Random(SEED))
    until(lambda: not SlaClock.objects.filter(next_at__isnull=False).exists(), "the last threshold", 120)

    fired = Counter(FiredThreshold.objects.values_list("clock", "percent"))
    assert fired == Counter((pk, 100) for pk in SlaClock.objects.values_list("pk", flat=True))
    assert len(fired) == CLOCKS
    told = Counter((one.stream_id, one.data["metric"]) for one in Event.objects.filter(kind="threshold_reached"))
    assert (len(told), max(told.values())) == (CLOCKS, 1)
    assert set(Incident.objects.values_list("version", flat=True)) == {PER_INCIDENT}
    keys = set(Notification.objects.values_list("key", flat=True))
    due = SlaClock.objects.filter(target_key="told").values_list("pk", flat=True)
    assert keys == {f"sla:{pk}:100:{agent.pk}:0" for pk in due}
