"""Lists: filters, order, and pages that stay right while rows come."""

from __future__ import annotations

from typing import Any

import pytest

from allclear import testing
from allclear.accounts.models import Team, User
from allclear.incidents.models import Incident
from tests.api.client import Api, ok, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]


def titles(body: Any) -> list[str]:
    return [item["title"] for item in body["items"]]


def walk(api: Api, **query: Any) -> list[str]:
    """All titles, page by page."""
    found: list[str] = []
    cursor = ""
    while True:
        body = ok(api.get("/incidents", cursor=cursor, **query))
        found += titles(body)
        cursor = body["next_cursor"]
        if not cursor:
            return found


@pytest.mark.parametrize("sort", ["critical", "newest", "oldest"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_it_gives_every_incident_once_whatever_the_page(sort: str, limit: int) -> None:
    agent = testing.person()
    for n in range(6):
        testing.logged(agent, at=n // 2, title=str(n), impact=1 + n % 3, urgency=1)
    Incident.objects.filter(title__in=["2", "5"]).update(priority=None)
    api = Api(agent)
    whole = titles(ok(api.get("/incidents", sort=sort, limit=200)))
    assert sorted(whole) == ["0", "1", "2", "3", "4", "5"]
    assert walk(api, sort=sort, limit=limit) == whole
    if sort == "critical":
        assert whole[-2:] == ["2", "5"]


def test_it_moves_nothing_on_later_pages_when_more_is_logged_meanwhile() -> None:
    agent = testing.person()
    for n in range(4):
        testing.logged(agent, at=n, title=str(n))
    api = Api(agent)
    first = ok(api.get("/incidents", limit=2))
    testing.logged(agent, at=10, title="meanwhile")
    second = ok(api.get("/incidents", limit=2, cursor=first["next_cursor"]))
    assert titles(first) + titles(second) == ["3", "2", "1", "0"]
    assert second["next_cursor"] is None


def test_it_takes_no_cursor_of_another_sort() -> None:
    agent = testing.person()
    for n in range(3):
        testing.logged(agent, at=n)
    cursor = ok(Api(agent).get("/incidents", limit=1))["next_cursor"]
    body = problem(Api(agent).get("/incidents", limit=1, cursor=cursor, sort="critical"), 422)
    assert body["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("path", ["/users", "/teams", "/services", "/cis", "/categories", "/tokens"])
def test_it_pages_other_records_too(path: str) -> None:
    admin = testing.person("admin")
    api = Api(admin)
    for n in range(3):
        testing.team(name=f"Team {n}")
        testing.service(f"Service {n}")
        testing.ci(f"ci {n}")
        testing.category(f"Category {n}")
        testing.person()
        Api(admin)
    seen: list[int] = []
    cursor = ""
    while True:
        body = ok(api.get(path, limit=2, cursor=cursor))
        seen += [item["id"] for item in body["items"]]
        cursor = body["next_cursor"]
        if not cursor:
            break
    assert len(seen) >= 3
    assert len(seen) == len(set(seen))


class Desk:
    """A few incidents that differ in everything one can filter by."""

    def __init__(self) -> None:
        self.agent: User = testing.person()
        self.network: Team = testing.team(self.agent, name="Network")
        self.acme = testing.organisation("Acme")
        self.part = testing.organisation("Acme Berlin", self.acme)
        self.rita = testing.person("requester", organisation=self.part)
        self.software = testing.category("Software")
        self.mail = testing.category("Mail", self.software)
        self.server = testing.ci("srv-1")
        self.service = testing.service("Mail")
        self.supplier = testing.organisation("Telco", is_supplier=True)
        testing.logged(self.agent, title="plain")
        testing.logged(self.agent, title="team", team_id=self.network.pk, at=1)
        testing.logged(self.agent, title="person", assignee_id=self.agent.pk, at=2)
        testing.logged(self.agent, title="requester", requester_id=self.rita.pk, at=3)
        testing.logged(self.agent, title="category", category_id=self.mail.pk, at=4)
        testing.logged(self.agent, title="service", service_id=self.service.pk, ci_ids=[self.server.pk], at=5)
        testing.logged(self.agent, title="critical", impact=1, urgency=1, at=6)
        testing.logged(self.agent, title="request", kind="service_request", at=7)
        row = testing.in_status("resolved", self.agent, title="resolved", at=8)
        Incident.objects.filter(pk=row.pk).update(supplier=self.supplier)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_filters_by_each_field(desk: Desk) -> None:
    api = Api(desk.agent)
    number = Incident.objects.get(title="plain").number
    for query, expected in (
        ({"status": "resolved"}, {"resolved"}),
        ({"status": "ended"}, set()),
        ({"kind": "service_request"}, {"request"}),
        ({"priority": 1}, {"critical"}),
        ({"team": desk.network.pk}, {"team", "person"}),
        ({"team": "me"}, {"team", "person"}),
        ({"assignee": "me", "status": "open"}, {"person"}),
        ({"assignee": "none", "team": "me"}, {"team"}),
        ({"assignee": desk.agent.pk}, {"person", "resolved"}),
        ({"requester": desk.rita.pk}, {"requester"}),
        ({"category": desk.software.pk}, {"category"}),
        ({"service": desk.service.pk}, {"service"}),
        ({"ci": desk.server.pk}, {"service"}),
        ({"organisation": desk.acme.pk}, {"requester"}),
        ({"supplier": desk.supplier.pk}, {"resolved"}),
        ({"numbers": number.lower()}, {"plain"}),
        ({"q": number}, {"plain"}),
        ({"q": "CRITI*"}, {"critical"}),
        ({"q": "100%"}, set()),
        ({"logged_from": "2026-03-02T09:06:00Z", "logged_to": "2026-03-02T09:07:00Z"}, {"critical"}),
        ({"resolved_from": "2026-03-02T09:00:00Z"}, {"resolved"}),
        ({"resolved_to": "2026-03-02T09:00:00Z"}, set()),
    ):
        assert set(titles(ok(api.get("/incidents", **query)))) == expected, query


def test_it_joins_several_values_of_a_field_by_or(desk: Desk) -> None:
    found = ok(Api(desk.agent).send("GET", "/incidents?status=resolved&status=assigned"))
    assert set(titles(found)) == {"resolved", "person"}


def test_it_keeps_a_requester_from_filtering_by_what_they_may_not_read(desk: Desk) -> None:
    problem(Api(desk.rita).get("/incidents", supplier=desk.supplier.pk), 403)
