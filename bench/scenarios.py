"""The operations that are measured, as HTTP requests. Each takes fresh incidents where it changes something."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random

from allclear.accounts.models import Membership, User
from allclear.catalog.models import Category, Service
from allclear.domain.terms import OPEN
from allclear.incidents.models import Incident
from bench.asking import Ask, Scenario
from bench.screens import screens

MOST = 20_000  # requests prepared for one operation


def scenarios(random: Random) -> Iterator[Scenario]:
    """In the order in which they run: what resolves comes last, and takes what was logged before."""
    yield Scenario("log", list(islice(_logs(random), 2000)), makes=True)
    keys = list(Incident.objects.order_by("pk").values_list("pk", "number"))
    some = random.sample(keys, min(len(keys), 3000))
    yield Scenario("read one", [Ask("GET", f"/api/v1/incidents/{n}") for _, n in some], subjects=[pk for pk, _ in some])
    yield Scenario("queue of 50 (API)", [Ask("GET", "/api/v1/incidents?status=open&limit=50")])
    yield from screens(random, some)
    yield _assign(random)
    yield _resolve(random)


def _logs(random: Random) -> Iterator[Ask]:
    leaves = list(
        Category.objects.filter(children=None, security_class=None).exclude(parent=None).values_list("pk", flat=True)
    )
    services = list(Service.objects.values_list("pk", flat=True))
    people = list(User.objects.filter(roles__contains=["requester"]).values_list("pk", flat=True))
    while True:
        yield Ask(
            "POST",
            "/api/v1/incidents",
            {
                "title": f"Printer {random.randint(100, 999)} in the back office prints stripes",
                "description": "Since this morning, on every page. The second one works. " * 3,
                "requester_id": random.choice(people),
                "service_id": random.choice(services),
                "category_id": random.choice(leaves),
                "impact": random.randint(2, 3),
                "urgency": random.randint(1, 3),
            },
        )


def _open(random: Random) -> list[tuple[int, str]]:
    rows = list(
        Incident.objects.filter(status__in=OPEN, tasks=None, children=None, parent=None).values_list("pk", "number")[
            :MOST
        ]
    )
    random.shuffle(rows)
    return rows


def _assign(random: Random) -> Scenario:
    """To another person each time: assigning to who has it already would change nothing."""
    staff = sorted(set(Membership.objects.values_list("user_id", flat=True)))
    rows = _open(random)
    asks = [
        Ask(
            "POST",
            f"/api/v1/incidents/{number}/assign",
            {"assignee_id": staff[turn % len(staff)], "reason": "Knows it."},
        )
        for turn in range(6)
        for _, number in rows
    ]
    single = [pk for pk in staff if Membership.objects.filter(user_id=pk).count() == 1]
    asks = [ask for ask in asks if ask.body["assignee_id"] in single]
    return Scenario("assign", asks[:MOST], subjects=[pk for pk, _ in rows])


def _resolve(random: Random) -> Scenario:
    rows = _open(random)
    body = {"resolution_code": "fixed", "resolution": "Print head cleaned, test page is fine.", "cause_code": "unknown"}
    asks = [Ask("POST", f"/api/v1/incidents/{number}/resolve", body) for _, number in rows]
    return Scenario("resolve", asks, consumes=True, subjects=[pk for pk, _ in rows])
