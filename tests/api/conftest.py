"""What the tests of the API share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from allclear import testing
from allclear.kernel import clock


@pytest.fixture
def blobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of their own for attachments."""
    monkeypatch.setattr(settings, "BLOBS", tmp_path)
    return tmp_path


@pytest.fixture
def an_hour_later() -> Iterator[None]:
    """It is an hour after the first instant of the factories."""
    with clock.set_clock(testing.instant(60)):
        yield
