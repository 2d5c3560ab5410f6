"""Write down the shifts that have been, so that no later change of a schedule moves the past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from allclear.domain import oncall as rules
from allclear.kernel.words import as_data
from allclear.oncall.models import Override, Schedule, Shift
from allclear.oncall.queries import members_of, rules_of
from allclear.oncall.rota import names_of

_LONGEST_WHY = 300  # characters, as the column has


@dataclass(frozen=True, slots=True)
class _Past:
    """One person on call for one reason, without a break."""

    user_id: int
    is_shadow: bool
    why: str
    source: str
    starts_at: datetime
    ends_at: datetime

    @property
    def name(self) -> tuple[int, bool, str]:
        return self.user_id, self.is_shadow, self.why[:_LONGEST_WHY]


def freeze(pk: int, now: datetime, *, is_patient: bool = True) -> bool:
    """Write the shifts of one schedule up to now; False when there was nothing to write.

    1. The row is locked, so that two who freeze at once write nothing twice; who is not patient passes a locked one by.
    2. From where the record ends up to now the schedule is reckoned as it stands before the change that is coming.
    3. A shift that goes on is made longer instead of being written again.
    """
    with transaction.atomic():
        rows = Schedule.objects.select_for_update(of=("self",), skip_locked=not is_patient)
        schedule = rows.filter(pk=pk).first()
        if schedule is None or schedule.frozen_until >= now:
            return False
        if schedule.is_active:  # by one that is out of use nobody was on call
            _write(schedule, now)
        schedule.frozen_until = now
        schedule.save(update_fields=["frozen_until"])
    return True


def freeze_with(people: Iterable[int], now: datetime) -> None:
    """The same for every schedule that these people have a part in: leave of theirs changes all of them."""
    asked = set(people)
    named = Override.objects.filter(people__overlap=sorted(asked), ends_at__gt=now).values("schedule_id")
    for schedule in Schedule.objects.filter(Q(is_active=True) | Q(pk__in=named)).order_by("pk"):
        if (
            members_of(schedule) & asked
            or Override.objects.filter(schedule=schedule, people__overlap=sorted(asked)).exists()
        ):
            freeze(schedule.pk, now)


def _write(schedule: Schedule, now: datetime) -> None:
    since = schedule.frozen_until
    planned = rules_of(schedule, since, now)
    spans = rules.final(planned, since, now)
    names = names_of(spans, planned)
    past = list(_joined(_told(planned, spans, names)))
    ended = Shift.objects.filter(schedule=schedule, ends_at=since)
    before = {(row.user_id, row.is_shadow, row.why): row for row in ended}
    new = []
    for shift in past:
        row = before.get(shift.name) if shift.starts_at == since else None
        if row is None:
            new.append(
                Shift(
                    schedule=schedule,
                    user_id=shift.user_id,
                    starts_at=shift.starts_at,
                    ends_at=shift.ends_at,
                    is_shadow=shift.is_shadow,
                    why=shift.why[:_LONGEST_WHY],
                    said=as_data(shift.why),
                    source=shift.source,
                )
            )
        else:
            row.ends_at = shift.ends_at
            row.save(update_fields=["ends_at"])
    Shift.objects.bulk_create(new)


def _told(planned: rules.Schedule, spans: Sequence[rules.Span], names: dict[int, str]) -> Iterator[_Past]:
    """Everybody of every span, as far as they are still there, with the reason in words."""
    for span in spans:
        for duty in span.on_call:
            if int(duty.person) in names:
                why = rules.why(planned, duty, names, span.crew.absences)
                yield _Past(int(duty.person), False, why, str(duty.source), span.start, span.end)
        for duty in span.shadows:
            if int(duty.person) in names:
                why = rules.why_shadow(planned, duty)
                yield _Past(int(duty.person), True, why, str(duty.source), span.start, span.end)


def _joined(parts: Iterable[_Past]) -> Iterator[_Past]:
    """Neighbours of one person and one reason are one."""
    running: dict[tuple[int, bool, str], _Past] = {}
    for part in parts:
        before = running.get(part.name)
        if before is not None and before.ends_at == part.starts_at:
            running[part.name] = replace(before, ends_at=part.ends_at)
            continue
        if before is not None:
            yield before
        running[part.name] = part
    yield from running.values()
