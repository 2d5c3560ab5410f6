"""Verbs on schedules and on what changes them for a while: overrides, leave, swaps.

Leads and managers may change every schedule; people may override and swap within the schedules they are in.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.domain import oncall as rules
from allclear.domain.oncall.data import layers_as_data, layers_from
from allclear.domain.oncall.wallclock import is_zone
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, NotFound, NotPermitted
from allclear.kernel.words import say
from allclear.oncall.actions.freezing import freeze, freeze_with
from allclear.oncall.actions.nouns import LEAVE, OVERRIDE, SCHEDULE
from allclear.oncall.models import Leave, Override, Schedule
from allclear.oncall.queries import is_known, members_of, rules_of

LONGEST_OVERRIDE = timedelta(days=366)


def add_schedule(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Schedule:
    """Add a schedule. Its past begins now: before it nobody was on call by it."""
    viewer.require("oncall.change")
    return changes.create(
        SCHEDULE,
        _tidied(values, "UTC"),
        actor=actor_of(viewer),
        now=now,
        initial={"feed_key": secrets.token_urlsafe(24), "frozen_until": now},
        check=_check,
    )


def change_schedule(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Schedule:
    """Change a schedule from now on; shifts that have been stay as they were."""
    viewer.require("oncall.change")
    zone = Schedule.objects.filter(pk=pk).values_list("time_zone", flat=True).first() or "UTC"
    with transaction.atomic():
        freeze(pk, now)
        return changes.change(
            SCHEDULE,
            pk,
            _tidied(values, zone),
            actor=actor_of(viewer),
            now=now,
            expected_version=expected_version,
            check=_check,
        )


def renew_feed(viewer: Viewer, pk: int, *, now: datetime) -> Schedule:
    """Give the calendar feed a new address; the old one ends."""
    viewer.require("oncall.change")
    with transaction.atomic():
        row = changes.lock_row(SCHEDULE, pk, None)
        row.feed_key = secrets.token_urlsafe(24)
        row.save(update_fields=["feed_key"])
        changes.record(SCHEDULE, pk, "feed_renewed", {}, actor=actor_of(viewer), now=now)
    return row


def add_override(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Override:
    """Put somebody on call or take them off for a span, which must not lie in the past."""
    schedule = schedule_for(values.get("schedule_id"))
    people = [int(p) for p in values.get("people") or ()]
    may_override(viewer, schedule, [*people, values.get("instead_of_id")], now)
    _active(people, "people")
    with transaction.atomic():
        freeze(schedule.pk, now)
        return changes.create(
            OVERRIDE,
            {**values, "people": people},
            actor=actor_of(viewer),
            now=now,
            initial={"created_at": now, "created_by_id": viewer.user_id},
            check=lambda row: _check_override(row, schedule, now),
        )


def withdraw_override(viewer: Viewer, pk: int, *, now: datetime) -> Override:
    """Take an override back. The part of it that has been stays as it was."""
    with transaction.atomic():
        row = changes.lock_row(OVERRIDE, pk, None)
        may_override(viewer, row.schedule, [*row.people, row.instead_of_id], now)
        if row.withdrawn_at is None:
            freeze(row.schedule_id, now)
            row.withdrawn_at = now
            row.save(update_fields=["withdrawn_at"])
            changes.record(OVERRIDE, pk, "withdrawn", {}, actor=actor_of(viewer), now=now)
    return row


def add_leave(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Leave:
    """Say that somebody is away: oneself, or another for those who change schedules."""
    user_id = int(values.get("user_id") or viewer.user_id or 0)
    viewer.require("oncall.own" if user_id == viewer.user_id else "oncall.change")
    _active([user_id], "user_id")

    def check(row: Leave) -> None:
        if row.ends_at <= now:
            raise Invalid({"ends_at": say("This lies in the past, and what has been cannot be changed.")})

    with transaction.atomic():
        freeze_with([user_id], now)
        return changes.create(LEAVE, {**values, "user_id": user_id}, actor=actor_of(viewer), now=now, check=check)


def withdraw_leave(viewer: Viewer, pk: int, *, now: datetime) -> Leave:
    """They are not away after all."""
    with transaction.atomic():
        row = changes.lock_row(LEAVE, pk, None)
        viewer.require("oncall.own" if row.user_id == viewer.user_id else "oncall.change")
        if row.withdrawn_at is None:
            freeze_with([row.user_id], now)
            row.withdrawn_at = now
            row.save(update_fields=["withdrawn_at"])
            changes.record(LEAVE, pk, "withdrawn", {}, actor=actor_of(viewer), now=now)
    return row


def check_values(values: Mapping[str, Any]) -> None:
    """Raise `Invalid` if these values cannot be a schedule; nothing is saved. For a look before saving."""
    names = ("time_zone", "layers", "country", "region")
    _check(Schedule(**{name: value for name, value in _tidied(values, "UTC").items() if name in names}))


def schedule_for(pk: Any) -> Schedule:
    row = Schedule.objects.filter(pk=pk or 0).first()
    if row is None:
        raise NotFound(say("There is no such schedule."))
    return row


def may_override(viewer: Viewer, schedule: Schedule, people: Iterable[Any], now: datetime) -> None:
    """Those who change schedules may; else only who is in the schedule, about themselves and others in it."""
    viewer.require("oncall.own")
    if viewer.may("oncall.change"):
        return
    inside = members_of(schedule)
    if viewer.user_id not in inside or not {p for p in people if p} <= inside:
        raise NotPermitted(say("Only those who are in this schedule may change who is on call, and only among them."))


def _tidied(values: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The layers in the form in which they are kept."""
    found = dict(values)
    if "layers" in found:
        zone = found.get("time_zone") or zone
        layers = layers_from(found["layers"] or [], zone if is_zone(zone) else "UTC")
        found["layers"] = layers_as_data(layers, zone)
    if "country" in found:
        found["country"] = str(found["country"] or "").upper()
    return found


def _check(row: Schedule) -> None:
    if not is_zone(row.time_zone):
        text = say("There is no time zone “{name}”. Choose one such as Europe/Berlin.", name=row.time_zone)
        raise Invalid({"time_zone": text})
    layers = layers_from(row.layers, row.time_zone)
    rules.check_schedule(rules.Schedule(zone=row.time_zone, layers=layers))
    if not is_known(row.country, row.region) and (row.country or row.region):
        raise Invalid({"country": say("The holidays of this country or region are not known. Leave it empty.")})
    _active(sorted(members_of(row)), "layers")


def _active(people: Sequence[Any], field: str) -> None:
    known = {u.pk: u for u in User.objects.filter(pk__in=people)}
    for person in people:
        user = known.get(person)
        if user is None:
            raise Invalid({field: say("There is no person with the key {key}.", key=person)})
        if not (user.is_active and user.is_staff):
            raise Invalid({field: say("{name} is not active staff and cannot be on call.", name=user.name)})


def _check_override(row: Override, schedule: Schedule, now: datetime) -> None:
    if row.ends_at <= now:
        raise Invalid({"ends_at": say("This lies in the past, and what has been cannot be changed.")})
    if row.ends_at - row.starts_at > LONGEST_OVERRIDE:
        raise Invalid({"ends_at": say("An override lasts a year at most. Change the schedule for longer ones.")})
    if row.ends_at <= row.starts_at:
        return  # the constraint says it
    planned = rules_of(schedule, row.starts_at, row.ends_at)
    new = rules.Override(
        -1, rules.OverrideKind(row.kind), row.starts_at, row.ends_at, tuple(row.people), row.instead_of_id
    )
    checked = rules.Schedule(zone=planned.zone, overrides=(*planned.overrides, new))
    try:
        rules.check_schedule(checked)
    except Invalid as error:
        own = f"overrides.{len(planned.overrides)}."
        raise Invalid({_FIELDS.get(k.removeprefix(own), "kind"): text for k, text in error.fields.items()}) from None


_FIELDS = {"instead_of": "instead_of_id", "people": "people", "start": "starts_at", "end": "ends_at"}
