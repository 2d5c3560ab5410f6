"""Laws of business calendars, in every zone there is; and a slow second calendar that has to agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.business import Hours, rules_from
from allclear.domain.tests.brute import MINUTE, Watch
from allclear.domain.tests.calendars import FIRST, ZONES, bodies, instants, random_body

NOTHING = timedelta(0)
lengths = st.timedeltas(NOTHING, timedelta(days=400))
few = settings(max_examples=60, deadline=None)


@few
@given(bodies(), instants, st.floats(0, 1, exclude_min=True))
def test_what_is_added_is_counted_again_and_an_instant_earlier_it_was_less(
    body: dict[str, Any], start: datetime, share: float
) -> None:
    hours = Hours(rules_from(body))
    span = max(share * hours.count(start, start + timedelta(days=400)), timedelta(microseconds=1))
    end = hours.add(start, span)
    assert hours.count(start, end) == span
    assert hours.count(start, end - timedelta(microseconds=1)) < span
    assert hours.add(start, NOTHING) == start


@few
@given(bodies(), instants, lengths, st.lists(st.floats(0, 1), max_size=6))
def test_a_span_counts_as_much_as_the_sum_of_its_cuts(
    body: dict[str, Any], start: datetime, length: timedelta, shares: list[float]
) -> None:
    hours = Hours(rules_from(body))
    end = start + length
    cuts = [start, *sorted(start + share * length for share in shares), end]
    pieces = [hours.count(a, b) for a, b in pairwise(cuts)]
    assert sum(pieces, NOTHING) == hours.count(start, end)
    assert all(NOTHING <= piece <= b - a for piece, a, b in zip(pieces, cuts, cuts[1:], strict=False))
    assert hours.count(end, start) == NOTHING


@few
@given(bodies(), instants, lengths)
def test_parts_tile_a_span_and_the_open_ones_add_up_to_what_counts(
    body: dict[str, Any], start: datetime, length: timedelta
) -> None:
    hours = Hours(rules_from(body))
    end = start + length
    parts = hours.parts(start, end)
    edges = [start, *(part.end for part in parts)]
    assert [part.start for part in parts] == edges[:-1]
    assert edges[-1] == end
    assert all(part.start < part.end and bool(part.reason) != part.is_open for part in parts)
    assert sum((part.end - part.start for part in parts if part.is_open), NOTHING) == hours.count(start, end)
    assert [(part.start, part.end) for part in parts if part.is_open] == hours.spans(start, end)
    assert all(hours.is_open(part.start) == part.is_open for part in parts)


@few
@given(bodies(), st.lists(instants, min_size=2, max_size=6), st.randoms())
def test_it_counts_the_same_in_whatever_order_its_years_were_made(
    body: dict[str, Any], ats: list[datetime], random: Random
) -> None:
    shared = Hours(rules_from(body))
    for at in ats:
        shared.is_open(at)
    for start, end in pairwise(ats):
        assert shared.count(start, end) == Hours(rules_from(body)).count(start, end)
    start = random.choice(ats)
    assert shared.add(start, MINUTE) == Hours(rules_from(body)).add(start, MINUTE)


def test_a_slow_calendar_agrees_in_every_zone_around_changes_of_its_clock() -> None:
    random = Random(20261128)
    for zone in ZONES:
        middle = some_change(random, zone)
        watch = Watch(zone, middle - timedelta(days=2), 5)
        body = random_body(random, zone, middle.date())
        hours, counts = Hours(rules_from(body)), watch.open_minutes(body)
        for _ in range(8):
            first, last = sorted(random.sample(range(1440, 4 * 1440), 2))
            expected = sum(counts[first:last]) * MINUTE
            assert hours.count(watch.start + first * MINUTE, watch.start + last * MINUTE) == expected, (zone, body)
            at = random.randrange(1440, 4 * 1440)
            inside = watch.start + at * MINUTE + timedelta(seconds=random.randrange(60), microseconds=1)
            assert hours.is_open(inside) == counts[at], (zone, body, inside)


def some_change(random: Random, zone: str) -> datetime:
    """The midnight (UTC) before a change of the clock within ten years; any midnight where there is none."""
    tz = ZoneInfo(zone)
    days = [FIRST + timedelta(days=n) for n in range(3652)]
    ahead = [day.astimezone(tz).utcoffset() for day in days]
    changes = [day for day, now, then in zip(days, ahead, ahead[1:], strict=False) if now != then]
    return random.choice(changes or days)


def test_a_slow_calendar_agrees_on_what_is_added() -> None:
    random = Random(7)
    for _ in range(150):
        zone = random.choice(ZONES)
        middle = some_change(random, zone)
        watch = Watch(zone, middle - timedelta(days=2), 5)
        body = random_body(random, zone, middle.date())
        counts = watch.open_minutes(body)
        start = random.randrange(1440, 3 * 1440)
        wanted = sum(counts[start : 4 * 1440])
        if wanted:
            span = random.randint(1, wanted)
            due = start
            while span:
                span -= counts[due]
                due += 1
            due_at = Hours(rules_from(body)).add(watch.start + start * MINUTE, sum(counts[start:due]) * MINUTE)
            assert due_at == watch.start + due * MINUTE


def test_no_clock_of_the_last_ten_years_is_changed_within_a_minute() -> None:
    """So that looking minute by minute, as the slow calendar does, is exact."""
    for zone in ZONES:
        offsets = {(FIRST + timedelta(days=n)).astimezone(ZoneInfo(zone)).utcoffset() for n in range(0, 3652, 30)}
        assert all(offset is not None and not offset % MINUTE for offset in offsets), zone
    assert FIRST.tzinfo is UTC
