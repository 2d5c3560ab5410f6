"""Whatever a field or a parameter holds, the answer is in words: never a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from allclear.api.docs import openapi
from tests.api.client import Api
from tests.api.test_every_operation import OPERATIONS, body_of
from tests.api.test_every_operation import world as world
from tests.api.world import CALLS, World, filled

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
STRANGE: tuple[Any, ...] = (
    None, " \n ", "x" * 120_000, "\u202e\u0007é", -1, 2**31, 2**53 - 1, 1.5, True, [None], [2**53 - 1],
    {"a": "b" * 5000}, "9999-12-31T23:59:59-12:00", "1970-01-01T00:00:00Z",
)  # fmt: skip
STRANGE_QUERY = (
    "",
    " ",
    "%",
    '"',
    "\\",
    "x' OR 1=1 --",
    "-1",
    "0",
    "9" * 30,
    "é\u202e",
    "null",
    "1e9",
    "2026-01-01T00:00:00Z",
)


def operations() -> Iterator[tuple[str, dict[str, Any], list[str], list[str]]]:
    """Each operation's id, its document, the fields of its body and its parameters."""
    document = openapi()
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            for part in (content, *content.get("anyOf", ()), *content.get("allOf", ())):
                if "$ref" in part:
                    content = document["components"]["schemas"][part["$ref"].rpartition("/")[2]]
            query = [p["name"] for p in operation["parameters"] if p["in"] == "query"]
            yield operation["operationId"], operation, list(content.get("properties", ())), query


def test_it_answers_strange_fields_in_words(world: World) -> None:
    client, failed = Api(world.people["admin"]), []
    for name, _, fields, _ in operations():
        call = CALLS[name]
        if call.body in ("multipart", "raw"):
            continue
        given = filled(call.body, world) or {}
        for field in fields:
            for value in STRANGE:
                with transaction.atomic():
                    answer = client.send(OPERATIONS[name][0], filled(call.path, world), {**given, field: value})
                    if answer.status_code >= 500:
                        failed.append((name, field, str(value)[:30]))
                    transaction.set_rollback(True)
    assert not failed


def test_it_answers_strange_parameters_in_words(world: World) -> None:
    client = Api(world.people["admin"])
    for name, _, _, query in operations():
        call = CALLS[name]
        if call.body in ("multipart", "raw"):
            continue
        path = filled(call.path, world).partition("?")[0]
        for parameter in query:
            for value in STRANGE_QUERY:
                answer = client.get(path, **{parameter: value})
                assert answer.status_code < 500, (name, parameter, value, body_of(answer))


def test_it_answers_strange_keys_in_words(world: World) -> None:
    client = Api(world.people["admin"])
    for name, call in CALLS.items():
        if "{" not in call.path or call.body in ("multipart", "raw"):
            continue
        for value in ("0", "-1", "9" * 30, "x", "é", "%00", "a%2Fb", "INC0000001"):
            parts = [value if "{" in part else part for part in call.path.split("/")]
            with transaction.atomic():
                answer = client.send(OPERATIONS[name][0], "/".join(parts), {})
                assert answer.status_code < 500, (name, value, body_of(answer))
                transaction.set_rollback(True)
