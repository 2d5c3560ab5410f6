"""Caches know that they are old, in every process and whatever was rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from django.db import connection, transaction

from allclear.kernel.generation import Cached, bump, generation


class Counter:
    """Counts how often the value was loaded."""

    def __init__(self) -> None:
        self.loads = 0

    def __call__(self) -> int:
        self.loads += 1
        return self.loads


@pytest.fixture
def loads() -> Iterator[Counter]:
    yield Counter()


@pytest.mark.django_db
def test_it_loads_once_until_the_number_moves(loads: Counter) -> None:
    cached = Cached("apples", loads)
    assert [cached.get(), cached.get()] == [1, 1]
    bump("pears")
    assert cached.get() == 1
    bump("apples")
    assert [cached.get(), cached.get()] == [2, 2]


@pytest.mark.django_db
def test_it_moves_the_number_with_each_bump() -> None:
    seen = {generation("apples")}
    for _ in range(20):
        bump("apples")
        seen.add(generation("apples"))
    assert len(seen) == 21


@pytest.mark.django_db(transaction=True)
def test_it_sees_what_another_connection_changed(loads: Counter) -> None:
    cached = Cached("apples", loads)
    assert cached.get() == 1

    def elsewhere() -> None:
        bump("apples")
        connection.close()

    thread = Thread(target=elsewhere)
    thread.start()
    thread.join(60)
    assert cached.get() == 2


@pytest.mark.django_db(transaction=True)
def test_it_never_keeps_what_was_rolled_back(loads: Counter) -> None:
    cached = Cached("apples", loads)
    assert cached.get() == 1
    with pytest.raises(RuntimeError), transaction.atomic():
        bump("apples")
        assert cached.get() == 2  # the rows of a change that will not be
        raise RuntimeError
    bump("apples")  # another change: its rows have never been read
    assert cached.get() == 3
