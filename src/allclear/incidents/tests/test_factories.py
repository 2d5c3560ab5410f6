"""The factories that all tests stand on."""

from __future__ import annotations

import pytest

from allclear.domain.terms import Status
from allclear.testing import in_status

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", list(Status))
def test_it_brings_an_incident_to_each_status(status: Status) -> None:
    assert in_status(status).status == status
