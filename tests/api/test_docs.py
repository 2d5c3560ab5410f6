"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from allclear import testing
from allclear.api.docs import groups, openapi
from tests.api.client import ROOT, Api, ok, problem

METHODS = {"get", "post", "patch", "delete"}


def test_it_describes_every_operation_with_words_parameters_and_problems() -> None:
    document = openapi()
    assert document["openapi"].startswith("3.")
    ids = []
    for path, methods in document["paths"].items():
        assert set(methods) <= METHODS
        for operation in methods.values():
            ids.append(operation["operationId"])
            assert re.match(r"[A-Z].* ", operation["summary"]), operation["summary"]
            in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path)), path
            assert operation["security"]
            for status, answer in operation["responses"].items():
                kind = "application/problem+json" if int(status) >= 400 else "application/json"
                assert set(answer.get("content", {kind: {}})) == {kind}
    assert len(ids) == len(set(ids))


def test_it_refers_only_to_shapes_that_are_there() -> None:
    document = openapi()
    text = json.dumps(document)
    found = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert found
    assert found <= set(document["components"]["schemas"])


def test_it_documents_the_idempotency_key_on_every_post_and_the_version_on_verbs() -> None:
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            headers = {p["name"] for p in operation["parameters"] if p["in"] == "header"}
            assert ("Idempotency-Key" in headers) == (method == "post"), path
            is_paging = path.endswith("/page") or "/escalations/" in path  # moves no version of the incident
            if path.startswith("/api/v1/incidents/{number}") and method != "get" and not is_paging:
                assert "If-Match" in headers, path


@pytest.mark.django_db
def test_it_gives_the_document_to_anybody_and_the_page_to_people() -> None:
    browser = Client()
    assert json.loads(browser.get(f"{ROOT}/openapi.json").content)["info"]["title"] == "Allclear API"
    assert browser.get(f"{ROOT}/docs")["Location"] == "/account/login/?next=/api/v1/docs"
    browser.force_login(testing.person("agent"))
    page = browser.get(f"{ROOT}/docs")
    html = page.content.decode()
    assert page.status_code == 200
    assert "sandbox" not in page["Content-Security-Policy"]
    for group in groups():
        assert f'id="{group.anchor}"' in html
        for operation in group.operations:
            assert f'id="op-{operation.id}"' in html
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]*src=)", html)


@pytest.mark.django_db
def test_it_answers_in_problem_documents_where_there_is_nothing() -> None:
    assert "openapi" not in problem(Client().get("/api/v1/nothing"), 404, "not_found")["detail"]  # type: ignore[arg-type]  # a test's
    api = Api(testing.person("agent"))
    problem(api.get("/nothing"), 404, "not_found")
    answer = api.send("PUT", "/incidents", {})
    assert problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, POST"
    problem(api.send("DELETE", "/api/nowhere"), 404)
    assert ok(api.get("/me"))["permissions"]
