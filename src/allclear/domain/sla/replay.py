"""What-if: an incident's past under other agreements, calendars or another matrix, beside how it was promised.

Played again are clocks, never people: nobody works faster because they would have been told. So a threshold that raises
the priority or asks a higher tier is counted as told and changes nothing that follows. An unchanged draft gives the
same answers as the versions in force, to the microsecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from allclear.domain.priority import Matrix
from allclear.domain.sla.agreement import Action, Agreement, Target
from allclear.domain.sla.choose import Book, Choice, choose
from allclear.domain.sla.clock import Clock, Counting, Slot
from allclear.domain.sla.due import DueThreshold, next_due
from allclear.domain.sla.facts import Facts
from allclear.domain.sla.running import advance
from allclear.domain.sla.terms import AgreementKind, Do, Metric, Outcome, Rule

Promised = tuple[AgreementKind, Metric]
_Run = tuple[Slot, int]


@dataclass(frozen=True, slots=True)
class Weight:
    """Impact and urgency as they were used (a VIP has raised the urgency already), and the matrix that weighed them."""

    impact: int | None = None
    urgency: int | None = None
    matrix_version: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What held from an instant on: what clocks look at, who had it, and what its priority was made of."""

    at: datetime
    facts: Facts
    assignee_id: int | None = None
    weight: Weight = Weight()


class _Chooser:
    """`choose` with a memory: of what conditions never ask for it need not know."""

    MOST = 20_000  # answers that are remembered

    def __init__(self, book: Book) -> None:
        targets = [target.when for one in book.agreements for target in one.targets]
        self._answers: dict[object, Mapping[Slot, Choice]] = {}
        self._asks_category = any(when.category_ids for when in targets)
        self._asks_customer = any(when.organisation_ids for when in targets) or any(
            one.party_ids for one in book.agreements if one.kind == AgreementKind.SLA
        )
        self._asks_service = any(when.service_ids for when in targets)
        self._asks_team = any(one.kind != AgreementKind.SLA for one in book.agreements)

    def __call__(self, book: Book, facts: Facts, slots: Iterable[Slot]) -> Mapping[Slot, Choice]:
        key = (
            facts.priority,
            facts.kind,
            facts.criticality,
            facts.is_vip,
            facts.category_ids if self._asks_category else (),
            facts.organisation_ids if self._asks_customer else (),
            facts.service_id if self._asks_service else None,
            (facts.team_id, facts.waits_for_supplier) if self._asks_team else None,
            tuple(slots),
        )
        found = self._answers.get(key)
        if found is None:
            if len(self._answers) >= self.MOST:
                self._answers.clear()
            found = self._answers[key] = choose(book, facts, slots)
        return found


@dataclass(frozen=True)
class World:
    """What is tried: agreements, the hours of each calendar by its key, and the matrix.

    `former` are matrices by version: those that the priorities of the past were decided under. The one under None is
    for priorities that came from elsewhere.
    """

    book: Book
    hours: Mapping[int, Counting]
    matrix: Matrix
    former: Mapping[int | None, Matrix] = field(default_factory=dict)
    led: frozenset[int] = frozenset()  # teams that somebody leads
    chooser: _Chooser = field(init=False, compare=False, repr=False)
    watches_silence: bool = field(init=False, compare=False)
    agreements: Mapping[int, Agreement] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        targets = [target for one in self.book.agreements for target in one.targets]
        object.__setattr__(self, "chooser", _Chooser(self.book))
        object.__setattr__(self, "watches_silence", any(one.metric == Metric.PROGRESS for one in targets))
        object.__setattr__(self, "agreements", {one.id: one for one in self.book.agreements})

    def priority(self, scene: Scene) -> int | None:
        """What the matrix makes of its weight. What was set otherwise than its matrix says keeps the difference.

        So one that a threshold raised by one stays one above. Without impact and urgency it is as it was.
        """
        weight, held = scene.weight, scene.facts.priority
        if held is None or weight.impact is None or weight.urgency is None:
            return held
        then = self.former.get(weight.matrix_version, self.matrix)
        if then is self.matrix or then.cells == self.matrix.cells:
            return held
        moved = _cell(self.matrix, weight.impact, weight.urgency) - _cell(then, weight.impact, weight.urgency)
        return min(max(held + moved, 1), 5)

    def facts(self, scene: Scene) -> Facts:
        priority = self.priority(scene)
        return scene.facts if priority == scene.facts.priority else replace(scene.facts, priority=priority)


def _cell(matrix: Matrix, impact: int, urgency: int) -> int:
    """A level that is not on this matrix counts as its lowest."""
    return matrix.cells[min(impact, matrix.size), min(urgency, matrix.size)]


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
