"""What keeps an alert quiet: silences, maintenance windows and inhibitions. Nothing that they hold is lost.

They are asked in this order, and the first that is in force and fits holds the alert until it ends; then the alert is
looked at again. What is in shadow holds nothing: it is only told what it would have held. Every look explains itself:
which ones were asked, and on what each that did not fit has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.holders import Finding, Holder, Inhibition, Maintenance, Means, Silence, find, kind_of
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import say, say_many

MOST_STEPS = 50  # of a trace; how many more were asked is said
_RULE = "quiet"


@dataclass(frozen=True, slots=True)
class Quiet:
    """All that may keep something quiet now. What is over or not begun yet may be in it, and fits nothing."""

    silences: tuple[Silence, ...] = ()
    windows: tuple[Maintenance, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()

    @property
    def all(self) -> tuple[Holder, ...]:
        """In the order in which they are asked."""
        return (*self.silences, *self.windows, *self.inhibitions)


@dataclass(frozen=True, slots=True)
class Held:
    """By what an alert is kept quiet. `until`: when to look at it again. `cause_id`: the alert that inhibits it."""

    kind: Means
    id: int
    name: str
    until: datetime
    trace: Trace
    cause_id: int | None = None

    def as_data(self) -> dict[str, Any]:
        """For `Alert.held_by`."""
        data = {"kind": str(self.kind), "id": self.id, "name": self.name, "until": self.until.isoformat()}
        return data | ({"cause": self.cause_id} if self.cause_id else {})


@dataclass(frozen=True, slots=True)
class Look:
    """What was found: by what it is held, by what it would be held were that not in shadow, and why, all in one."""

    held: Held | None
    would: tuple[Held, ...]
    trace: Trace


def held(facts: AlertFacts, quiet: Quiet, now: datetime) -> Held | None:
    """By what the alert is kept quiet now; None: by nothing."""
    return look(facts, quiet, now).held


def look(facts: AlertFacts, quiet: Quiet, now: datetime) -> Look:
    """Ask those in force until one holds it, and all that are in shadow."""
    steps: list[Step] = []
    holder: tuple[Holder, Finding] | None = None
    would: list[tuple[Holder, Finding]] = []
    for one in quiet.all:
        if holder and one.is_live:
            continue
        found = find(one, facts, now)
        steps.append(_step(one, found))
        if found.until is not None and one.is_live:
            holder = (one, found)
        elif found.until is not None:
            would.append((one, found))
    trace = Trace(_RULE, _summary(holder), steps=_shortened(steps))
    return Look(
        _held(*holder, trace) if holder else None,
        tuple(_held(one, found, Trace(_RULE, _shadow(one), steps=(_step(one, found),))) for one, found in would),
        trace,
    )


def _held(one: Holder, found: Finding, trace: Trace) -> Held:
    assert found.until is not None
    return Held(kind_of(one), one.id, one.name, found.until, trace, found.cause_id)


def _step(one: Holder, found: Finding) -> Step:
    fits = found.until is not None
    if one.is_live:
        return Step(_named(one), found.because, fits)
    text = say("{holder} (in shadow: it holds nothing yet)", holder=_named(one))
    return Step(text, _shadow(one) if fits else found.because, fits)


def named(kind: Means, name: str) -> str:
    """What people call one of these."""
    words = {
        Means.SILENCE: say("Silence “{name}”", name=name),
        Means.MAINTENANCE: say("Maintenance “{name}”", name=name),
        Means.INHIBITION: say("Inhibition “{name}”", name=name),
    }
    return words[kind]


def _named(one: Holder) -> str:
    return named(kind_of(one), one.name)


def _shadow(one: Holder) -> str:
    return say("{holder} would have held it.", holder=_named(one))


def _summary(holder: tuple[Holder, Finding] | None) -> str:
    if holder is None:
        return say("Nothing keeps it quiet.")
    return say("{holder} keeps it quiet.", holder=_named(holder[0]))


def _shortened(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Those that fit, and as many of the others as there is room for."""
    if len(steps) <= MOST_STEPS:
        return tuple(steps)
    room = max(MOST_STEPS - sum(bool(step.matched) for step in steps), 0)
    kept: list[Step] = []
    for step in steps:
        if step.matched or room > 0:
            kept.append(step)
            room -= not step.matched
    left = len(steps) - len(kept)
    return (*kept, Step(say_many("{count} more does not fit.", "{count} more do not fit.", left)))
