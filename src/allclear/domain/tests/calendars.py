"""Business calendars for tests: made at random, and the ordinary one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import available_timezones

from hypothesis import strategies as st

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
FIRST, LAST = datetime(2017, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def office(**changes: Any) -> dict[str, Any]:
    """Monday to Friday, 8 to 17, in Berlin."""
    week = [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}]
    return {"zone": "Europe/Berlin", "is_always": False, "week": week, "holidays": [], "special_days": [], **changes}


def random_body(random: Random, zone: str, around: date) -> dict[str, Any]:
    """A calendar whose spans begin and end at any minute, often cross midnight, and often touch; with special days."""
    if random.random() < 0.05:
        return office(zone=zone, week=[], is_always=True)
    edges = sorted(random.sample(range(0, 7 * 1440, random.choice([1, 15, 60])), 2 * random.randint(1, 7)))
    week = [_span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start <= 1440]
    days = random.sample(range(-3, 4), random.randint(0, 3))
    special = [_special(random, around + timedelta(days=n), random.random() < 0.3) for n in days]
    return office(
        zone=zone,
        week=week or [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}],
        special_days=special,
    )


def _span(start: int, end: int) -> dict[str, Any]:
    return {"days": [start // 1440 + 1], "from": _clock(start % 1440), "to": _clock(end % 1440)}


def _special(random: Random, day: date, repeats: bool) -> dict[str, Any]:
    edges = sorted(random.sample(range(1441), 2 * random.randint(0, 2)))
    hours = [{"from": _clock(a), "to": _clock(b)} for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return {
        "first": day.isoformat(), "last": day.isoformat(), "name": "Inventory", "hours": hours, "repeats": repeats
    }  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Calendars of any zone."""
    random = draw(st.randoms(use_true_random=False))
    return random_body(random, draw(st.sampled_from(ZONES)), date(random.randint(2017, 2026), random.randint(1, 12), 9))


instants = st.datetimes(
    FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC)
)  # to the microsecond
