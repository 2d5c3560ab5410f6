"""The promises of incidents for those who read: each clock with its agreement, its hours and how it stands.

One query for a page of incidents, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from allclear.accounts.models import Organisation
from allclear.accounts.queries import team_names
from allclear.domain.business import Hours
from allclear.domain.sla import (
    Account,
    Agreement,
    AgreementKind,
    Clock,
    DueThreshold,
    Metric,
    Standing,
    Target,
    account,
    all_due,
    standing,
)
from allclear.incidents.models import FiredThreshold, SlaClock
from allclear.incidents.promises import clock_of
from allclear.kernel.generation import Cached
from allclear.slas.models import AgreementVersion
from allclear.slas.queries import agreement_at, hours_of

_KINDS = (AgreementKind.SLA, AgreementKind.OLA, AgreementKind.UC)
Parties = Mapping[AgreementKind, Mapping[int, str]]
_METRICS = (Metric.RESPONSE, Metric.RESOLUTION, Metric.PROGRESS)


has_agreements: Cached[bool] = Cached("agreements", lambda: AgreementVersion.objects.exists())


@dataclass(frozen=True)
class Promise:
    """One run of a clock at an instant."""

    row: SlaClock
    clock: Clock
    agreement: Agreement
    hours: Hours
    now: datetime

    @property
    def kind(self) -> AgreementKind:
        return self.clock.slot.kind

    @property
    def metric(self) -> Metric:
        return self.clock.slot.metric

    @property
    def target(self) -> Target | None:
        return self.agreement.target(self.clock.target_key)

    @property
    def zone(self) -> ZoneInfo:
        """The calendar's."""
        return ZoneInfo(self.hours.rules.zone)

    @property
    def duration(self) -> timedelta:
        return self.clock.duration

    @property
    def until(self) -> datetime:
        """Up to when there is something to tell: now, or its end."""
        return self.clock.marks[-1].at if self.clock.is_over else self.now

    @cached_property
    def used(self) -> timedelta:
        return self.clock.used(self.hours, self.until)

    @property
    def left(self) -> timedelta:
        """What remains; negative when it is overdrawn."""
        return self.duration - self.used

    @cached_property
    def due_at(self) -> datetime | None:
        """When the target is or was used up; None while it is paused, or over before that."""
        return self.clock.due_at(self.hours)

    @cached_property
    def standing(self) -> Standing:
        return standing(self.clock, self.hours, self.now)

    @property
    def is_paused(self) -> bool:
        return not self.clock.is_over and not self.clock.is_running

    @cached_property
    def account(self) -> Account:
        """The ledger."""
        return account(self.clock, self.hours, self.until)

    @property
    def thresholds(self) -> Sequence[DueThreshold]:
        return all_due(self.clock, self.target, self.hours) if self.target else ()


def promises_of(incident_id: int, now: datetime, *, earlier: bool = False) -> list[Promise]:
    """Those of one incident, to customers first; with `earlier` also the runs that are over since it was reopened."""
    rows = SlaClock.objects.filter(incident_id=incident_id)
    found = _promises(rows if earlier else rows.filter(is_current=True), now)
    return sorted(found, key=_place)


def promised(incident_ids: Collection[int], now: datetime, *, internal: bool = False) -> Mapping[int, list[Promise]]:
    """The current promises to customers of many incidents, by incident; one query. `internal`: all others too."""
    if not incident_ids or not has_agreements.get():
        return {}
    rows = SlaClock.objects.filter(incident_id__in=incident_ids, is_current=True)
    rows = rows if internal else rows.filter(kind=AgreementKind.SLA).exclude(metric=Metric.PROGRESS)
    found: dict[int, list[Promise]] = {}
    for one in _promises(rows, now):
        found.setdefault(one.row.incident_id, []).append(one)
    return {key: sorted(promises, key=_place) for key, promises in found.items()}


def foremost(promises: Sequence[Promise]) -> Promise | None:
    """The one that a list shows: overdue or due first; else the paused one; else the one that ended last."""
    due = [(one.due_at, one) for one in promises if not one.clock.is_over and one.due_at]
    if due:
        return min(due, key=lambda pair: pair[0])[1]
    paused = [one for one in promises if not one.clock.is_over]
    measured = [one for one in promises if one.standing != Standing.VOID] or promises
    return paused[-1] if paused else measured[-1] if measured else None


def parties_of(promises: Iterable[Promise]) -> Parties:
    """The names of teams and suppliers that these are with; one query where a contract is among them."""
    kinds: dict[AgreementKind, set[int]] = {}
    for one in promises:
        kinds.setdefault(one.kind, set()).add(one.clock.slot.party)
    suppliers = Organisation.objects.filter(pk__in=kinds.get(AgreementKind.UC, ())).values_list("pk", "name")
    return {
        AgreementKind.OLA: team_names.get() if AgreementKind.OLA in kinds else {},
        AgreementKind.UC: dict(suppliers) if AgreementKind.UC in kinds else {},
    }


def firings_of(promises: Iterable[Promise]) -> Mapping[int, Mapping[int, FiredThreshold]]:
    """What fired, by clock and per cent."""
    found: dict[int, dict[int, FiredThreshold]] = {}
    for row in FiredThreshold.objects.filter(clock__in=[one.row.pk for one in promises]):
        found.setdefault(row.clock_id, {})[row.percent] = row
    return found


def _promises(rows: Iterable[SlaClock], now: datetime) -> list[Promise]:
    """Each version is looked up once, for a page has few of them."""
    agreements: dict[tuple[int, int], Agreement] = {}
    hours: dict[tuple[int, int], Hours] = {}
    found = []
    for row in rows:
        said, counts = (row.agreement_id, row.agreement_version), (row.calendar_id, row.calendar_version)
        if said not in agreements:
            agreements[said] = agreement_at(*said)
        if counts not in hours:
            hours[counts] = hours_of(*counts)
        found.append(Promise(row, clock_of(row), agreements[said], hours[counts], now))
    return found


def _place(one: Promise) -> tuple[int, int, int, int]:
    return _KINDS.index(one.kind), _METRICS.index(one.metric), one.clock.slot.party, one.clock.run
