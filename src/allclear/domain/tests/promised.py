"""A second, slow SLA clock for tests, written from the words of the issue and the glossary, without the rules' code.

It lets the incident live through time piece by piece: between two edges (of the calendar, or of what was done) nothing
changes, so a piece counts as a whole or not at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from allclear.domain.sla import Agreement, Book, Facts, Slot, Target

NOTHING = timedelta(0)
OVER = ("stopped", "void")
Piece = tuple[datetime, datetime]
Found = tuple[Agreement, Target]


@dataclass(frozen=True)
class Opening:
    """The edges of a calendar's time within some days, and whether it is open from each on."""

    edges: Sequence[datetime]
    is_open: Sequence[bool]

    @property
    def end(self) -> datetime:
        return self.edges[-1]

    def open_at(self, at: datetime) -> bool:
        return self.is_open[bisect_right(self.edges, at) - 1]


@dataclass
class Lived:
    """One run of a clock: what held from when on, and from when on it counts for the target that it has now."""

    slot: Slot
    number: int
    agreement: Agreement
    target: Target
    since: datetime
    story: list[tuple[datetime, str, str]] = field(default_factory=list)

    @property
    def says(self) -> tuple[str, str]:
        return self.story[-1][1:]

    @property
    def last_at(self) -> datetime:
        return self.story[-1][0]

    def say(self, at: datetime, rule: str, detail: str) -> None:
        """From then on; what has been lived through already is not lived again."""
        if self.says == (rule, detail):
            return
        if at > self.last_at:
            self.story.append((at, rule, detail))
            return
        self.story[-1] = (self.last_at, rule, detail)
        if len(self.story) > 1 and self.story[-2][1:] == self.says:
            self.story.pop()

    def pieces(self, opening: Opening, until: datetime) -> list[Piece]:
        """What counts."""
        cuts = {at for at, _, _ in self.story} | {self.since, until} | set(opening.edges)
        begins = max(self.since, self.story[0][0])
        inside = sorted(cut for cut in cuts if begins <= cut <= until)
        return [(a, b) for a, b in pairwise(inside) if self.rule_at(a) == "counts" and opening.open_at(a)]

    def rule_at(self, at: datetime) -> str:
        return next(rule for begins, rule, _ in reversed(self.story) if begins <= at)

    def used(self, opening: Opening, until: datetime) -> timedelta:
        return sum((b - a for a, b in self.pieces(opening, until)), NOTHING)

    def reached_at(self, opening: Opening, span: timedelta) -> datetime | None:
        """The first instant at which so much has been used; None when that is not within the calendar's days."""
        for a, b in self.pieces(opening, opening.end):
            if span <= b - a:
                return a + span
            span -= b - a
        return None

    def outcome(self, opening: Opening, now: datetime) -> str:
        rule, _ = self.says
        if rule == "void":
            return "void"
        due = self.reached_at(opening, self.target.duration)
        if due is not None and due < (self.last_at if rule == "stopped" else now):
            return "breached"
        return {"stopped": "met", "counts": "running"}.get(rule, "paused")


def live(moments: Sequence[tuple[datetime, Facts]], book: Book) -> dict[tuple[Slot, int], Lived]:
    """Every run of every clock after these moments."""
    runs: dict[Slot, list[Lived]] = {}
    for at, facts in moments:
        for slot in {slot for slot, found in runs.items() if found} | asked(book, facts):
            runs[slot] = step(runs.get(slot, []), slot, at, facts, pick(book, slot, facts))
    return {(slot, run.number): run for slot, found in runs.items() for run in found}


def step(runs: list[Lived], slot: Slot, at: datetime, facts: Facts, found: Found | None) -> list[Lived]:
    is_open = facts.status in ("new", "assigned", "in_progress", "on_hold")
    if not runs:
        starts = is_open and not answered(slot, facts)
        return [begun(slot, 1, found, at, facts)] if found and starts else []
    last = runs[-1]
    if found is None:
        if last.says[0] not in OVER:
            last.say(at, "void", "no_target")
        return runs
    agreement, target = found
    if last.says[0] == "void" and not is_open:
        return runs
    if last.says[0] == "stopped" and is_open:
        if slot.metric == "response" and slot.kind == "ola" and facts.team_id != slot.party:
            return runs
        if slot.metric != "response" and agreement.on_reopen == "restart":
            return [*runs, begun(slot, last.number + 1, found, max(at, last.last_at), facts)]
    if slot.metric == "progress" and is_open and facts.last_progress_at and facts.last_progress_at > last.story[0][0]:
        return [*runs[:-1], begun(slot, last.number + 1, found, max(at, last.last_at), facts)]
    rule, detail = rule_of(slot, facts, target)
    if rule not in OVER and (last.agreement.id, last.target.key) != (agreement.id, target.key):
        last.since = last.story[0][0] if agreement.on_change == "from_start" else max(at, last.last_at)
        last.agreement, last.target = agreement, target
    last.say(at, rule, detail)
    return runs


def begun(slot: Slot, number: int, found: Found, at: datetime, facts: Facts) -> Lived:
    return Lived(slot, number, *found, at, [(at, *rule_of(slot, facts, found[1]))])


def answered(slot: Slot, facts: Facts) -> bool:
    """A response has been given: the customer's by an owner, a team's by one of its people."""
    if slot.metric != "response":
        return False
    return facts.is_owned if slot.kind == "sla" else facts.is_begun and facts.team_id == slot.party


def rule_of(slot: Slot, facts: Facts, target: Target) -> tuple[str, str]:
    if facts.status in ("resolved", "closed", "cancelled"):
        if facts.is_merged:
            return "void", "merged"
        return ("void", "cancelled") if facts.status == "cancelled" else ("stopped", "")
    if answered(slot, facts):
        return "stopped", ""
    is_held = facts.status == "on_hold"
    if slot.kind == "uc":
        waits = is_held and facts.hold_reason == "supplier" and facts.supplier_id == slot.party
        return ("counts" if waits else "not_waiting"), ""
    if slot.kind == "ola" and facts.team_id != slot.party:
        return "other_team", ""
    if is_held and facts.hold_reason in target.pauses:
        return "held", facts.hold_reason
    return "counts", ""


def asked(book: Book, facts: Facts) -> set[Slot]:
    """The customers' clocks always; a team's once it has it, a supplier's once it is waited for."""
    waits = facts.status == "on_hold" and facts.hold_reason == "supplier"
    found: set[Slot] = set()
    for one in book.agreements:
        party = {"sla": None, "ola": facts.team_id, "uc": facts.supplier_id if waits else None}[one.kind]
        for target in one.targets:
            if one.kind == "sla" or party in one.party_ids:
                found.add(Slot(one.kind, target.metric, party or 0))
    return found


def pick(book: Book, slot: Slot, facts: Facts) -> Found | None:
    """The most specific one, by leaving out again and again those that ask for less."""
    left: list[tuple[Agreement, Target, int]] = []
    for one in book.agreements:
        if one.kind == slot.kind and (one.kind == "sla" or slot.party in one.party_ids):
            whose = depth(one.party_ids if one.kind == "sla" else frozenset(), facts.organisation_ids)
            left += [(one, t, whose) for t in one.targets if t.metric == slot.metric and matches(t, whose, facts)]
    for measure in MEASURES:
        most = max((measure(*one, facts) for one in left), default=0)
        left = [one for one in left if measure(*one, facts) == most]
    return (left[0][0], left[0][1]) if left else None


def depth(wanted: frozenset[int], path: Sequence[int]) -> int:
    """Where in the path it stands, counted from the root; 0: nothing is asked, -1: it is not there."""
    if not wanted:
        return 0
    return max([place + 1 for place, key in enumerate(path) if key in wanted], default=-1)


def matches(target: Target, whose: int, facts: Facts) -> bool:
    when = target.when
    lists = [
        (when.priorities, facts.priority), (when.kinds, facts.kind), (when.service_ids, facts.service_id),
        (when.criticalities, facts.criticality),
    ]  # fmt: skip
    if any(wanted and value not in wanted for wanted, value in lists) or whose < 0:
        return False
    deep = (depth(when.category_ids, facts.category_ids), depth(when.organisation_ids, facts.organisation_ids))
    return min(deep) >= 0 and (facts.is_vip or not when.vip_only)


def conditions(_: Agreement, target: Target, whose: int, __: Facts) -> int:
    when = target.when
    own = [when.priorities, when.kinds, when.category_ids, when.service_ids, when.criticalities]
    return sum(map(bool, [*own, when.organisation_ids, when.vip_only, whose]))


MEASURES: Sequence[Callable[[Agreement, Target, int, Facts], int]] = (
    conditions,
    lambda _a, t, _w, f: depth(t.when.organisation_ids, f.organisation_ids),
    lambda _a, _t, whose, _f: whose,
    lambda _a, t, _w, _f: bool(t.when.service_ids),
    lambda _a, t, _w, f: depth(t.when.category_ids, f.category_ids),
    lambda _a, t, _w, _f: bool(t.when.criticalities),
    lambda _a, t, _w, _f: t.when.vip_only,
    lambda _a, t, _w, _f: bool(t.when.kinds),
    lambda _a, t, _w, _f: bool(t.when.priorities),
)
