"""The program as users run it, and what its engine does, done by the tests themselves."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.decide import decide_due
from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.models import Alert, Integration
from allclear.catalog.actions import seed_defaults
from allclear.config.wiring import know_kinds
from allclear.kernel import clock
from tests.browser.program import Program
from tests.real.programs import PATIENCE, until


class Here:
    """Our web process, with sources that may send to it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        know_kinds()
        seed_defaults(clock.now())

    @property
    def url(self) -> str:
        return self.program.url

    def source(self, kind: str, name: str = "", **options: Any) -> tuple[Integration, str]:
        """An integration and its key, which the web process has heard of."""
        values = {"name": name or kind, "kind": kind, "options": options}
        row, key = add_integration(SYSTEM_VIEWER, values, now=clock.now())
        until(lambda: self._answer_to(key) != 401, "the key lets in")
        return row, key

    def _answer_to(self, key: str) -> int:
        """Of a request that says nothing: 401 to a stranger, 405 to a source."""
        connection = http.client.HTTPConnection("127.0.0.1", self.program.port, timeout=30)
        try:
            connection.request("HEAD", f"/webhooks/{key}")
            return connection.getresponse().status
        finally:
            connection.close()

    def alerts(self, **wanted: Any) -> list[Alert]:
        """What the engine makes of all that came, those that fit."""
        now = clock.now()
        while fold(now):
            pass
        decide_due(now)
        return list(Alert.objects.filter(**wanted).select_related("integration", "incident").order_by("pk"))

    def alert(self, **wanted: Any) -> Alert:
        """The first one that fits, when it comes."""
        found: list[Alert] = until(lambda: self.alerts(**wanted), f"an alert with {wanted}", PATIENCE)
        return found[0]


@pytest.fixture(scope="package")
def program(django_db_setup: None) -> Iterator[Program]:
    """One for all these tests: what it keeps in memory follows the tables, which are emptied between them."""
    found = Program(WEB_WORKERS="1")
    found.start()
    try:
        yield found
    finally:
        found.kill()


@pytest.fixture
def here(program: Program, transactional_db: None, wired: None) -> Here:
    return Here(program)
