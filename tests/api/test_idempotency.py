"""`Idempotency-Key`: sent twice, done once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from allclear import testing
from allclear.accounts.models import ApiToken
from allclear.api import idempotency
from allclear.api.idempotency import forget_old_answers
from allclear.api.models import IdempotentAnswer
from allclear.incidents.models import Incident
from allclear.kernel import clock
from allclear.kernel.models import Event
from tests.api.client import Api, ok, problem

KEY = {"Idempotency-Key": "3f1c-once"}


@pytest.mark.django_db
def test_it_repeats_the_answer_and_does_the_work_once() -> None:
    api = Api(testing.person())
    first = api.post("/incidents", headers=KEY, title="VPN drops")
    again = api.post("/incidents", headers=KEY, title="VPN drops")
    assert ok(first, 201) == ok(again, 201)
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert "Idempotent-Replay" not in first
    assert again["Idempotent-Replay"] == "true"
    assert Incident.objects.count() == 1


@pytest.mark.django_db
def test_it_refuses_a_key_that_came_with_another_request() -> None:
    api = Api(testing.person())
    number = ok(api.post("/incidents", headers=KEY, title="VPN drops"), 201)["number"]
    body = problem(api.post("/incidents", headers=KEY, title="Mail is slow"), 422, "invalid")
    assert body["errors"][0]["field"] == "Idempotency-Key"
    problem(api.post(f"/incidents/{number}/accept", headers=KEY), 422)
    assert Incident.objects.count() == 1


@pytest.mark.django_db
def test_it_keeps_the_keys_of_two_people_apart() -> None:
    for api in (Api(testing.person()), Api(testing.person())):
        ok(api.post("/incidents", headers=KEY, title="VPN drops"), 201)
    assert Incident.objects.count() == 2


@pytest.mark.django_db
def test_it_leaves_no_trace_of_a_refused_verb() -> None:
    agent = testing.person()
    row = testing.logged(agent)
    api = Api(agent)
    path = f"/incidents/{row.number}"
    problem(api.post(f"{path}/close", headers=KEY), 409)
    assert not IdempotentAnswer.objects.exists()
    ok(api.post(f"{path}/accept", headers=KEY))


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 201])
def test_it_says_how_a_key_is_written(key: str) -> None:
    problem(Api(testing.person()).post("/incidents", headers={"Idempotency-Key": key}, title="x"), 422)


@pytest.mark.django_db
def test_it_forgets_after_a_day() -> None:
    api = Api(testing.person())
    with clock.set_clock(testing.T0 + timedelta(days=400)):
        ok(api.post("/incidents", headers=KEY, title="VPN drops"), 201)
        clock.advance(timedelta(hours=25))
        ok(api.post("/incidents", headers=KEY, title="Something else"), 201)
        assert forget_old_answers(clock.now()) == 0
        clock.advance(timedelta(hours=25))
        assert forget_old_answers(clock.now()) == 1
    assert Incident.objects.count() == 2


@pytest.mark.django_db
def test_it_clears_old_answers_away_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(testing.person())
    with clock.set_clock(testing.T0 + timedelta(days=400)):
        for n in range(3):
            ok(api.post("/incidents", headers={"Idempotency-Key": f"old-{n}"}, title="x"), 201)
        clock.advance(timedelta(hours=25))
        monkeypatch.setattr(idempotency, "_CLEAN_EVERY", 1)
        ok(api.post("/incidents", headers=KEY, title="x"), 201)
    assert list(IdempotentAnswer.objects.values_list("key", flat=True)) == [KEY["Idempotency-Key"]]


@pytest.mark.django_db
def test_it_never_stores_the_token_that_it_made() -> None:
    api = Api(testing.person())
    plain = ok(api.post("/tokens", headers=KEY, name="CI", scopes=["read"]), 201)["plain"]
    again = ok(api.post("/tokens", headers=KEY, name="CI", scopes=["read"]), 201)
    assert again["plain"] is None
    assert plain not in bytes(IdempotentAnswer.objects.get().body).decode()
    assert ApiToken.objects.filter(name="CI").count() == 1


@pytest.mark.django_db
def test_it_attaches_a_file_once_and_knows_another_by_its_bytes(blobs: object) -> None:
    agent = testing.person()
    row, api = testing.logged(agent), Api(agent)
    path = f"/api/v1/incidents/{row.number}/attachments/raw?name=a.txt"
    answers = [api.client.generic("POST", path, body, headers=api.headers | KEY) for body in (b"one", b"one", b"two")]
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert row.attachments.count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_logs_one_incident_for_two_who_send_one_key_at_once() -> None:
    agent = testing.person()
    clients = [Api(agent) for _ in range(4)]
    barrier, answers = threading.Barrier(len(clients)), []

    def send(api: Api) -> None:
        barrier.wait(60)
        try:
            answers.append(api.post("/incidents", headers=KEY, title="VPN drops"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(api,)) for api in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * len(clients)
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replay" in answer for answer in answers) == len(clients) - 1
    assert Incident.objects.count() == 1
    assert Event.objects.filter(stream_type="incident", kind="logged").count() == 1
