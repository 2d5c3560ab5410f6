"""Messages that go out as one: what comes shortly after another, and what a rate limit would hold up.

Nothing is ever dropped. The first message goes at once; what comes within the window after it waits and goes together.
A rate limit makes the messages that wait go together too, and a page overrides it rather than wait too long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allclear.domain.moments import moment, span_words
from allclear.domain.notifying.rules import Urgency
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import say, say_many

LONGEST_PAGE_DELAY = timedelta(seconds=60)  # what bundling and rate limits together may cost a page


@dataclass(frozen=True, slots=True)
class Pending:
    """A message that waits to be sent by a contact method."""

    key: int
    method: int
    due_at: datetime
    urgency: Urgency = Urgency.HIGH


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages in any stretch of time as long as `span`."""

    count: int
    span: timedelta


@dataclass(frozen=True, slots=True)
class Bundle:
    """The messages with these keys go out as one, in this order, at `send_at` (never before now)."""

    method: int
    keys: tuple[int, ...]
    send_at: datetime
    trace: Trace


def bundle(
    pending: Sequence[Pending],
    now: datetime,
    window: timedelta,
    limits: Mapping[int, Limit] | None = None,
    sent: Mapping[int, Sequence[datetime]] | None = None,
) -> tuple[Bundle, ...]:
    """What goes out together and when, by contact method and then by time.

    `limits` and `sent` (when messages went out before) are by contact method. What is not due to be sent yet is asked
    again later, with what has come meanwhile.
    """
    bundles: list[Bundle] = []
    for method in dict.fromkeys(message.method for message in pending):
        queue = sorted((m for m in pending if m.method == method), key=lambda m: m.due_at)
        history = sorted((sent or {}).get(method, ()))
        bundles += _of_method(queue, now, window, (limits or {}).get(method), history)
    return tuple(bundles)


def _of_method(
    queue: Sequence[Pending], now: datetime, window: timedelta, limit: Limit | None, history: list[datetime]
) -> Iterator[Bundle]:
    rest = list(queue)
    while rest:
        wish = max(rest[0].due_at, now)
        spaced = max(wish, history[-1] + window) if history else wish
        at = max(spaced, _opening(history, limit, spaced)) if limit else spaced
        latest = _latest(rest, at)
        lines = _lines(wish, spaced, at, latest, limit)
        at = max(min(at, latest), wish) if latest else at
        together = [message for message in rest if message.due_at <= at]
        rest = rest[len(together) :]
        history.append(at)
        yield _bundle(together, at, lines)


def _opening(history: Sequence[datetime], limit: Limit, at: datetime) -> datetime:
    """The first instant from `at` on at which the limit allows another message."""
    recent = [instant for instant in history if instant > at - limit.span]
    return at if len(recent) < limit.count else history[-limit.count] + limit.span


def _latest(rest: Sequence[Pending], at: datetime) -> datetime | None:
    """Until when the first page among those that would go out at `at` may wait; None without a page among them.

    Reckoned from when it was due and not from now: who asks again and again does not put it off.
    """
    pages = [m for m in rest if m.urgency is Urgency.HIGH and m.due_at <= at]
    return pages[0].due_at + LONGEST_PAGE_DELAY if pages else None


def _bundle(together: Sequence[Pending], at: datetime, lines: tuple[Step, ...]) -> Bundle:
    summary = say_many(
        "{count} message at {moment}", "{count} messages as one at {moment}", len(together), moment=moment(at)
    )
    keys = tuple(message.key for message in together)
    return Bundle(together[0].method, keys, at, Trace("bundling", summary, steps=lines))


def _lines(
    wish: datetime, spaced: datetime, at: datetime, latest: datetime | None, limit: Limit | None
) -> tuple[Step, ...]:
    lines: list[Step] = []
    if spaced > wish:
        because = say("Messages that come shortly after one another go together.")
        lines.append(Step(say("Waits {span}", span=span_words(spaced - wish)), because, matched=True))
    if limit and at > spaced:
        because = say("No more than {count} in {span} go out.", count=limit.count, span=span_words(limit.span))
        lines.append(Step(say("Waits for the rate limit until {moment}", moment=moment(at)), because, matched=True))
    if latest and at > latest:
        because = say("No page waits longer than {span}.", span=span_words(LONGEST_PAGE_DELAY))
        lines.append(Step(say("Goes out before that"), because, matched=True))
    return tuple(lines)
