"""An HTTP request that is measured, and how it says who asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_of
from allclear.accounts.tokens import issue_token
from allclear.config.demo.people import email_of
from allclear.kernel import clock

WHO = "elena.marchetti"  # an incident manager who sees everything, classified ones too
_CSRF = "b" * 32  # cookie and header say the same


@dataclass(frozen=True)
class Key:
    """How the measured requests say who they are."""

    token: str
    session: str

    @property
    def cookies(self) -> str:
        return f"sessionid={self.session}; csrftoken={_CSRF}"


@dataclass(frozen=True)
class Ask:
    """A request: of a program by token, else of a browser; `by_htmx` for a part of a page. A `form` is posted."""

    method: str
    path: str
    body: Any = None
    form: Mapping[str, str] | None = None
    by_token: bool = True
    by_htmx: bool = False

    def raw(self, key: Key) -> str:
        """The whole request as text, for the load generator."""
        body, headers = self.content(), self.headers(key)
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost", "Connection: keep-alive"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines += [f"Content-Type: {self.kind}", f"Content-Length: {len(body.encode())}"]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def run(self, key: Key) -> Any:
        """In this process, through Django alone."""
        return _client.generic(
            self.method, self.path, self.content(), content_type=self.kind, headers=self.headers(key)
        )

    @property
    def kind(self) -> str:
        return "application/json" if self.form is None else "application/x-www-form-urlencoded"

    def content(self) -> str:
        if self.form is not None:
            return urlencode(self.form)
        return "" if self.body is None else json.dumps(self.body)

    def headers(self, key: Key) -> dict[str, str]:
        """Browsers want answers compressed; programs mostly do not ask for it."""
        if self.by_token:
            return {"Authorization": f"Bearer {key.token}"}
        own = {"Cookie": key.cookies, "Accept-Encoding": "gzip", "X-CSRFToken": _CSRF}
        return own | ({"HX-Request": "true"} if self.by_htmx else {})


_client = Client(headers={"host": "localhost"})  # one, for it loads the middleware


@dataclass
class Scenario:
    """`asks` are used up one by one when it `consumes` them, else they are asked again and again.

    `limit`: ms in which 95 of 100 shall be answered, one client alone.
    """

    name: str
    asks: list[Ask]
    consumes: bool = False
    makes: bool = False  # logs a new incident
    subjects: list[int] = field(default_factory=list)  # keys of the incidents that the asks are about
    limit: float = 0.0


def make_key() -> Key:
    """A token and a session of one demo person."""
    user = User.objects.get(email=email_of(WHO))
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    _, plain = issue_token(viewer_of(user), user, "bench", ["all"], expires_at=None, now=clock.now())
    return Key(plain, client.cookies["sessionid"].value)
