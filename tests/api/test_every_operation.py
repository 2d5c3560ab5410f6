"""A walk over all operations of the OpenAPI document: each works, for those who may, and for nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from allclear import testing
from allclear.accounts.models import ApiToken, User
from allclear.api.app import api
from allclear.kernel import clock
from tests.api.client import ROOT, Api, problem
from tests.api.world import ALL, CALLS, Call, World, build, filled

pytestmark = pytest.mark.django_db
SECRETS = ("SECRET", "FOREIGN-TITLE", "Investigations", "internal")


@pytest.fixture
def world(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(settings, "BLOBS", tmp_path)
    made = build()
    made.rows["unused"] = testing.security_class(name="Unused")
    with clock.set_clock(testing.instant(60)):
        yield made


def operations() -> Iterator[tuple[str, str, Any]]:
    """Operation id, method, and ninja's own operation of each."""
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                yield operation.operation_id or "", operation.methods[0], operation


OPERATIONS = {name: (method, operation) for name, method, operation in operations()}


def send(client: Api, name: str, call: Call, world: World) -> HttpResponse:
    method, path = OPERATIONS[name][0], filled(call.path, world)
    if call.body == "multipart":
        form = {"file": SimpleUploadedFile("a.txt", b"words")}
        return client.client.post(ROOT + path, form, headers=client.headers)  # type: ignore[return-value]  # a test's
    if call.body == "raw":
        return client.client.generic(method, ROOT + path, b"words", headers=client.headers)  # type: ignore[return-value]  # a test's
    return client.send(method, path, filled(call.body, world))


def body_of(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


def test_it_has_a_call_here_for_every_operation() -> None:
    assert set(OPERATIONS) == set(CALLS)


def test_it_answers_no_stranger(world: World) -> None:
    for client in (Api(None), bad_token()):
        for name, call in CALLS.items():
            answer = send(client, name, call, world)
            assert problem(answer, 401, "unauthenticated"), name
            assert "Bearer" in answer["WWW-Authenticate"]


def bad_token() -> Api:
    client = Api(None)
    client.headers["Authorization"] = "Bearer alc_nobody"
    return client


@pytest.mark.parametrize("role", ALL)
def test_it_does_each_thing_for_those_who_may_and_refuses_the_others(role: str, world: World) -> None:
    client = Api(world.people[role])
    for name, call in CALLS.items():
        with transaction.atomic():
            answer = send(client, name, call, world)
            body = body_of(answer)
            if role in call.roles:
                assert answer.status_code == call.status, (name, answer.status_code, body)
                check_shape(name, call.status, answer, body)
            else:
                assert answer.status_code in (403, 404), (name, answer.status_code, body)
                problem(answer, answer.status_code)
            transaction.set_rollback(True)


def check_shape(name: str, status: int, answer: HttpResponse, body: bytes) -> None:
    """The answer has exactly the shape that the document promises."""
    model = OPERATIONS[name][1].response_models[status]
    if model is not None:
        model.model_validate({"response": json.loads(body)})
    assert answer["Cache-Control"] == "private, no-store"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_it_tells_a_requester_nothing_internal(world: World) -> None:
    client = Api(world.people["requester"])
    for name, call in CALLS.items():
        with transaction.atomic():
            body = body_of(send(client, name, call, world)).decode(errors="replace")
            for secret in SECRETS:
                assert secret not in body, (name, secret, body)
            transaction.set_rollback(True)


@pytest.mark.parametrize("which", ["foreign", "secret"])
def test_it_shows_a_requester_no_incident_that_is_not_theirs(which: str, world: World) -> None:
    assert_unknown(Api(world.people["requester"]), which, world)


@pytest.mark.parametrize("role", ["agent", "admin", "auditor"])
def test_it_shows_staff_no_incident_of_a_class_they_are_not_in(role: str, world: World) -> None:
    assert_unknown(Api(world.people[role]), "secret", world)


def test_it_shows_staff_of_one_customer_no_incident_of_another(world: World) -> None:
    acme = world.rows["organisation"]
    assert_unknown(Api(testing.person("agent", serves=[acme])), "foreign", world)


def assert_unknown(client: Api, which: str, world: World) -> None:
    """Whatever is done with this incident looks as if it were not there; or it is refused before it is looked up."""
    row = world.rows[which]
    for name, call in CALLS.items():
        if "{own.number}" not in call.path:
            continue
        moved = Call(call.roles, call.path.replace("{own.number}", row.number), call.body, call.status)
        with transaction.atomic():
            answer = send(client, name, moved, world)
            assert answer.status_code in (403, 404), (name, answer.status_code, body_of(answer))
            assert row.title not in body_of(answer).decode(errors="replace")
            transaction.set_rollback(True)
    listed = body_of(client.get("/incidents", limit=200)).decode()
    assert row.number not in listed
    assert body_of(client.get("/incidents", numbers=row.number)) == b'{"items":[],"next_cursor":null}'


def test_it_does_only_what_the_scopes_of_a_token_include(world: World) -> None:
    client = Api(world.people["admin"], scopes=["read"])
    for name, call in CALLS.items():
        with transaction.atomic():
            answer = send(client, name, call, world)
            if OPERATIONS[name][0] == "GET":
                assert answer.status_code == 200, (name, body_of(answer))
                body_of(answer)
            else:
                code = "token_scope" if name != "end_token" else "not_found"  # of another: as if it were not there
                assert problem(answer, 403 if name != "end_token" else 404, code), name
            transaction.set_rollback(True)


def test_it_obeys_the_session_of_a_browser_and_asks_for_its_csrf_token(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.people["agent"])
    assert browser.get(f"{ROOT}/me").status_code == 200
    path = f"{ROOT}/incidents/{world.rows['own'].number}/acknowledge"
    assert problem(browser.post(path), 403, "csrf")  # type: ignore[arg-type]  # a test's answer
    browser.cookies["csrftoken"] = "a" * 32
    answer = browser.post(path, "{}", content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert answer.status_code == 200
    as_form = browser.post(path, {"a": "b"}, headers={"X-CSRFToken": "a" * 32})
    assert problem(as_form, 415)  # type: ignore[arg-type]  # a test's answer


def test_it_takes_no_session_for_a_token_that_is_wrong(world: World) -> None:
    browser = Client()
    browser.force_login(world.people["admin"])
    assert browser.get(f"{ROOT}/me", headers={"Authorization": "Bearer alc_wrong"}).status_code == 401


def test_it_knows_nobody_who_left(world: World) -> None:
    client = Api(world.people["agent"])
    User.objects.filter(pk=world.people["agent"].pk).update(is_active=False)
    assert client.get("/me").status_code == 401
    assert ApiToken.objects.filter(user=world.people["agent"]).exists()
