"""A small client: calls the API as a person with a token, over Django's whole stack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.accounts.tokens import issue_token
from allclear.kernel import clock

ROOT = "/api/v1"


class Api:
    """`Api(user).post("/incidents", title="VPN drops")` sends JSON and gives the answer."""

    def __init__(self, user: User | None, scopes: Sequence[str] = ("all",)) -> None:
        self.headers: dict[str, str] = {}
        self.client = Client(raise_request_exception=False)
        if user is not None:
            _, plain = issue_token(viewer_for(user.pk), user, "test", scopes, None, clock.now())
            self.headers["Authorization"] = f"Bearer {plain}"

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> HttpResponse:
        data = "" if body is None else json.dumps(body)
        answer = self.client.generic(
            method,
            path if path.startswith("/api") else ROOT + path,
            data,
            content_type="application/json",
            headers={**self.headers, **(headers or {})},
        )
        return cast("HttpResponse", answer)

    def get(self, path: str, **query: Any) -> HttpResponse:
        answer = self.client.get(ROOT + path, query, headers=self.headers)
        return cast("HttpResponse", answer)

    def post(self, path: str, *, headers: dict[str, str] | None = None, **body: Any) -> HttpResponse:
        return self.send("POST", path, body or None, headers)

    def patch(self, path: str, *, headers: dict[str, str] | None = None, **body: Any) -> HttpResponse:
        return self.send("PATCH", path, body, headers)


def ok(answer: HttpResponse, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    return json.loads(answer.content)


def problem(answer: HttpResponse, status: int, code: str = "") -> Any:
    """The problem document of an answer that must have this status, and this code when one is given."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert body["status"] == status
    assert body["detail"]
    assert body["request_id"] == answer["X-Request-ID"]
    if code:
        assert body["code"] == code
    return body
