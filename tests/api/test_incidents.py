"""Incidents over the API: logged, read, corrected, brought to their end."""

from __future__ import annotations

import pytest

from allclear import testing
from allclear.incidents.models import Incident
from tests.api.client import Api, ok, problem

pytestmark = pytest.mark.django_db


def test_it_logs_an_incident_and_says_why_it_has_its_weight_and_team() -> None:
    agent = testing.person("agent")
    network = testing.team(agent, name="Network")
    answer = Api(agent).post("/incidents", title="VPN drops", team_id=network.pk, impact=1, urgency=2, channel="phone")
    body = ok(answer, 201)
    row = Incident.objects.get()
    assert answer["Location"] == f"/api/v1/incidents/{row.number}"
    assert answer["ETag"] == f'"{row.version}"'
    assert body == {
        "number": row.number,
        "version": row.version,
        "kind": "incident",
        "status": "new",
        "title": "VPN drops",
        "priority": 2,
        "team": {"id": network.pk, "name": "Network"},
        "assignee": None,
        "events": ["logged", "prioritised", "routed"],
        "because": ["P2 because impact is High and urgency is Medium", "Given to Network by hand"],
        "merged": None,
    }


def test_it_takes_impact_and_no_urgency_from_a_requester() -> None:
    api = Api(testing.person("requester"))
    body = problem(api.post("/incidents", title="VPN drops", impact=1, urgency=1), 422)
    assert [error["field"] for error in body["errors"]] == ["urgency"]
    assert "Leave this empty and give the impact" in body["errors"][0]["message"]
    assert Incident.objects.count() == 0
    number = ok(api.post("/incidents", title="VPN drops", impact=1), 201)["number"]
    row = Incident.objects.get(number=number)
    assert (row.impact, row.urgency) == (1, 2)


def test_it_walks_the_whole_main_job() -> None:
    agent, requester = testing.person("agent"), testing.person("requester", name="Rita Moss")
    testing.codes()
    api = Api(agent)
    number = ok(api.post("/incidents", title="Mail is slow", requester_id=requester.pk), 201)["number"]
    for verb, body, status in (
        ("acknowledge", {}, "new"),
        ("accept", {}, "in_progress"),
        ("hold", {"reason": "evidence", "note": "Logs asked for"}, "on_hold"),
        ("resume", {}, "in_progress"),
        ("prioritise", {"impact": 1, "urgency": 1, "reason": "The whole site"}, "in_progress"),
        ("workaround", {"workaround": "Use the web client", "restores_service": True}, "in_progress"),
        ("resolve", {"resolution_code": "fixed", "resolution": "Queue emptied", "cost": "12.50"}, "resolved"),
        ("verify", {"is_effective": True}, "resolved"),
        ("close", {}, "closed"),
    ):
        assert ok(api.post(f"/incidents/{number}/{verb}", **body))["status"] == status
    found = ok(api.get(f"/incidents/{number}"))
    assert found["resolution"] == "Queue emptied"
    assert found["workaround"] == "Use the web client"
    assert found["cost"] == "12.50"
    assert found["requester"] == {"id": requester.pk, "name": "Rita Moss"}
    assert found["closed_by"]["id"] == agent.pk
    assert found["completeness"] > 30


def test_it_refuses_with_the_code_of_the_rule() -> None:
    agent = testing.person("agent")
    row = testing.in_status("new", agent)
    body = problem(Api(agent).post(f"/incidents/{row.number}/close"), 409, "close_when_new")
    assert body["detail"].startswith("Close is not possible: the incident is new.")


def test_it_corrects_only_what_is_named() -> None:
    agent = testing.person("agent")
    row = testing.logged(agent, location="Room 7")
    api = Api(agent)
    ok(api.patch(f"/incidents/{row.number}", title="VPN drops hourly", description="Since Monday", is_impending=True))
    ok(api.patch(f"/incidents/{row.number}", location=None))
    found = ok(api.get(f"/incidents/{row.number}"))
    assert (found["title"], found["description"], found["location"]) == ("VPN drops hourly", "Since Monday", "")
    assert found["is_impending"] is True


def test_it_lists_the_most_critical_open_ones_first() -> None:
    agent = testing.person("agent")
    for minute, impact in ((0, 3), (1, 1), (2, 1)):
        testing.logged(agent, at=minute, title=f"at {minute}", impact=impact, urgency=1)
    items = ok(Api(agent).get("/incidents", status="open"))["items"]
    assert [item["title"] for item in items] == ["at 1", "at 2", "at 0"]
