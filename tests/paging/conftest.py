"""What several of these tests stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.paging.going import Going


@pytest.fixture
def going() -> Iterator[Going]:
    found = Going()
    yield found
    found.deliverer.finish()
