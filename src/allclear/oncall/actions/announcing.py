"""Tells people when the final schedule changed for them: one notice for all that was changed together.

The coming shifts of every schedule are kept as their people know them (`KnownShifts`). When something was changed, and
nothing more for a minute, the plan is reckoned anew and the difference told. So it counts what became of the schedule,
by whatever way, and an override that changes nothing for somebody is not told to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from allclear.accounts.models import User
from allclear.domain import oncall as rules
from allclear.kernel import changes
from allclear.notifications.actions.notices import tell
from allclear.notifications.models import Profile
from allclear.oncall.change_words import Piece, notice_of
from allclear.oncall.happenings import Happening, happenings_since
from allclear.oncall.models import KnownShifts, Schedule
from allclear.oncall.queries import final_of

AHEAD = timedelta(days=30)  # changes of what is farther away are told when it has come near
SETTLED = timedelta(minutes=1)  # without another change
LONGEST_WAIT = timedelta(minutes=10)  # however many changes follow each other
REFRESH = timedelta(hours=6)
KIND = "shifts"


@dataclass(frozen=True, slots=True)
class _Plan:
    """One schedule: as its people know it (None: they know nothing of it), and as it is now."""

    schedule: Schedule
    known: KnownShifts | None
    stints: Sequence[rules.Stint]


def announce_changes(now: datetime) -> int:
    """Tell everybody what changed for them since they were told last; gives how many notices are new.

    1. One at a time, so that no change is told twice; the notices and what is known are written together or not at all.
    2. While people still change something, all of it waits for them, but not for longer than ten minutes.
    3. A schedule that was there before anybody looked is learnt without a word.
    """
    with transaction.atomic():
        changes.serialise("announce changes of shifts")
        known = {row.schedule_id: row for row in KnownShifts.objects.all()}
        since = max((row.at for row in known.values()), default=now - LONGEST_WAIT) - SETTLED
        happened = happenings_since(since)
        if happened and happened[-1].at > now - SETTLED and happened[0].at > now - LONGEST_WAIT:
            return 0
        schedules = list(Schedule.objects.order_by("pk"))
        is_new = any(row.pk not in known for row in schedules)
        if not happened and not is_new and all(row.at > now - REFRESH for row in known.values()):
            return 0
        plans = [_Plan(row, known.get(row.pk), _coming(row, now)) for row in schedules]
        told = _tell(plans, happened, now)
        _keep(plans, now)
    return told


def _coming(schedule: Schedule, now: datetime) -> list[rules.Stint]:
    return rules.stints(final_of(schedule, now, now + AHEAD)) if schedule.is_active else []


def _tell(plans: Sequence[_Plan], happened: Sequence[Happening], now: datetime) -> int:
    pieces: dict[int, list[Piece]] = defaultdict(list)
    for plan in plans:
        for one in _difference(plan, happened, now):
            because = tuple(h for h in happened if h.touches(plan.schedule.pk, one.start, one.end))
            pieces[int(one.person)].append(Piece(plan.schedule, one, because))
    wants_own = set(Profile.objects.filter(user__in=pieces, tells_own_changes=True).values_list("user_id", flat=True))
    told = 0
    for user in User.objects.filter(pk__in=pieces, is_active=True).order_by("pk"):
        news = [piece for piece in pieces[user.pk] if _is_news(piece, user.pk, wants_own=user.pk in wants_own)]
        if news:
            name = f"shifts:{user.pk}:{int(now.timestamp() * 1000)}"
            told += tell(user, name, notice_of(user, news, name), now=now, subject_kind=KIND)
    return told


def _difference(plan: _Plan, happened: Sequence[Happening], now: datetime) -> list[rules.Turnover]:
    if plan.known is None:  # a new schedule is news to everybody in it, one that was always there is not
        is_added = any(h.is_beginning and h.schedule_id == plan.schedule.pk for h in happened)
        return rules.turnovers([], plan.stints, now, now + AHEAD) if is_added else []
    before = [
        rules.Stint(person, datetime.fromisoformat(start), datetime.fromisoformat(end))
        for person, start, end in plan.known.stints
    ]
    return rules.turnovers(before, plan.stints, now, min(plan.known.until, now + AHEAD))


def _is_news(piece: Piece, user_id: int, *, wants_own: bool) -> bool:
    """Not what they did themselves, unless they want that too, nor what a message of a swap has told them."""
    if not piece.because:
        return True
    if all(user_id in one.told for one in piece.because):
        return False
    return wants_own or any(one.by != user_id for one in piece.because)


def _keep(plans: Sequence[_Plan], now: datetime) -> None:
    KnownShifts.objects.bulk_create(
        [
            KnownShifts(
                schedule=plan.schedule,
                at=now,
                until=now + AHEAD,
                stints=[[int(s.person), s.start.isoformat(), s.end.isoformat()] for s in plan.stints],
            )
            for plan in plans
        ],
        update_conflicts=True,
        unique_fields=["schedule"],
        update_fields=["at", "until", "stints"],
    )
