"""Who is on call at an instant, and the schedules as the rules know them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import holidays as calendar
from django.db.models import Q

from allclear.accounts.models import User
from allclear.domain import oncall as rules
from allclear.domain.oncall.data import layers_from
from allclear.oncall.models import Leave, Override, Schedule, Shift, Swap


def rules_of(schedule: Schedule, start: datetime, end: datetime) -> rules.Schedule:
    """The schedule as `domain.oncall` takes it, with everything that may count in [start, end)."""
    return next(iter(rules_of_many([schedule], start, end).values()))


def rules_of_many(schedules: Sequence[Schedule], start: datetime, end: datetime) -> dict[int, rules.Schedule]:
    """The same for many in a few queries, by key."""
    keys = [schedule.pk for schedule in schedules]
    overlapping = Q(starts_at__lt=end, ends_at__gt=start)
    overrides, swaps = _by_schedule(Override, keys, overlapping), _by_schedule(Swap, keys, overlapping)
    leaves = list(Leave.objects.filter(overlapping, withdrawn_at=None).order_by("pk"))
    found: dict[int, rules.Schedule] = {}
    for schedule in schedules:
        layers = layers_from(schedule.layers, schedule.time_zone)
        named = {p for layer in layers for group in layer.rotation.members for p in group}
        named |= {p for one in overrides.get(schedule.pk, ()) for p in one.people}
        found[schedule.pk] = rules.Schedule(
            zone=schedule.time_zone,
            layers=layers,
            overrides=tuple(map(_override, overrides.get(schedule.pk, ()))),
            leaves=tuple(_leave(one) for one in leaves if one.user_id in named),
            swaps=tuple(map(_swap, swaps.get(schedule.pk, ()))),
            holidays=holidays_of(schedule.country, schedule.region, start, end),
        )
    return found


def members_of(schedule: Schedule) -> set[int]:
    """Everybody who takes turns in it."""
    layers = layers_from(schedule.layers, schedule.time_zone)
    return {int(p) for layer in layers for group in layer.rotation.members for p in group}


def _by_schedule(model: Any, keys: Sequence[int], overlapping: Q) -> dict[int, list[Any]]:
    rows = model.objects.filter(overlapping, schedule__in=keys).order_by("created_at", "pk")
    rows = rows.filter(withdrawn_at=None) if model is Override else rows.filter(state__in=("open", "taken"))
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.schedule_id, []).append(row)
    return found


def _override(row: Override) -> rules.Override:
    return rules.Override(
        key=row.pk,
        kind=rules.OverrideKind(row.kind),
        start=row.starts_at,
        end=row.ends_at,
        people=tuple(row.people),
        instead_of=row.instead_of_id,
        created_at=row.created_at,
        created_by=row.created_by_id,
    )


def _leave(row: Leave) -> rules.Leave:
    return rules.Leave(row.user_id, row.starts_at, row.ends_at, row.pk)


def _swap(row: Swap) -> rules.Swap:
    taken_at = row.answered_at if row.state == "taken" else None
    return rules.Swap(row.pk, row.beneficiary_id, row.starts_at, row.ends_at, row.benefactor_id, taken_at)


def holidays_of(country: str, region: str, start: datetime, end: datetime) -> frozenset[date]:
    """The public holidays of the years of a span; none without a country. `is_known` says which there are."""
    if not country:
        return frozenset()
    years = range(start.year - 1, end.year + 2)
    return frozenset(calendar.country_holidays(country, subdiv=region or None, years=years))


def is_known(country: str, region: str) -> bool:
    """Whether the library has this country and this part of it."""
    known: Mapping[str, Sequence[str]] = calendar.list_supported_countries()
    return country in known and (not region or region in known[country])


def past_of(schedule: Schedule, start: datetime, end: datetime) -> tuple[rules.Span, ...]:
    """What was recorded of [start, end), as the rules take it."""
    if start >= schedule.frozen_until:
        return ()
    rows = Shift.objects.filter(schedule=schedule, starts_at__lt=end, ends_at__gt=start, is_shadow=False)
    stints = [rules.Stint(row.user_id, row.starts_at, row.ends_at) for row in rows.order_by("starts_at", "pk")]
    return rules.recorded(stints, schedule.frozen_until)


def final_of(schedule: Schedule, start: datetime, end: datetime) -> tuple[rules.Span, ...]:
    """The spans of [start, end): the past as it was recorded, the rest as it is planned now."""
    return rules.final(rules_of(schedule, start, end), start, end, past_of(schedule, start, end))


def on_call_at(schedules: Iterable[Schedule], at: datetime) -> dict[int, rules.Crew]:
    """The crew of each schedule at an instant of now or later, by key."""
    found = rules_of_many(list(schedules), at, at + timedelta(seconds=1))
    return {key: rules.on_call_at(one, at) for key, one in found.items()}


def people_on_call(schedules: Iterable[Schedule], at: datetime) -> dict[int, list[int]]:
    """Keys of the active people on call, without the shadows, by schedule."""
    crews = on_call_at(schedules, at)
    keys = {int(duty.person) for crew in crews.values() for duty in crew.on_call}
    active = set(User.objects.filter(pk__in=keys, is_active=True).values_list("pk", flat=True))
    return {key: [int(duty.person) for duty in crew.on_call if duty.person in active] for key, crew in crews.items()}
