"""Saved views, filters and completion over the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from allclear import testing
from allclear.domain.terms import Role
from tests.api.client import Api, problem

pytestmark = pytest.mark.django_db


def get(client: Api, path: str, **query: Any) -> Any:
    return client.get(f"{path}?{urlencode(query)}" if query else path)


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["number"] for item in answer.json()["items"]]


def test_it_lists_incidents_by_a_filter_text() -> None:
    agent = testing.person()
    team = testing.team(agent, name="Network Operations")
    wanted = testing.logged(agent, title="Printer is dead", team_id=team.pk)
    testing.logged(agent, title="Mail")
    client = Api(agent)
    assert numbers(get(client, "/incidents", filter="team:network-op printer status:open")) == [wanted.number]
    assert numbers(get(client, "/incidents", filter="-printer -team:mine title:mail"))[0] != wanted.number


def test_a_wrong_filter_says_where_and_what_to_write() -> None:
    answer = get(Api(testing.person()), "/incidents", filter="vpn statsu:open")
    assert problem(answer, 422, "invalid")
    told = answer.json()
    assert told["position"] == 4 and told["near"] == ["status"] and "status" in told["errors"][0]["message"]


@pytest.mark.parametrize("sort", ["title", "-title", "team", "-resolved", "hold-until", "next", "status", "-priority"])
def test_it_pages_through_any_order_once_each(sort: str) -> None:
    agent = testing.person()
    teams = [testing.team(agent, name=name) for name in ("b", "a")]
    rows = [testing.logged(agent, at=n, title=f"T{n % 3}") for n in range(5)]
    rows += [testing.logged(agent, at=9 - n, title="Té", team_id=teams[n % 2].pk) for n in range(4)]
    client = Api(agent)
    whole = numbers(get(client, "/incidents", sort=sort, limit=100))
    found: list[str] = []
    cursor = ""
    while True:
        answer = get(client, "/incidents", sort=sort, limit=2, **({"cursor": cursor} if cursor else {}))
        found += numbers(answer)
        cursor = answer.json()["next_cursor"] or ""
        if not cursor:
            break
    assert found == whole and sorted(found) == sorted(row.number for row in rows)
    bad = get(client, "/incidents", sort="newest" if sort == "title" else "title", group_by="team", cursor="W10")
    assert problem(bad, 422, "invalid")


def test_it_keeps_changes_counts_and_removes_a_view() -> None:
    agent = testing.person()
    row = testing.logged(agent, title="Printer")
    client = Api(agent)
    made = client.send("POST", "/views", {"name": "Printers", "filter": "printer status:open", "sort": "-opened"})
    assert made.status_code == 201 and made.json()["is_pinned"] and made.json()["shared"] == "personal"
    path = f"/views/{made.json()['id']}"
    assert numbers(client.get(f"{path}/incidents")) == [row.number]
    assert client.get("/views/counts").json()["items"][0]["number"] == 1
    changed = client.send("PATCH", path, {"filter": "status:ended", "group_by": "team"})
    assert changed.status_code == 200 and numbers(client.get(f"{path}/incidents")) == []
    client.headers["If-Match"] = made["ETag"]
    assert problem(client.send("PATCH", path, {"name": "Mine"}), 409, "conflict")
    del client.headers["If-Match"]
    wrong = client.send("PATCH", path, {"filter": "priority:high"})
    assert problem(wrong, 422, "invalid") and wrong.json()["errors"][0]["field"] == "filter"
    assert client.send("DELETE", path).status_code == 204 and client.get(path).status_code == 404


def test_nobody_sees_anothers_view_until_it_is_shared() -> None:
    lead, mate, other = testing.person(Role.TEAM_LEAD), testing.person(), testing.person()
    team = testing.team(lead, mate, name="Network")
    made = Api(lead).send("POST", "/views", {"name": "Ours", "filter": "team:mine"})
    path = f"/views/{made.json()['id']}"
    assert Api(mate).get(path).status_code == 404
    assert Api(lead).send("PATCH", path, {"shared": "teams", "teams": [team.pk]}).status_code == 200
    assert Api(mate).get(path).json()["may_change"] is False and Api(other).get(path).status_code == 404
    assert Api(mate).send("PATCH", path, {"name": "Mine"}).status_code == 403
    assert Api(mate).send("POST", f"{path}/pin", {"pinned": True}).json()["is_pinned"]


def test_it_completes_what_is_typed() -> None:
    agent = testing.person(name="Zoë Quist")
    testing.team(agent, name="Network Operations")
    client = Api(agent)
    text = "status:open team:netw"
    first = client.get(f"/filters/complete?text={quote(text)}&cursor={len(text)}").json()["items"][0]
    assert (first["text"], first["start"], first["end"]) == ("network-operations", 17, 21)
    fields = client.get("/filters/complete?text=ass&cursor=3").json()["items"]
    assert fields[0]["text"] == "assignee:"
