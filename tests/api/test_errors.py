"""Errors: problem documents in words, and nothing that leaks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from allclear import testing
from allclear.api import incidents
from allclear.incidents.models import Incident
from tests.api.client import ROOT, Api, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]


def fields(body: Any) -> dict[str, str]:
    return {error["field"]: error["message"] for error in body["errors"]}


def test_it_refuses_an_unknown_field_in_words() -> None:
    body = problem(Api(testing.person()).post("/incidents", title="x", prioritty=1), 422, "invalid")
    assert fields(body) == {"prioritty": "There is no field prioritty; leave it out or mend its name."}
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({}, "title", "Say in one line what is wrong."),
        ({"title": "x", "kind": "bug"}, "kind", "kind: choose 'incident' or 'service_request'"),
        ({"title": "x", "impact": 9}, "impact", "less than or equal to 5"),
        ({"title": "x", "impact": 5}, "impact", "choose 1 to 3"),
        ({"title": "x", "team_id": 99}, "team_id", "This team is not there any more"),
        ({"title": "x", "requester_id": 2**62}, "requester_id", "less than or equal"),
        ({"title": "x", "occurred_at": "2026-03-02T09:00:00"}, "occurred_at", "give the instant with its offset"),
        ({"title": "x", "occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at", "between the years"),
        ({"title": "x", "occurred_at": "2026-03-02T11:00:00Z"}, "occurred_at", "cannot have occurred in the future"),
        ({"title": "x", "custom": {"nothing": 1}}, "custom.nothing", "There is no such field."),
        ({"title": "x" * 251}, "title", "at most 250 characters fit"),
        ({"title": "a\0b"}, "body", "Null characters cannot be stored"),
        ({"title": "x", "answers": [{"question": "Why?"}]}, "answers.0.answer", "answers.0.answer is needed."),
        ({"title": "x", "template_id": 77}, "template_id", "This template is not there any more"),
    ],
)
def test_it_names_the_field_and_says_what_to_do(given: dict[str, Any], field: str, words: str) -> None:
    body = problem(Api(testing.person()).send("POST", "/incidents", given), 422, "invalid")
    assert words in fields(body)[field]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("raw", ["{", "", "[]", "null", '"x"', "\ud800"])
def test_it_takes_no_body_that_is_not_an_object(raw: str) -> None:
    client = Client(headers=Api(testing.person()).headers)
    answer = client.post(f"{ROOT}/incidents", raw.encode(errors="surrogatepass"), content_type="application/json")
    assert problem(answer, answer.status_code)  # type: ignore[arg-type]  # a test's answer
    assert answer.status_code in (400, 422)


def test_it_takes_no_body_that_is_too_large() -> None:
    api = Api(testing.person())
    problem(api.post("/incidents", title="x", description="y" * (6 * 2**20)), 413, "too_large")
    headers = {**api.headers, "Content-Length": str(60 * 2**20)}
    answer = Client().generic("POST", f"{ROOT}/incidents", b"{}", headers=headers)
    assert problem(answer, 413)  # type: ignore[arg-type]  # a test's answer


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"prioritty": "1"}, "prioritty"),
        ({"status": "gone"}, "status"),
        ({"sort": "best"}, "sort"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"priority": "urgent"}, "priority.0"),
        ({"assignee": "somebody"}, "assignee"),
        ({"team": "9" * 30}, "team"),
        ({"q": "a\0b"}, "query"),
        ({"cursor": "AAAA"}, "cursor"),
    ],
)
def test_it_refuses_a_filter_that_it_cannot_follow(query: dict[str, str], field: str) -> None:
    assert field in fields(problem(Api(testing.person()).get("/incidents", **query), 422, "invalid"))


def test_it_looks_the_same_whether_an_incident_is_not_there_or_not_to_be_seen() -> None:
    mine, other = testing.person("requester"), testing.person("requester")
    hidden = testing.logged(testing.person(), requester_id=other.pk)
    absent = problem(Api(mine).get("/incidents/INC9999999"), 404, "not_found")
    secret = problem(Api(mine).get(f"/incidents/{hidden.number}"), 404, "not_found")
    assert absent["detail"] == secret["detail"]
    problem(Api(mine).send("GET", "/incidents/a%00b"), 404, "not_found")


def test_it_tells_nothing_of_a_fault_of_ours_but_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(incidents, "log_incident", fail)
    body = problem(Api(testing.person()).post("/incidents", title="x"), 500, "error")
    assert "secret" not in str(body)


def test_it_says_which_roles_a_thing_needs() -> None:
    api = Api(testing.person("requester"))
    assert "admin" in problem(api.post("/teams", name="x"), 403, "not_permitted")["detail"]


def test_it_keeps_a_requester_from_what_the_service_desk_decides() -> None:
    team = testing.team()
    body = problem(Api(testing.person("requester")).post("/incidents", title="x", team_id=team.pk), 403)
    assert "service desk decides" in body["detail"]
