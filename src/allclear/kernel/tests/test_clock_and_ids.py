"""One clock that tests and drills can set, and identifiers that sort by it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from allclear.kernel import clock, ids

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_it_answers_real_time_in_utc_when_nobody_set_it() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta(0)


def test_it_answers_what_was_set_and_forgets_it_afterwards() -> None:
    with clock.set_clock(NOON):
        assert clock.now() == NOON
        clock.advance(timedelta(minutes=5))
        assert clock.now() == NOON + timedelta(minutes=5)
    assert clock.now() > NOON


def test_it_turns_another_zone_into_utc() -> None:
    with clock.set_clock(NOON.astimezone(timezone(timedelta(hours=5)))):
        assert (clock.now(), clock.now().tzinfo) == (NOON, UTC)


def test_it_refuses_an_instant_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"), clock.set_clock(datetime(2026, 3, 2)):  # noqa: DTZ001 - the point
        pass


def test_it_cannot_move_real_time() -> None:
    with pytest.raises(RuntimeError, match="was set"):
        clock.advance(timedelta(seconds=1))


def test_it_makes_identifiers_that_sort_by_time() -> None:
    made = []
    for _ in range(5):
        made.append(ids.new_id())
        time.sleep(0.002)
    assert made == sorted(made)
    assert {value.version for value in made} == {7}
    assert len({ids.new_id() for _ in range(1000)}) == 1000


def test_it_hashes_text_and_its_bytes_alike() -> None:
    assert ids.sha256("Störung") == ids.sha256("Störung".encode())
    assert len(ids.sha256("")) == 64
