"""What a call costs: the number of database queries, whatever the number of rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allclear import testing
from allclear.incidents import actions
from tests.api.client import Api, ok

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]


def queries(api: Api, method: str, path: str, body: object = None, status: int = 200) -> list[str]:
    """The statements of a call, without savepoints: the test's own transaction makes those."""
    with CaptureQueriesContext(connection) as captured:
        ok(api.send(method, path, body), status)
    return [q["sql"] for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]]


def test_it_keeps_the_price_of_each_call() -> None:
    acme = testing.organisation()
    agent, rita = testing.person(), testing.person("requester", organisation=acme)
    network = testing.team(agent)
    kind, mail, server = testing.category(), testing.service(), testing.ci()
    api = Api(agent)
    full = {
        "title": "VPN drops", "description": "Since the morning", "requester_id": rita.pk, "category_id": kind.pk,
        "service_id": mail.pk, "ci_ids": [server.pk], "team_id": network.pk,
    }  # fmt: skip
    number = ok(api.post("/incidents", **full), 201)["number"]
    for n in range(60):
        testing.logged(agent, title=str(n), requester_id=rita.pk, category_id=kind.pk, team_id=network.pk)
    row = testing.logged(agent)
    actions.add_task(testing.request_as(agent, 1), row.pk, title="Call them")
    for name, limit, call in (
        ("log, little known", 8, ("POST", "/incidents", {"title": "VPN drops"}, 201)),
        ("log, all known", 14, ("POST", "/incidents", full, 201)),
        ("read", 6, ("GET", f"/incidents/{row.number}")),
        ("read, all known", 7, ("GET", f"/incidents/{number}")),
        ("list of 50", 4, ("GET", "/incidents?status=open&limit=50")),
        ("accept", 9, ("POST", f"/incidents/{row.number}/accept")),
        ("assign", 12, ("POST", f"/incidents/{row.number}/assign", {"team_id": network.pk})),
        ("timeline", 12, ("GET", f"/incidents/{number}/timeline")),
        ("me", 2, ("GET", "/me")),
    ):
        done = queries(api, *call)
        assert len(done) <= limit, (name, len(done), done)


def test_it_opens_no_session_for_a_call_with_a_token() -> None:
    api = Api(testing.person())
    done = queries(api, "GET", "/me")
    assert not any("session" in statement for statement in done)
    assert "Set-Cookie" not in api.get("/me")
