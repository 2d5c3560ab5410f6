"""The noise ledger: how many of a source's alerts were of use, and how sure that is.

Precision is the share of judged alerts that were useful; a duplicate or a false alarm was not. Its interval is Wilson's
(E. B. Wilson, 1927) at 95 %: honest with few verdicts, never beyond 0 and 1. What to mend first is what has most
alerts that were no use for certain: the number of alerts times what is left above the interval's upper end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

from allclear.kernel.words import say, say_many

Z95 = 1.959964  # of the normal distribution, two-sided
FEWEST_VERDICTS = 5  # less says too little to advise anything
MOST_ADVISED = 10


class Verdict(StrEnum):
    """What a person says of an alert."""

    USEFUL = "useful"
    DUPLICATE = "duplicate"
    FALSE_ALARM = "false_alarm"


class Interval(NamedTuple):
    """Where the true share lies, with 95 % certainty."""

    low: float
    high: float


def wilson(good: int, total: int, z: float = Z95) -> Interval:
    """Wilson's score interval of `good` out of `total`; nothing judged: anything from 0 to 1.

    >>> [round(end, 3) for end in wilson(1, 10)]
    [0.018, 0.404]
    """
    if total <= 0:
        return Interval(0.0, 1.0)
    share, spread = good / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return Interval(max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


@dataclass(frozen=True, slots=True)
class Line:
    """One source, rule or service over a span. `key` names it for programs, `name` for people.

    `filter` finds its alerts.
    `pages`: pages sent for incidents that its alerts opened. `suppressed`: alerts that something keeps quiet.
    """

    key: str
    name: str
    alerts: int = 0
    events: int = 0
    incidents: int = 0
    pages: int = 0
    suppressed: int = 0
    useful: int = 0
    duplicate: int = 0
    false_alarm: int = 0
    filter: str = ""

    @property
    def judged(self) -> int:
        return self.useful + self.duplicate + self.false_alarm

    @property
    def precision(self) -> float | None:
        """The share of judged alerts that were useful; None: nothing is judged."""
        return self.useful / self.judged if self.judged else None

    @property
    def interval(self) -> Interval:
        return wilson(self.useful, self.judged)

    @property
    def unjudged_share(self) -> float:
        return 1 - self.judged / self.alerts if self.alerts else 0.0

    @property
    def wasted(self) -> float:
        """How many of its alerts at least were no use, as far as the verdicts are certain."""
        return self.alerts * (1 - self.interval.high)

    @property
    def events_per_alert(self) -> float:
        return self.events / self.alerts if self.alerts else 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """What to mend first, and the loudest of which nobody has said enough to know."""

    worst: Sequence[Line]
    unjudged: Sequence[Line]


def advise(lines: Iterable[Line], most: int = MOST_ADVISED) -> Advice:
    """The worst by `wasted`, and those with too few verdicts by their number of alerts."""
    known = list(lines)
    enough = [line for line in known if line.judged >= FEWEST_VERDICTS and line.useful < line.judged]
    few = [line for line in known if line.judged < FEWEST_VERDICTS and line.alerts >= FEWEST_VERDICTS]
    worst = sorted(enough, key=lambda line: (-line.wasted, -line.alerts, line.key))
    return Advice(worst[:most], sorted(few, key=lambda line: (-line.alerts, line.key))[:most])


def in_words(line: Line) -> str:
    """What the verdicts say about it, in one sentence."""
    if line.judged < FEWEST_VERDICTS:
        return say_many(
            "{count} verdict on {alerts} alerts: {needed} are needed to say anything.",
            "{count} verdicts on {alerts} alerts: {needed} are needed to say anything.",
            line.judged, alerts=line.alerts, needed=FEWEST_VERDICTS,
        )  # fmt: skip
    low, high = (round(100 * end) for end in line.interval)
    return say(
        "{useful} of {judged} judged alerts were useful: between {low} % and {high} % of all.",
        useful=line.useful, judged=line.judged, low=low, high=high,
    )  # fmt: skip


# What the way in which an incident was resolved says about its alerts.
_SUGGESTED = {
    "false_alarm": Verdict.FALSE_ALARM,
    "no_fault_found": Verdict.FALSE_ALARM,
    "duplicate": Verdict.DUPLICATE,
}


def suggested(resolution_code: str) -> Verdict | None:
    """The verdict that a resolution code suggests for the incident's alerts; nobody is bound by it."""
    return _SUGGESTED.get(resolution_code)


def suggesting_codes() -> frozenset[str]:
    """The codes that suggest anything."""
    return frozenset(_SUGGESTED)
