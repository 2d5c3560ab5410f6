"""The proof that somebody is on call and can be reached: holes, what closes them, and who carries how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from allclear.accounts.models import User
from allclear.domain import oncall as rules
from allclear.kernel.words import say, say_many
from allclear.notifications.models import ContactMethod
from allclear.oncall.facts import reachable
from allclear.oncall.models import CalendarSource, EscalationEntry, Schedule
from allclear.oncall.queries import members_of, past_of, rules_of_many

HORIZON = timedelta(days=366)  # the next twelve months
LATELY = timedelta(days=90)  # in which interruptions count
UNREACHABLE, BOUNCES = "unreachable", "bounces"
CALENDAR = "calendar"  # shifts come from a calendar that is not read, or names nobody
_PAGING = ("paged", "exhausted")  # entries of escalations


@dataclass(frozen=True, slots=True)
class Gap:
    """[starts_at, ends_at) in which a schedule does not hold what it promises, and the override that would mend it.

    `kind` is one of `domain.oncall.HoleKind`, `unreachable`, `bounces` or `calendar`. `is_empty`: nobody at all could
    be paged.
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
    pages: int = 0  # in the last `LATELY`, from whatever schedule, team or person
    night_pages: int = 0  # of those, from 22:00 to 06:00


@dataclass(frozen=True, slots=True)
class Coverage:
    """One schedule. No gaps is the proof that it is covered."""

    schedule: Schedule
    gaps: tuple[Gap, ...]
    ledger: tuple[Share, ...]
    spans: tuple[rules.Span, ...] = field(default=(), repr=False)

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
    paged = _paged(people, start)
    calendars = _calendars(rows, start, end)
    found = []
    for row in rows:
        one = _prove(row, planned[row.pk], spans[row.pk], members[row.pk], names, working, paged)
        found.append(_with(calendars.get(row.pk, ()), one))
    return found


def _with(more: Sequence[Gap], one: Coverage) -> Coverage:
    return replace(one, gaps=(*more, *one.gaps)) if more else one


def _calendars(rows: Sequence[Schedule], start: datetime, end: datetime) -> Mapping[int, Sequence[Gap]]:
    """What calendars elsewhere leave open: the shifts in them may be others than those that are planned."""
    found: dict[int, list[Gap]] = {}
    for one in CalendarSource.objects.filter(schedule__in=[row.pk for row in rows]):
        gaps = found.setdefault(one.schedule_id, [])
        if one.problem:
            text = say("The calendar of {host} cannot be read: {problem}", host=str(one), problem=one.problem)
            gaps.append(Gap(CALENDAR, one.read_at or start, end, text, (), False))
        if one.skipped:
            text = say_many(
                "An event of the calendar of {host} did not come in.",
                "{count} events of the calendar of {host} did not come in.",
                len(one.skipped),
                host=str(one),
            )
            gaps.append(Gap(CALENDAR, start, end, text, (), False))
    return found


def _paged(people: Iterable[int], until: datetime) -> Mapping[int, Sequence[datetime]]:
    """When each of them was paged lately; the steps of one escalation count each."""
    found: dict[int, list[datetime]] = {person: [] for person in people}
    entries = EscalationEntry.objects.filter(at__gte=until - LATELY, at__lt=until, people__overlap=list(found))
    for at, paged in entries.filter(kind__in=_PAGING).values_list("at", "people"):
        for person in paged:
            if person in found:
                found[person].append(at)
    return found


def _is_night(at: datetime, zone: ZoneInfo) -> bool:
    return not 6 <= at.astimezone(zone).hour < 22


def _prove(
    row: Schedule,
    planned: rules.Schedule,
    spans: Sequence[rules.Span],
    members: set[int],
    names: Mapping[int, str],
    working: set[int],
    paged: Mapping[int, Sequence[datetime]],
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
    gaps += _bouncing(spans, names, working)
    zone = ZoneInfo(row.time_zone)
    shares = tuple(
        Share(int(p), names.get(int(p), str(p)), load, len(times), sum(_is_night(at, zone) for at in times))
        for p, load in loads.items()
        for times in [paged.get(int(p), ())]
    )
    return Coverage(row, tuple(sorted(gaps, key=lambda gap: (gap.starts_at, gap.kind))), shares, tuple(spans))


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


def _bouncing(spans: Sequence[rules.Span], names: Mapping[int, str], working: set[int]) -> list[Gap]:
    """One gap for each address that is out although others of its person work: one less by which a page comes."""
    first: dict[int, rules.Stint] = {}
    for stint in rules.stints(spans):
        first.setdefault(int(stint.person), stint)
    rows = ContactMethod.objects.filter(user__in=set(first) & working, is_enabled=True, bad_since__isnull=False)
    return [
        Gap(
            BOUNCES,
            first[row.user_id].start,
            first[row.user_id].end,
            say("{name} is on call, and an address of theirs refuses: {reason}", name=names.get(row.user_id, ""),
                reason=row.bad_reason),
            (row.user_id,),
            is_empty=False,
        )
        for row in rows.order_by("pk")
    ]  # fmt: skip
