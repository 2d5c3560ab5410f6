"""Incidents and agreements made at random, for the proofs of SLA clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from allclear.domain.business import Hours, rules_from
from allclear.domain.sla import Agreement, Book, Conditions, Facts, Target, Threshold
from allclear.domain.sla.choose import METRICS_OF
from allclear.domain.sla.terms import AgreementKind, Metric, OnChange, OnReopen
from allclear.domain.tests.brute import MINUTE, Watch
from allclear.domain.tests.calendars import ZONES, random_body
from allclear.domain.tests.promised import Opening

START = datetime(2026, 3, 27, tzinfo=UTC)  # many clocks change within the days after it
DAYS = 10
CALENDARS = range(1, 25)
REASONS = ["requester", "supplier", "evidence"]
STATUSES = ["new", "assigned", "in_progress", "on_hold", "on_hold", "resolved", "closed", "cancelled"]


@cache
def made(calendar_id: int) -> tuple[Hours, Opening]:
    """A calendar of some zone, and the same one read minute by minute."""
    random = Random(calendar_id)
    zone = random.choice([*ZONES, "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Beirut"])
    body = random_body(random, zone, START.date() + timedelta(days=2))
    counts = Watch(zone, START - timedelta(days=1), DAYS + 2).open_minutes(body)[1440 : (DAYS + 1) * 1440]
    places = [n for n in range(len(counts)) if not n or counts[n] != counts[n - 1]]
    edges = [*(START + n * MINUTE for n in places), START + timedelta(days=DAYS)]
    return Hours(rules_from(body)), Opening(edges, [*(counts[n] for n in places), False])


def random_book(random: Random) -> Book:
    agreements = tuple(random_agreement(random, key) for key in range(1, random.randint(2, 4)))
    return Book(agreements, dict.fromkeys(CALENDARS, 1))


def random_agreement(random: Random, key: int) -> Agreement:
    kind = random.choice([AgreementKind.SLA, AgreementKind.SLA, AgreementKind.OLA, AgreementKind.UC])
    parties: Any = random.sample([1, 2, 3], random.randint(0 if kind == AgreementKind.SLA else 1, 2))
    metrics = sorted(METRICS_OF[kind])
    return Agreement(
        key,
        1,
        f"Agreement {key}",
        kind,
        frozenset(parties if kind != AgreementKind.SLA or random.random() < 0.4 else ()),
        tuple(random_target(random, f"T{n}", random.choice(metrics)) for n in range(random.randint(1, 5))),
        random.choice(list(OnReopen)),
        random.choice(list(OnChange)),
    )


def random_target(random: Random, key: str, metric: Metric) -> Target:
    minutes = random.choice([1, 15, 30, 60, 240, 480, random.randint(1, 3000)])
    percents = sorted(random.sample([1, 33, 50, 75, 90, 100, 150], random.randint(0, 4)))
    pauses = frozenset(random.sample(REASONS, random.randint(0, 3)))
    when = random_conditions(random)
    thresholds = tuple(map(Threshold, percents))
    return Target(key, metric, timedelta(minutes=minutes), random.choice(CALENDARS), when, pauses, thresholds)


def random_conditions(random: Random) -> Conditions:
    def some(values: list[Any]) -> frozenset[Any]:
        return frozenset(random.sample(values, random.randint(1, 2)) if random.random() < 0.25 else ())

    return Conditions(
        priorities=some([1, 2, 3]),
        kinds=some(["incident", "service_request"]),
        category_ids=some([1, 2, 3, 4]),
        service_ids=some([1, 2]),
        criticalities=some([1, 2, 3]),
        organisation_ids=some([1, 2, 3]),
        vip_only=random.random() < 0.1,
    )


def random_facts(random: Random, facts: Facts, at: datetime) -> Facts:
    """A few of them change; now and then none does."""
    choices: dict[str, Any] = {
        "status": random.choice(STATUSES),
        "hold_reason": random.choice(REASONS),
        "priority": random.choice([None, 1, 2, 3]),
        "kind": random.choice(["incident", "service_request"]),
        "category_ids": random.choice([(), (1,), (1, 2), (1, 2, 3), (4,)]),
        "service_id": random.choice([None, 1, 2]),
        "criticality": random.choice([None, 1, 2, 3]),
        "organisation_ids": random.choice([(), (1,), (1, 2), (3,)]),
        "is_vip": random.random() < 0.3,
        "team_id": random.choice([None, 1, 2, 3]),
        "supplier_id": random.choice([None, 1, 2]),
        "is_owned": random.random() < 0.5,
        "is_begun": random.random() < 0.5,
        "is_merged": random.random() < 0.1,
        "last_progress_at": at,
    }
    often = ["status", "status", "hold_reason", "priority", "team_id", "last_progress_at"]
    names = random.sample([*choices, *often], random.randint(0, 4))
    return replace(facts, **{name: choices[name] for name in names})


def random_history(random: Random, steps: int = 12) -> list[tuple[datetime, Facts]]:
    """What an incident went through; now and then in the same instant, and now and then told late."""
    at = START + timedelta(hours=random.randint(0, 48), seconds=random.randint(0, 3600))
    facts = Facts(
        priority=random.choice([1, 2, 3]), kind="incident", team_id=random.choice([1, 2, 3]), organisation_ids=(1, 2)
    )
    moments = [(at, facts)]
    for _ in range(random.randint(0, steps)):
        wait = random.choice([0, 60, 900, 3600, 4 * 3600, 20 * 3600])
        at += timedelta(seconds=random.randint(0, wait), microseconds=random.choice([0, 0, random.randint(0, 999_999)]))
        facts = random_facts(random, facts, at)
        late = timedelta(seconds=random.randint(0, 7200) if random.random() < 0.1 else 0)
        moments.append((max(at - late, moments[0][0]), facts))
    return moments
