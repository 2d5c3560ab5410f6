"""Storms: more incidents opened by monitoring within a short time than anybody can look at one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from allclear.domain.alerts.rules import StormLimit


def storm_of(opened: Sequence[tuple[datetime, int]], limit: StormLimit, now: datetime) -> list[int]:
    """The incidents that make a storm now, in the order in which they opened; none when there are not more than usual.

    `opened`: instant and key of incidents that monitoring opened.
    """
    recent = sorted((at, key) for at, key in opened if now - limit.within < at <= now)
    return [key for _, key in recent] if len(recent) > limit.incidents else []


def goes_on(last_opened_at: datetime, limit: StormLimit, now: datetime) -> bool:
    """Whether a storm still goes on: its last incident opened within the span of the limit."""
    return now - last_opened_at <= limit.within
