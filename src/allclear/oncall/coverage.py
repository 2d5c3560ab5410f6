"""The proof that somebody is on call and can be reached: holes, what closes them, and who carries how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allclear.accounts.models import User
from allclear.domain import oncall as rules
from allclear.kernel.words import say, say_many
from allclear.oncall.facts import reachable
from allclear.oncall.models import Schedule
from allclear.oncall.queries import members_of, past_of, rules_of_many

HORIZON = timedelta(days=366)  # the next twelve months
UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Gap:
    """[starts_at, ends_at) in which a schedule does not hold what it promises, and the override that would mend it.

    `kind` is one of `domain.oncall.HoleKind` or `unreachable`. `is_empty`: nobody at all could be paged.
    """

    kind: str
    starts_at: datetime
    ends_at: datetime
    text: str
    people: tuple[int, ...]
    is_empty: bool
    repair: rules.Repair | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one person carries in the span."""

    user_id: int
    name: str
    load: rules.Load


@dataclass(frozen=True, slots=True)
class Coverage:
    """One schedule. No gaps is the proof that it is covered."""

    schedule: Schedule
    gaps: tuple[Gap, ...]
    ledger: tuple[Share, ...]

    @property
    def is_covered(self) -> bool:
        return not self.gaps


def coverage_of(schedules: Iterable[Schedule], start: datetime, end: datetime) -> list[Coverage]:
    """The proof for each schedule, in the order given."""
    rows = list(schedules)
    planned = rules_of_many(rows, start, end)
    spans = {row.pk: rules.final(planned[row.pk], start, end, past_of(row, start, end)) for row in rows}
    members = {row.pk: members_of(row) for row in rows}
    people = {int(p) for found in spans.values() for span in found for p in span.people}
    people |= {p for group in members.values() for p in group}
    active = dict(User.objects.filter(pk__in=people, is_active=True).values_list("pk", "name"))
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "name"))
    working = reachable(active)
    return [_prove(row, planned[row.pk], spans[row.pk], members[row.pk], names, working) for row in rows]


def _prove(
    row: Schedule,
    planned: rules.Schedule,
    spans: Sequence[rules.Span],
    members: set[int],
    names: Mapping[int, str],
    working: set[int],
) -> Coverage:
    holes = rules.holes_in(planned, spans, names)
    loads = rules.fairness(spans, row.time_zone, planned.holidays)
    able = sorted(p for p in members if p in working)  # whoever cannot be reached closes no hole
    proposals = rules.repairs(planned, spans, holes, able, loads, names)
    gaps = [
        Gap(str(hole.kind), hole.start, hole.end, hole.text, tuple(map(int, hole.people)), hole.is_empty, repair)
        for hole in holes
        for repair in [next((r for r in proposals if hole in r.holes and r.override is not None), None)]
    ]
    gaps += _unreachable(spans, names, working)
    shares = tuple(Share(int(p), names.get(int(p), str(p)), load) for p, load in loads.items())
    return Coverage(row, tuple(sorted(gaps, key=lambda gap: (gap.starts_at, gap.kind))), shares)


def _unreachable(spans: Sequence[rules.Span], names: Mapping[int, str], working: set[int]) -> list[Gap]:
    """One gap for each person who is on call and has no contact method that works: their first time, and how often."""
    times: dict[int, list[rules.Stint]] = {}
    for stint in rules.stints(spans):
        if int(stint.person) not in working:
            times.setdefault(int(stint.person), []).append(stint)
    found = []
    for person, stints in times.items():
        first = stints[0]
        alone = any(person in span.people and not {int(p) for p in span.people} & working for span in spans)
        name = names.get(person, str(person))
        text = say_many(
            "{name} is on call and has no contact method that works.",
            "{name} is on call {count} times and has no contact method that works. This is the first time.",
            len(stints),
            name=name,
        )
        if alone:
            text = say("Nobody can be reached: {text}", text=text)
        found.append(Gap(UNREACHABLE, first.start, first.end, text, (person,), alone))
    return found
