"""What-if: an incident's past under other agreements, calendars or another matrix, beside how it was promised.

Played again are clocks, never people: nobody works faster because they would have been told. So a threshold that raises
the priority or asks a higher tier is counted as told and changes nothing that follows. An unchanged draft gives the
same answers as the versions in force, to the microsecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from allclear.domain.sla.agreement import Action, Target
from allclear.domain.sla.clock import Clock, Counting, Slot
from allclear.domain.sla.due import DueThreshold, next_due
from allclear.domain.sla.facts import Facts
from allclear.domain.sla.running import advance
from allclear.domain.sla.terms import AgreementKind, Do, Metric, Outcome, Rule
from allclear.domain.sla.worlds import Scene, World

Promised = tuple[AgreementKind, Metric]
_Run = tuple[Slot, int]


@dataclass(frozen=True, slots=True)
class Firing:
    """A threshold that was reached, and whom it tells: keys such as `person:7`, `team:3`, `lead:3`, `policy:2`."""

    promised: Promised
    agreement_id: int
    target_key: str
    percent: int
    at: datetime
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a promise: one breached run breaches it. `due_at` is that of the first breach, else the last."""

    outcome: Outcome
    due_at: datetime | None = None

    @property
    def breached_at(self) -> datetime | None:
        return self.due_at if self.outcome == Outcome.BREACHED else None


@dataclass(frozen=True, slots=True)
class Played:
    """An incident played under a world, as far as `until`. `priority` is the last one."""

    fates: Mapping[Promised, Fate]
    firings: tuple[Firing, ...]
    priority: int | None


def play(scenes: Sequence[Scene], world: World, until: datetime) -> Played:
    """Let the clocks run through the scenes of one incident, in order, and fire thresholds as the engine would."""
    player = _Player(world)
    for place, scene in enumerate(scenes):
        player.step(scene, scenes[place + 1].at if place + 1 < len(scenes) else None, until)
    priority = world.priority(scenes[-1]) if scenes else None
    return Played(player.fates(until), tuple(player.firings), priority)


@dataclass(slots=True)
class _Watch:
    """What a run has fired, and what it fires next as long as the clock stays this one."""

    clock: Clock
    fired: set[int] = field(default_factory=set)
    coming: DueThreshold | None = None


class _Player:
    def __init__(self, world: World) -> None:
        self.world = world
        self.clocks: tuple[Clock, ...] = ()
        self.firings: list[Firing] = []
        self._watched: dict[_Run, _Watch] = {}
        self._same: dict[int, _Watch] = {}  # by the clock that is held there, so that no number comes twice
        self._gone: list[tuple[Slot, Fate]] = []
        self._now: datetime | None = None

    def step(self, scene: Scene, next_at: datetime | None, until: datetime) -> None:
        facts = self.world.facts(scene)
        now = scene.at if self._now is None or self._now < scene.at else self._now
        former, self._now = self.clocks, now
        self.clocks = advance(former, facts, scene.at, self.world.book, self.world.chooser)
        if self.world.watches_silence:
            self._bury(former, now)
        end = until if next_at is None else min(max(next_at, now), until)
        for clock in self.clocks:
            watch = self._watch(clock)
            if watch.coming is not None:
                self._fire(watch, facts, scene, now, end, is_last=next_at is None)

    def _bury(self, former: Sequence[Clock], now: datetime) -> None:
        """Runs that a new one has replaced keep what became of them: silences, which begin anew with each entry."""
        kept = {(clock.slot, clock.run) for clock in self.clocks}
        for clock in former:
            if (clock.slot, clock.run) not in kept:
                self._gone.append((clock.slot, _fate(clock, self._hours(clock), now)))
                if (watch := self._watched.pop((clock.slot, clock.run), None)) is not None:
                    self._same.pop(id(watch.clock), None)

    def _watch(self, clock: Clock) -> _Watch:
        """What is watched of a run. A clock that goes on as it did is the same object: nothing is reckoned anew."""
        watch = self._same.get(id(clock))
        if watch is not None:
            return watch
        watch = self._watched.get((clock.slot, clock.run))
        if watch is None:
            watch = self._watched[clock.slot, clock.run] = _Watch(clock)
        else:
            self._same.pop(id(watch.clock), None)
            watch.clock = clock
        self._same[id(clock)] = watch
        watch.coming = self._next(watch)
        return watch

    def _fire(self, watch: _Watch, facts: Facts, scene: Scene, now: datetime, end: datetime, *, is_last: bool) -> None:
        clock = watch.clock
        while (due := watch.coming) is not None and (due.at < end or (is_last and due.at <= end)):
            percent = due.threshold.percent
            told = tuple(dict.fromkeys(_told(due.threshold.actions, facts, scene.assignee_id, self.world.led)))
            self.firings.append(
                Firing((clock.slot.kind, clock.slot.metric), clock.agreement_id, clock.target_key, percent,
                       max(due.at, now), told)
            )  # fmt: skip
            watch.fired.add(percent)
            watch.coming = self._next(watch)

    def _next(self, watch: _Watch) -> DueThreshold | None:
        if watch.clock.rule == Rule.VOID:
            return None
        target = self._target(watch.clock)
        return next_due(watch.clock, target, self._hours(watch.clock), watch.fired) if target else None

    def _target(self, clock: Clock) -> Target | None:
        agreement = self.world.agreements.get(clock.agreement_id)
        return agreement.target(clock.target_key) if agreement else None

    def _hours(self, clock: Clock) -> Counting:
        return self.world.hours[clock.calendar_id]

    def fates(self, until: datetime) -> dict[Promised, Fate]:
        found = list(self._gone)
        found += [(clock.slot, _fate(clock, self._hours(clock), until)) for clock in self.clocks]
        of: dict[Promised, list[Fate]] = {}
        for slot, fate in found:
            of.setdefault((slot.kind, slot.metric), []).append(fate)
        return {promised: _worst(fates) for promised, fates in of.items()}


def _fate(clock: Clock, hours: Counting, until: datetime) -> Fate:
    return Fate(clock.outcome(hours, until), clock.due_at(hours))


_RANK = (Outcome.RUNNING, Outcome.PAUSED, Outcome.MET, Outcome.VOID)


def _worst(fates: Sequence[Fate]) -> Fate:
    breached = [fate for fate in fates if fate.outcome == Outcome.BREACHED]
    if breached:
        return min(breached, key=lambda fate: (fate.due_at is None, fate.due_at))
    return min(reversed(fates), key=lambda fate: _RANK.index(fate.outcome))


def _told(actions: Sequence[Action], facts: Facts, assignee_id: int | None, led: frozenset[int]) -> Iterator[str]:
    """Whom these actions reach by the facts of the instant; `nobody` where there is nobody to tell.

    As when they fire: what nobody has is told to its team, what nobody leads to all of the team, what ended to nobody.
    """
    for action in actions if facts.is_open else ():
        team = action.team_id or facts.team_id
        person = assignee_id
        if action.do == Do.RAISE_PRIORITY:
            yield "raise_priority"
        elif action.do == Do.ESCALATE:
            yield f"policy:{action.policy_id}"
        elif action.do == Do.HIGHER_TIER:
            yield f"higher_tier:{action.team_id}"
        elif action.do == Do.TELL_LEAD:
            yield f"lead:{team}" if team in led else f"team:{team}" if team else "nobody"
        elif action.do == Do.TELL_PERSON or (action.do == Do.WARN_ASSIGNEE and person):
            yield f"person:{action.user_id if action.do == Do.TELL_PERSON else person}"
        else:
            yield f"team:{team}" if team else "nobody"
