"""What follows when sending failed: again later, by the next contact method, or an alarm. Never silence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from allclear.domain.moments import moment
from allclear.domain.notifying.methods import NAMES, MethodKind
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import say


@dataclass(frozen=True, slots=True)
class Backoff:
    """The first wait; each is twice the one before, up to `cap`; after so many `attempts` it ends."""

    first: timedelta
    cap: timedelta
    attempts: int

    def wait(self, attempt: int, seed: str) -> timedelta:
        """The wait after this attempt (1 the first). Up to a quarter is taken off by the seed, always the same part of
        one message: its waits grow, and those of many that failed together do not end together."""
        doublings = min(max(attempt, 1) - 1, 30)
        return min(self.first * (1 << doublings), self.cap) * (1 - _part(seed) / 4)


def _part(seed: str) -> float:
    """From 0 up to and without 1, evenly, the same for the same seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) / 2**32


_QUICK = Backoff(timedelta(seconds=5), timedelta(minutes=1), 5)
_DEAR = Backoff(timedelta(seconds=20), timedelta(minutes=2), 3)  # each attempt costs money, or rings
BACKOFFS: Mapping[MethodKind, Backoff] = {
    MethodKind.PUSH: _QUICK,
    MethodKind.NTFY: _QUICK,
    MethodKind.CHAT: _QUICK,
    MethodKind.SMS: _DEAR,
    MethodKind.VOICE: _DEAR,
    MethodKind.WEBHOOK: Backoff(timedelta(seconds=5), timedelta(minutes=5), 8),
    MethodKind.EMAIL: Backoff(timedelta(seconds=15), timedelta(minutes=10), 8),
}


@dataclass(frozen=True, slots=True)
class RetryAt:
    """The same message by the same method, at this instant."""

    at: datetime
    trace: Trace


@dataclass(frozen=True, slots=True)
class NextMethod:
    """The person's next contact method, now."""

    trace: Trace


@dataclass(frozen=True, slots=True)
class GiveUp:
    """There is no way left: raise an alarm with this text."""

    alarm: str
    trace: Trace


def retry(
    attempt: int, kind: MethodKind, is_permanent: bool, now: datetime, seed: str, *, has_next_method: bool = False
) -> RetryAt | NextMethod | GiveUp:
    """What follows the failure of attempt number `attempt` (1 the first).

    `seed` names the message, so that a replay gives the same instant. A permanent error is not tried again.
    """
    backoff, name = BACKOFFS[kind], say(NAMES[kind])
    if not is_permanent and attempt < backoff.attempts:
        at = now + backoff.wait(attempt, seed)
        line = Step(
            say("Attempt {attempt} of {most} failed", attempt=attempt, most=backoff.attempts),
            say("The error may pass."),
        )
        return RetryAt(at, _trace(say("By {method} again at {moment}", method=name, moment=moment(at)), line))
    line = Step(say("All {most} attempts failed", most=backoff.attempts), say("{method} is given up.", method=name))
    if is_permanent:
        line = Step(say("The error is permanent"), say("Trying {method} again would not help.", method=name))
    if has_next_method:
        return NextMethod(_trace(say("On to the next contact method at once"), line))
    alarm = say("A message could not be sent by {method}, and there is no other contact method left.", method=name)
    return GiveUp(alarm, _trace(alarm, line))


def _trace(summary: str, line: Step) -> Trace:
    return Trace("retry", summary, steps=(line,))
