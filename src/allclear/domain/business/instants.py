"""Instants as whole microseconds since 1970-01-01 in UTC: exact, and quick to compare and to add."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """An aware datetime as microseconds.

    >>> to_us(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """Microseconds as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=us)
