from __future__ import annotations

import re

import pytest
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from structlog.contextvars import get_contextvars

from allclear.config import health
from allclear.config.middleware import RequestId


@pytest.mark.django_db
def test_healthz_tells_a_stranger_that_all_is_well(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_heartbeat (loop, beat_at, worked, error) VALUES ('sla', now() - interval '3 s', 0, '')"
        )

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": "0.1.0", "database": "ok", "engine": {"sla": 3.0}}
    assert answer["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/-/healthy", "/-/ready", f"/webhooks/{'0' * 32}/-/healthy"])
def test_clients_of_alertmanager_hear_that_all_is_well_where_they_ask(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_healthz_fails_without_details_when_the_database_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, rf: RequestFactory
) -> None:
    def broken() -> None:
        raise DatabaseError("password of db.internal")

    monkeypatch.setattr(connection, "cursor", broken)

    answer = health.healthz(rf.get("/healthz"))

    assert answer.status_code == 503
    assert b"internal" not in answer.content


@pytest.mark.parametrize(
    ("given", "taken"),
    [("abc-DEF_9", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("a\nb", False), ("", False)],
)
def test_a_sane_request_id_is_taken_and_any_other_replaced(rf: RequestFactory, given: str, taken: bool) -> None:
    seen = {}

    def view(request: HttpRequest) -> HttpResponse:
        seen.update(get_contextvars(), request=request.request_id)  # type: ignore[attr-defined]
        return HttpResponse()

    answer = RequestId(view)(rf.get("/", headers={"X-Request-ID": given}))

    name = answer["X-Request-ID"]
    assert (name == given) is taken
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name)
    assert seen == {"request_id": name, "request": name}
    assert "request_id" not in get_contextvars()
