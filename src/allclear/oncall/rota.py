"""Who is on call now, and who comes next: what screens, the API, the command line and calendar feeds tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.domain import oncall as rules
from allclear.kernel.words import from_data
from allclear.oncall.models import Schedule, Shift
from allclear.oncall.queries import past_of, rules_of_many

LOOK_AHEAD = timedelta(days=35)  # a month's turn and a little
LONGEST = timedelta(days=400)  # of a span that may be asked for


@dataclass(frozen=True, slots=True)
class Turn:
    """One person on call, [starts_at, ends_at). `why`: one sentence. `is_override`: not simply their turn."""

    user_id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    why: str = ""
    is_shadow: bool = False
    is_override: bool = False


@dataclass(frozen=True, slots=True)
class OnCall:
    """One schedule at one instant. `now` is empty when nobody is on call; then `next` says who comes and when."""

    schedule: Schedule
    now: tuple[Turn, ...]
    next: tuple[Turn, ...]
    shadows: tuple[Turn, ...] = ()

    @property
    def people(self) -> frozenset[int]:
        return frozenset(turn.user_id for turn in (*self.now, *self.next))


def schedules_for(viewer: Viewer) -> QuerySet[Schedule]:
    """Every schedule that the viewer may see: all of them, for staff; raises `NotPermitted` for others."""
    viewer.require("oncall.read")
    return Schedule.objects.select_related("team").order_by("name", "pk")


def now_and_next(schedules: Iterable[Schedule], at: datetime) -> list[OnCall]:
    """Each schedule at an instant, in the order given, in a few queries for all of them."""
    rows = list(schedules)
    planned = rules_of_many(rows, at, at + LOOK_AHEAD)
    spans = {
        row.pk: rules.final(planned[row.pk], at, at + LOOK_AHEAD, past_of(row, at, at + LOOK_AHEAD)) for row in rows
    }
    names = names_of((found for one in spans.values() for found in one), *planned.values())
    return [_one(row, planned[row.pk], spans[row.pk], names) for row in rows]


def turns_in(schedule: Schedule, start: datetime, end: datetime, names: Mapping[int, str] | None = None) -> list[Turn]:
    """Every turn that has a part in [start, end), in order; shadows too. The past as it was recorded."""
    planned = rules_of_many([schedule], start, end)[schedule.pk]
    since = min(max(start, schedule.frozen_until), end)
    past = turns_that_were(schedule, start, since)
    spans = rules.final(planned, since, end)
    return _merged([*past, *_turns_of(planned, spans, names_of(spans, planned) if names is None else names)])


def turns_that_were(schedule: Schedule, start: datetime, end: datetime) -> list[Turn]:
    """Those that were recorded, with the reason that counted then; shadows too."""
    rows = Shift.objects.filter(schedule=schedule, starts_at__lt=end, ends_at__gt=start).select_related("user")
    return [
        Turn(
            row.user_id,
            row.user.name,
            max(row.starts_at, start),
            min(row.ends_at, end),
            from_data(row.why, row.said),
            row.is_shadow,
            not row.is_shadow and row.source not in ("", rules.Source.LAYER, rules.Source.RECORD),
        )
        for row in rows.order_by("starts_at", "pk")
    ]


def turns_of(planned: rules.Schedule, spans: Sequence[rules.Span], names: Mapping[int, str]) -> list[Turn]:
    """Spans as turns: neighbours of one person and one reason are one. Who is not there any more is left out."""
    return _merged(_turns_of(planned, spans, names))


def _turns_of(planned: rules.Schedule, spans: Sequence[rules.Span], names: Mapping[int, str]) -> Iterator[Turn]:
    for span in spans:
        for duty in span.on_call:
            if (person := int(duty.person)) in names:
                why = rules.why(planned, duty, names, span.crew.absences)
                changed = duty.source not in (rules.Source.LAYER, rules.Source.RECORD)
                yield Turn(person, names[person], span.start, span.end, why, is_override=changed)
        for duty in span.shadows:
            if (person := int(duty.person)) in names:
                why = rules.why_shadow(planned, duty)
                yield Turn(person, names[person], span.start, span.end, why, is_shadow=True)


def _merged(turns: Iterable[Turn]) -> list[Turn]:
    """Neighbours of one person and one reason as one."""
    found: list[Turn] = []
    running: dict[tuple[int, bool, str], int] = {}
    for turn in turns:
        name = (turn.user_id, turn.is_shadow, turn.why)
        place = running.get(name)
        if place is not None and found[place].ends_at == turn.starts_at:
            found[place] = replace(found[place], ends_at=turn.ends_at)
        else:
            running[name] = len(found)
            found.append(turn)
    return found


def joined(turns: Iterable[Turn]) -> list[Turn]:
    """Turns as a person has them: neighbours of one person are one, whatever the reason; overrides stay apart."""
    found: list[Turn] = []
    running: dict[tuple[int, bool, bool], int] = {}
    for turn in turns:
        name = (turn.user_id, turn.is_shadow, turn.is_override)
        place = running.get(name)
        if place is not None and found[place].ends_at == turn.starts_at:
            found[place] = replace(found[place], ends_at=turn.ends_at)
        else:
            running[name] = len(found)
            found.append(turn)
    return found


def names_of(spans: Iterable[rules.Span], *planned: rules.Schedule) -> dict[int, str]:
    """The names of everybody in these spans and of whoever overrode: all of whom a sentence may speak."""
    people = {int(o.created_by) for one in planned for o in one.overrides if o.created_by is not None}
    for span in spans:
        duties = (*span.on_call, *span.shadows)
        people |= {int(duty.person) for duty in duties} | {int(d.place_of) for d in duties if d.place_of is not None}
        people |= {int(absence.person) for absence in span.crew.absences}
    return dict(User.objects.filter(pk__in=people).values_list("pk", "name"))


def _one(row: Schedule, planned: rules.Schedule, spans: Sequence[rules.Span], names: Mapping[int, str]) -> OnCall:
    """Who is on call in the first span, and whom the first other crew brings."""
    if not row.is_active or not spans:
        return OnCall(row, (), ())
    first = spans[0]
    stints = rules.stints(spans)
    now = _turns(planned, first, stints, names)
    here = set(first.people)
    coming = next((span for span in spans[1:] if set(span.people) - here), None)
    following: tuple[Turn, ...] = ()
    if coming is not None:
        following = tuple(turn for turn in _turns(planned, coming, stints, names) if turn.user_id not in here)
    shadows = tuple(
        Turn(int(duty.person), names[int(duty.person)], first.start, first.end, is_shadow=True)
        for duty in first.shadows
        if int(duty.person) in names
    )
    return OnCall(row, now, following, shadows)


def _turns(
    planned: rules.Schedule, span: rules.Span, stints: Sequence[rules.Stint], names: Mapping[int, str]
) -> tuple[Turn, ...]:
    """Everybody of a span, each from when to when they are on call without a break."""
    found = []
    for duty in span.on_call:
        person = int(duty.person)
        stint = next(s for s in stints if s.person == duty.person and s.start <= span.start < s.end)
        if person in names:
            changed = duty.source not in (rules.Source.LAYER, rules.Source.RECORD)
            why = rules.why(planned, duty, names, span.crew.absences)
            found.append(Turn(person, names[person], stint.start, stint.end, why, is_override=changed))
    return tuple(found)
