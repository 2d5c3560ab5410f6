"""The operations that are measured, as HTTP requests. Each takes fresh incidents where it changes something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse

from allclear.accounts.models import Membership, User
from allclear.accounts.queries import viewer_of
from allclear.accounts.tokens import issue_token
from allclear.catalog.models import Category, Service
from allclear.config.demo.people import email_of
from allclear.domain.terms import OPEN
from allclear.incidents.models import Incident
from allclear.kernel import clock

MOST = 20_000  # requests prepared for one operation
WHO = "elena.marchetti"  # an incident manager who sees everything, classified ones too


@dataclass(frozen=True)
class Ask:
    """One HTTP request."""

    method: str
    path: str
    body: Any = None
    by_token: bool = True

    def raw(self, key: Key) -> str:
        """The whole request as text, for the load generator."""
        body = "" if self.body is None else json.dumps(self.body)
        who = f"Authorization: Bearer {key.token}" if self.by_token else f"Cookie: sessionid={key.session}"
        head = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost", who, "Connection: keep-alive"]
        if body:
            head += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
        return "\r\n".join(head) + "\r\n\r\n" + body

    def run(self, key: Key) -> Any:
        """In this process, through Django alone."""
        who = {"authorization": f"Bearer {key.token}"} if self.by_token else {"cookie": f"sessionid={key.session}"}
        data = None if self.body is None else json.dumps(self.body)
        return _client.generic(self.method, self.path, data or "", content_type="application/json", headers=who)


_client = Client(headers={"host": "localhost"})  # one, for it loads the middleware


@dataclass(frozen=True)
class Key:
    """How the measured requests say who they are."""

    token: str
    session: str


@dataclass
class Scenario:
    """`asks` are used up one by one when it `consumes` them, else they are asked again and again."""

    name: str
    asks: list[Ask]
    consumes: bool = False
    makes: bool = False  # logs a new incident
    subjects: list[int] = field(default_factory=list)  # keys of the incidents that the asks are about


def make_key() -> Key:
    """A token and a session of one demo person."""
    user = User.objects.get(email=email_of(WHO))
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    _, plain = issue_token(viewer_of(user), user, "bench", ["all"], expires_at=None, now=clock.now())
    return Key(plain, client.cookies["sessionid"].value)


def scenarios(random: Random) -> Iterator[Scenario]:
    """In the order in which they run: what resolves comes last, and takes what was logged before."""
    yield Scenario("log", list(islice(_logs(random), 2000)), makes=True)
    keys = list(Incident.objects.order_by("pk").values_list("pk", "number"))
    some = random.sample(keys, min(len(keys), 3000))
    yield Scenario("read one", [Ask("GET", f"/api/v1/incidents/{n}") for _, n in some], subjects=[pk for pk, _ in some])
    yield Scenario("queue of 50 (API)", [Ask("GET", "/api/v1/incidents?status=open&limit=50")])
    if page := _address("incidents:queue"):
        yield Scenario("queue page", [Ask("GET", page, by_token=False)])
    if _address("incidents:detail", "INC0000001"):
        pages = [(pk, Ask("GET", str(_address("incidents:detail", n)), by_token=False)) for pk, n in some]
        yield Scenario("detail page", [ask for _, ask in pages], subjects=[pk for pk, _ in pages])
    yield _assign(random)
    yield _resolve(random)


def _address(name: str, *arguments: str) -> str | None:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return None


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
        Ask("POST", f"/api/v1/incidents/{number}/assign", {"assignee_id": staff[turn % len(staff)]})
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
