"""A storm of events while web and engine are killed (-9) again and again: none is lost, none counts twice.

`STORM_EVENTS` (50,000) scales it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Count, F

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.admission import TOPIC, hashed
from allclear.alerts.models import Alert, AlertEvent, Delivery, Integration, IntegrationKey, PendingDelivery
from allclear.catalog.policies import body_of, save_policy
from allclear.incidents.models import Incident
from allclear.kernel import clock
from allclear.kernel.generation import bump
from tests.browser.program import Program, environment
from tests.paging.engines import until
from tests.storm.senders import RESOLVE, TRIGGER, Message, Sender, Sent, batch, send, single

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
EVENTS = int(os.environ.get("STORM_EVENTS", "50000"))
SENDERS, KEYS, SEED = 8, 2_000, 20_266
ROUNDS = max(4, EVENTS // KEYS)  # events of each key
IN_BATCHES = 50  # keys of a sender whose events come together; those of the others come one by one
GRAVE = 10  # keys of a sender that open an incident
OVER = ROUNDS // 2  # the round in which every third key is over, to begin anew with the next
KILLS = 6
SINGLE_KEY, BATCH_KEY = "5" * 32, "b" * 32
Log = Mapping[str, list[int]]  # the numbers of a key's events, in the order of the database


class Engine:
    """`allclear engine`, to be killed and started again."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "allclear", "engine"]
        environ = {**environment(), "ALLCLEAR_PARENT": str(os.getpid()), "ALLCLEAR_LOG": "WARNING"}
        self.process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def web() -> Iterator[Program]:
    program = Program(ALLCLEAR_LOG="WARNING")
    yield program
    program.kill()


@pytest.fixture
def engine() -> Iterator[Engine]:
    found = Engine()
    yield found
    found.kill()


def arrange() -> None:
    """Two sources, and one rule: what is grave opens an incident of its own, everything else is recorded."""
    for kind, key in (("pagerduty", SINGLE_KEY), ("prometheus", BATCH_KEY)):
        row = Integration.objects.create(name=kind, kind=kind, events_per_minute=10_000_000)
        now = clock.now()
        IntegrationKey.objects.create(integration=row, sha256=hashed(key), hint=key[-4:], created_at=now)
    bump(TOPIC)
    rule = {"key": "grave", "name": "Grave", "when": "severity:critical", "action": "open"}
    version, _ = body_of("alert_rules")
    save_policy(SYSTEM_VIEWER, "alert_rules", {"rules": [rule]}, note="", expected_version=version, now=clock.now())


def messages_of(sender: int) -> list[Message]:
    """Round by round, an event of each of its keys."""
    keys = [f"key-{sender}-{n}" for n in range(KEYS // SENDERS)]
    found: list[Message] = []
    for number in range(ROUNDS):
        together = {key: (number, is_over(key, number)) for key in keys[:IN_BATCHES]}
        found.append(batch(f"/webhooks/{BATCH_KEY}/api/v2/alerts", together))
        for place, key in enumerate(keys[IN_BATCHES:]):
            action = RESOLVE if is_over(key, number) else TRIGGER
            severity = "critical" if place < GRAVE else "info"
            found.append(single(key, SINGLE_KEY, number, action, severity))
    return found


def is_over(key: str, number: int) -> bool:
    return number == OVER and int(key.rpartition("-")[2]) % 3 == 0


def kill_at_random(web: Program, engine: Engine, senders: list[Sender], dice: random.Random) -> None:
    """While everybody sends: all of the web server, an engine, one of its workers. What is killed begins again."""
    for kill in range(KILLS):
        wait_for_share(senders, (kill + dice.uniform(0.2, 0.9)) / KILLS)
        if kill % 3 == 0:
            web.kill()
            web.start()
        elif kill % 3 == 1:
            engine.kill()
            engine.start()
        else:
            os.kill(dice.choice(workers_of(web)), signal.SIGKILL)  # its parent starts another


def workers_of(web: Program) -> list[int]:
    assert web.process is not None
    children = Path(f"/proc/{web.process.pid}/task/{web.process.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def wait_for_share(senders: list[Sender], share: float) -> None:
    wanted = share * sum(len(sender.messages) for sender in senders)
    until(lambda: sum(sum(sender.statuses.values()) for sender in senders) > wanted, "the next kill", 240)


def test_no_event_is_lost_or_counted_twice_when_processes_are_killed(web: Program, engine: Engine) -> None:
    arrange()
    web.start()
    engine.start()
    senders = [Sender(web.port, messages_of(n)) for n in range(SENDERS)]
    started = time.monotonic()
    threads = send(senders, 240)
    kill_at_random(web, engine, senders, random.Random(SEED))
    for thread in threads:
        thread.join()
    sent_in = time.monotonic() - started
    settled = Alert.objects.filter(decide_at__lte=clock.now())
    until(lambda: not PendingDelivery.objects.exists() and not settled.exists(), "everything is settled", 240)
    settled_in = time.monotonic() - started

    sent = {event: what for sender in senders for event, what in sender.sent.items()}
    broken = sum(sender.broken for sender in senders)
    print(f"{len(sent)} events in {sent_in:.0f} s, settled after {settled_in:.0f} s; {broken} connections broke")  # noqa: T201
    assert len(sent) == KEYS * ROUNDS
    assert broken > 0
    log = stored()
    check_deliveries(sent, log)
    check_alerts(log)
    check_incidents(log)


def stored() -> Log:
    """What the deliveries say, in the order in which they were taken."""
    found: dict[str, list[int]] = defaultdict(list)
    for dialect, body in Delivery.objects.order_by("pk").values_list("dialect", "body").iterator(5_000):
        said = json.loads(bytes(body))
        if dialect == "pagerduty":
            found[said["dedup_key"]].append(said["payload"]["custom_details"]["number"])
        else:
            for alert in said:
                found[alert["labels"]["alertname"]].append(int(alert["annotations"]["number"]))
    return found


def check_deliveries(sent: Mapping[tuple[str, int], Sent], log: Log) -> None:
    """Each event that was answered is there; more often only where an attempt got no answer; in order for each key."""
    counts = Counter((key, number) for key, numbers in log.items() for number in numbers)
    assert all(what.is_answered for what in sent.values())
    assert set(counts) == set(sent)
    wrong = {event: (counts[event], what) for event, what in sent.items() if counts[event] > 1 + what.in_doubt}
    assert not wrong
    assert all(numbers == sorted(numbers) for numbers in log.values())
    assert not Delivery.objects.exclude(error="").exists()


def check_alerts(log: Log) -> None:
    """Every event of every delivery was folded once, and each alert counts those that it had."""
    assert AlertEvent.objects.count() == sum(map(len, log.values()))
    assert not Alert.objects.annotate(n=Count("events")).exclude(n=F("event_count")).exists()
    found: dict[str, list[int]] = defaultdict(list)
    for title, count in Alert.objects.order_by("pk").values_list("title", "event_count"):
        found[title].append(count)
    assert dict(found) == {key: episodes(key, numbers) for key, numbers in log.items()}


def episodes(key: str, numbers: list[int]) -> list[int]:
    """How many events each alert of a key has: what ends it is its last, and ends nothing when it comes again."""
    counts = [0]
    for number in numbers:
        if is_over(key, number):
            if counts[-1]:
                counts[-1] += 1
                counts.append(0)
        else:
            counts[-1] += 1
    return [count for count in counts if count]


def check_incidents(log: Log) -> None:
    """Each grave alert has opened one incident, but for one that was over before it was looked at. Nothing else has."""
    grave = Alert.objects.filter(severity="critical")
    assert grave.count() == sum(len(episodes(key, log[key])) for key in log if is_grave(key))
    opened = grave.filter(outcome="opened")
    assert set(grave.exclude(pk__in=opened).values_list("outcome", "status")) <= {("recorded", "resolved")}
    assert len(set(opened.values_list("incident_id", flat=True))) == opened.count() == Incident.objects.count()
    assert opened.count() >= SENDERS * GRAVE
    assert set(Alert.objects.exclude(severity="critical").values_list("outcome", flat=True)) == {"recorded"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT cause->>'alert' FROM kernel_event WHERE stream_type = 'incident' AND kind = 'logged'")
        causes = [int(row[0]) for row in cursor.fetchall()]
    assert sorted(causes) == sorted(opened.values_list("pk", flat=True))


def is_grave(key: str) -> bool:
    return IN_BATCHES <= int(key.rpartition("-")[2]) < IN_BATCHES + GRAVE
