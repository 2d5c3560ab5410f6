"""How clocks move when an incident changes: one step of a fold, the same for live work, imports and replays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from allclear.domain.sla.choose import Book, Choice, choose
from allclear.domain.sla.clock import Clock, Mark, Slot
from allclear.domain.sla.facts import Facts
from allclear.domain.sla.terms import AgreementKind, Metric, OnChange, OnReopen, Rule

Moment = tuple[datetime, Facts]
Chooser = Callable[[Book, Facts, Iterable[Slot]], Mapping[Slot, Choice]]


def run(moments: Iterable[Moment], book: Book) -> tuple[Clock, ...]:
    """The clocks after all moments of an incident, in order: the current run of each slot and those before it."""
    clocks: tuple[Clock, ...] = ()
    for at, facts in moments:
        clocks = advance(clocks, facts, at, book)
    return clocks


def advance(
    clocks: Sequence[Clock], facts: Facts, at: datetime, book: Book, chooser: Chooser = choose
) -> tuple[Clock, ...]:
    """The clocks from this instant on, given the facts that hold from then on.

    What is told later about earlier (`at` before the last mark) holds from the last mark on: time that was reckoned
    does not run backwards. `chooser`: `choose`, or one that remembers what it answered.
    """
    current = {clock.slot: clock for clock in clocks}  # runs of a slot stand in order: the last one stays
    past = [clock for clock in clocks if current[clock.slot] is not clock]
    wanted = chooser(book, facts, current)
    moved: list[Clock] = []
    for slot in dict.fromkeys((*current, *wanted)):
        moved += _move(current.get(slot), wanted.get(slot), slot, facts, at, book)
    return (*past, *moved)


def _move(
    clock: Clock | None, choice: Choice | None, slot: Slot, facts: Facts, at: datetime, book: Book
) -> list[Clock]:
    if clock is None:
        starts = choice is not None and facts.is_open and not _is_fulfilled(slot, facts)
        return [_begin(slot, choice, facts, at, book, run=1)] if choice and starts else []
    if choice is None:
        return [_mark(clock, at, Rule.VOID, "no_target") if not clock.is_over else clock]
    if _stays(clock, facts):
        return [clock]
    is_reopened = clock.rule == Rule.STOPPED and facts.is_open and slot.metric != Metric.RESPONSE
    from_here = max(at, clock.marks[-1].at)
    if is_reopened and choice.agreement.on_reopen == OnReopen.RESTART:
        return [clock, _begin(slot, choice, facts, from_here, book, run=clock.run + 1)]
    if slot.metric == Metric.PROGRESS and _has_moved_on(clock, facts):
        return [_begin(slot, choice, facts, from_here, book, run=clock.run + 1)]
    rule, detail = _rule(clock.slot, choice, facts)
    if rule not in (Rule.STOPPED, Rule.VOID):  # what is over keeps what it was measured by
        clock = _retarget(clock, choice, at, book)
    return [_mark(clock, at, rule, detail)]


def _stays(clock: Clock, facts: Facts) -> bool:
    """Whether what is over stays as it is, whatever is told of the incident now.

    What was void when the incident ended is not judged afterwards; a team that has begun has kept its response, also
    when another team has the incident after it.
    """
    if clock.rule == Rule.VOID:
        return not facts.is_open
    is_response_of_team = clock.slot.kind == AgreementKind.OLA and clock.slot.metric == Metric.RESPONSE
    return clock.rule == Rule.STOPPED and is_response_of_team and facts.is_open and facts.team_id != clock.slot.party


def _begin(slot: Slot, choice: Choice, facts: Facts, at: datetime, book: Book, *, run: int) -> Clock:
    agreement, target = choice.agreement, choice.target
    rule, detail = _rule(slot, choice, facts)
    version = book.calendar_versions.get(target.calendar_id, 0)
    return Clock(
        slot, run, agreement.id, agreement.version, target.key, target.calendar_id, version, target.duration,
        (Mark(at, rule, detail),), at,
    )  # fmt: skip


def _retarget(clock: Clock, choice: Choice, at: datetime, book: Book) -> Clock:
    """Another target applies now: count anew from the start or from here, as its agreement says."""
    agreement, target = choice.agreement, choice.target
    is_same = (clock.agreement_id, clock.target_key) == (agreement.id, target.key)
    if is_same and clock.agreement_version == agreement.version:
        return clock
    version = book.calendar_versions.get(target.calendar_id, 0)
    start = clock.started_at if agreement.on_change == OnChange.FROM_START else max(at, clock.marks[-1].at)
    return replace(
        clock,
        agreement_id=agreement.id,
        agreement_version=agreement.version,
        target_key=target.key,
        calendar_id=target.calendar_id,
        calendar_version=version,
        duration=target.duration,
        counts_from=start,
    )


def _is_fulfilled(slot: Slot, facts: Facts) -> bool:
    """Whether what a response waits for has happened: somebody owns it; of an OLA, somebody of that team."""
    if slot.metric != Metric.RESPONSE:
        return False
    if slot.kind == AgreementKind.OLA:
        return facts.is_begun and facts.team_id == slot.party
    return facts.is_owned


def _has_moved_on(clock: Clock, facts: Facts) -> bool:
    """Whether a human did something since the silence began."""
    return facts.is_open and facts.last_progress_at is not None and facts.last_progress_at > clock.started_at


def _rule(slot: Slot, choice: Choice, facts: Facts) -> tuple[Rule, str]:
    """Which rule holds for these facts, and its detail."""
    if not facts.is_open and (facts.is_merged or facts.status == "cancelled"):
        return Rule.VOID, "merged" if facts.is_merged else "cancelled"
    if not facts.is_open or _is_fulfilled(slot, facts):
        return Rule.STOPPED, ""
    if slot.kind == AgreementKind.UC:
        return (Rule.COUNTS, "") if facts.waits_for_supplier == slot.party else (Rule.NOT_WAITING, "")
    if slot.kind == AgreementKind.OLA and facts.team_id != slot.party:
        return Rule.OTHER_TEAM, ""
    if facts.waits_for in choice.target.pauses:
        return Rule.HELD, facts.waits_for
    return Rule.COUNTS, ""


def _mark(clock: Clock, at: datetime, rule: Rule, detail: str) -> Clock:
    """The clock with this rule from `at` on; unchanged when it holds already."""
    last = clock.marks[-1]
    if (last.rule, last.detail) == (rule, detail):
        return clock
    at = max(at, last.at)
    kept = clock.marks[:-1] if at == last.at and len(clock.marks) > 1 else clock.marks
    if at == last.at and len(clock.marks) == 1:
        return replace(clock, marks=(Mark(at, rule, detail),))
    if kept[-1].rule == rule and kept[-1].detail == detail:
        return replace(clock, marks=kept)
    return replace(clock, marks=(*kept, Mark(at, rule, detail)))
