"""The OpenAPI document against the program: answers are as it says, whatever is sent, and never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from pytest_django import Settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from allclear.kernel import clock
from allclear.testing import T0
from tests.api.client import Api
from tests.api.world import build

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("one_connection")]
# of each operation; there are some hundreds
EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
ALWAYS = {"400", "413", "415"}  # a body or a head that cannot be read: said once for all operations, in their preface


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests keep the connection of the test, whose transaction is rolled back."""
    ends = (signals.request_started, signals.request_finished)
    for one in ends:
        one.disconnect(close_old_connections)
    yield
    for one in ends:
        one.connect(close_old_connections)


def described() -> Any:
    """The document, with the answers that its preface gives for every operation."""
    from allclear.api.app import api

    found = api.get_openapi_schema(path_prefix="/api/v1/")
    for path in found["paths"].values():
        for operation in path.values():
            for status in ALWAYS:
                operation["responses"].setdefault(status, {"description": "It cannot be read"})
    return found


def test_it_answers_as_its_document_says(settings: Settings, tmp_path: Any) -> None:
    settings.BLOBS = tmp_path
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]  # none stays open
    schema = schemathesis.openapi.from_dict(described())
    schema.app = get_wsgi_application()
    with clock.set_clock(T0):
        world = build()
        headers = Api(world.people["admin"]).headers
        faults = [fault for one in schema.get_all_operations() for fault in _faults(one.ok(), headers)]
    assert not faults, "\n\n".join(faults[:20])


def _faults(operation: Any, headers: dict[str, str]) -> list[str]:
    found: list[str] = []
    for mode, most in EXAMPLES.items():

        @given(operation.as_strategy(generation_mode=mode))
        @examples(
            max_examples=most, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def tried(case: Any) -> None:
            with transaction.atomic():
                answer = case.call(headers=headers)
                transaction.set_rollback(True)
            case.validate_response(answer, checks=CHECKS)

        try:
            tried()
        except (Exception, FailureGroup) as fault:
            found.append(f"{operation.label}, {mode.value}: {fault}")
    return found
