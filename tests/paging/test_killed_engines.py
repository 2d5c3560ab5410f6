"""A thousand escalations, and engines that are killed again and again: no page is lost, and hardly any comes twice."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from allclear.accounts.models import User
from allclear.domain import escalation as rules
from allclear.kernel import clock as real
from allclear.notifications.actions import outbox
from allclear.notifications.models import ContactMethod, Notification, Webhook
from allclear.oncall.models import Escalation, EscalationEntry
from allclear.testing import T0, logged, person
from tests.paging.engines import Engine, until
from tests.paging.sinks import Sinks, sinks
from tests.paging.virtual import VirtualClock

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ESCALATIONS, KILLS, SEED = 1_000, 4, 20_261
STEPS = {2: 500, 3: 100}  # that the engines take: so many of them have a second step, and a third, in this time
TAKEN = sum(STEPS.values())
SPEED = 10.0  # of the clock: a lease of a minute, or a step, takes six seconds
SPREAD, DELAY, LONG = timedelta(seconds=50), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clock(tmp_path: Path) -> VirtualClock:
    return VirtualClock(tmp_path, real.now(), SPEED)


@pytest.fixture
def there() -> Iterator[Sinks]:
    with sinks() as found:
        yield found


@pytest.fixture
def engines(clock: VirtualClock, there: Sinks) -> Iterator[list[Engine]]:
    found = [Engine(clock, there.mail_port) for _ in range(2)]
    yield found
    for engine in found:
        engine.kill()


def arm(there: Sinks, clock: VirtualClock) -> None:
    """As they stand after their beginning, all at once: each has paged a person of its own, and next is a program."""
    agent = person()
    faults = [logged(agent, title=f"Fault {n}", impact=1, urgency=1) for n in range(20)]
    people = User.objects.bulk_create(
        User(email=f"p{n}@example.org", name=f"Person {n}", roles=["agent"], created_at=T0) for n in range(ESCALATIONS)
    )
    methods = ContactMethod.objects.bulk_create(
        ContactMethod(user=user, kind="email", address={"email": user.email}, created_at=T0, verified_at=T0)
        for user in people
    )
    hook = Webhook.objects.create(name="Program", address=there.program("program"))
    begun = [clock.now() + n * SPREAD / ESCALATIONS for n in range(ESCALATIONS)]
    policies = [policy(user.pk, hook.pk, sum(n % (ESCALATIONS // STEPS[step]) == 0 for step in STEPS))
                for n, user in enumerate(people)]  # fmt: skip
    rows = Escalation.objects.bulk_create(
        escalation(faults[n % len(faults)].pk, policies[n], begun[n]) for n in range(ESCALATIONS)
    )
    drafts = [first_page(row, method) for row, method in zip(rows, methods, strict=True)]
    assert outbox.queue(drafts, now=clock.now()) == ESCALATIONS


def policy(person_key: int, hook_key: int, more: int) -> rules.Policy:
    """A person, then so often a program, and after an hour the catch-all."""
    first = rules.Target(rules.TargetKind.PERSON, person_key)
    program = rules.Target(rules.TargetKind.WEBHOOK, hook_key)
    delays = [DELAY] * more + [LONG]
    steps = [rules.Step((target,), delay) for target, delay in zip([first] + [program] * more, delays, strict=True)]
    return rules.Policy("Drill", tuple(steps), program)


def escalation(fault: int, policy: rules.Policy, at: datetime) -> Escalation:
    state = rules.State(policy, at, at + policy.steps[0].delay, step=1, has_paged=True)
    return Escalation(
        subject_kind="incident",
        subject_id=fault,
        state=rules.state_as_data(state),
        started_at=at,
        next_at=state.next_at,
    )


def first_page(row: Escalation, method: ContactMethod) -> outbox.Draft:
    message = {"subject": "P1", "text": f"Escalation {row.pk}"}
    key = f"escalation:{row.pk}:1:1.1::{method.user_id}:0"
    return outbox.Draft(key, "email", "page", message, row.started_at, method.user_id, method.pk, escalation_id=row.pk)


def kill_at_random(engines: list[Engine], dice: random.Random) -> None:
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.5, 2.5))
        engine = dice.choice(engines)
        engine.kill()
        engine.start()


def test_no_page_is_lost_and_steps_keep_their_order_when_engines_are_killed(
    clock: VirtualClock, there: Sinks, engines: list[Engine]
) -> None:
    arm(there, clock)
    for engine in engines:
        engine.start()
    until(lambda: there.mail.got, "the first page")
    kill_at_random(engines, random.Random(SEED))
    taken = EscalationEntry.objects.filter(kind="paged")
    waiting = Notification.objects.filter(state="queued")
    until(lambda: taken.count() >= TAKEN and not waiting.exists(), "the last page", 240)

    mails = Counter(str(mail["Message-ID"]) for mail in there.mail.got)
    calls = Counter(call.key for call in there.web.got)
    sent = Notification.objects.all()
    assert set(mails) == set(sent.filter(channel="email").values_list("reference", flat=True))
    assert set(calls) == set(sent.filter(channel="webhook").values_list("key", flat=True))
    assert (len(mails), len(calls)) == (ESCALATIONS, TAKEN)
    doubles = sum(mails.values()) + sum(calls.values()) - ESCALATIONS - TAKEN
    assert doubles < (ESCALATIONS + TAKEN) / 100
    check_steps()


def check_steps() -> None:
    """Each took its steps once, in order and no earlier than it should, and waits for the catch-all."""
    entries: dict[int, list[EscalationEntry]] = defaultdict(list)
    for entry in EscalationEntry.objects.order_by("pk"):
        entries[entry.escalation_id].append(entry)
    rows = list(Escalation.objects.order_by("pk"))
    assert (len(rows), len(entries)) == (ESCALATIONS, max(STEPS.values()))
    for row in rows:
        took = entries[row.pk]
        numbers = [int(one.trace[0]["said"]["summary"]["params"]["step"]["text"]) for one in took]
        assert numbers == list(range(2, 1 + len(row.state["policy"]["steps"])))
        times = [row.started_at, *(one.at for one in took)]
        assert all(later - earlier >= DELAY for earlier, later in pairwise(times))
        assert row.next_at == times[-1] + LONG
