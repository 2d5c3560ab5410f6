"""What the reports of jobs do, and what it means when time passes without one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BinaryField, Exists, F, OuterRef
from django.db.models.functions import Substr

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.heartbeats import add_heartbeat
from allclear.alerts.actions.receive import clean
from allclear.alerts.heartbeats import STATE, plan_of, put_state, raise_events, signal, state_of
from allclear.alerts.models import Delivery, HeartbeatMonitor, HeartbeatPing, PendingDelivery
from allclear.alerts.models.heartbeats import HeartbeatQuerySet
from allclear.domain.alerts import Event
from allclear.domain.alerts.heartbeat import Ping, ReportKind, evolve, passed
from allclear.kernel.errors import Invalid

KEPT = 100  # reports of each heartbeat
SETTLES = timedelta(seconds=1)  # what arrived in time is on disk by then
LONGEST_LOG = 100_000  # bytes
_SHOWN = 2_000  # characters of a failing job's words in the alert
_MOST_STATUS = 255
_FIRST = {"period": timedelta(days=1), "grace": timedelta(hours=1)}  # of one that its first report makes


@dataclass(frozen=True, slots=True)
class Pinged:
    """A report as the fold meets it. `details`: monitor (UID or slug), kind, exit_status, run, create."""

    delivery_id: int
    position: int
    integration_id: int
    at: datetime
    details: Mapping[str, Any]


def ping(pings: Sequence[Pinged], now: datetime) -> int:
    """Note reports and move their heartbeats, in the caller's transaction; gives how many were of one that is there.

    A heartbeat that goes down or comes back sends a message of its own through the same flow. One that is not known is
    made when its report asks for it (`create`), with a day between reports until somebody says better.
    """
    rows = _rows(pings, now)
    logs = _logs([one.delivery_id for one in pings])
    states = {row.pk: state_of(row) for row in rows.values()}
    raised: dict[int, list[Event]] = defaultdict(list)
    kept: list[HeartbeatPing] = []
    for one in pings:
        row = rows.get(_target(one))
        if row is None:
            continue
        read, before, log = _read(one), states[row.pk], logs.get(one.delivery_id, "")
        after = states[row.pk] = evolve(before, read)
        is_end = read.kind in (ReportKind.SUCCESS, ReportKind.FAIL)
        kept.append(_kept(one, row, read, log, after.last_run if is_end else None))
        if event := signal(row, before, after, one.at, log[:_SHOWN]):
            raised[row.integration_id].append(event)
    for row in rows.values():
        put_state(row, states[row.pk])
    HeartbeatMonitor.objects.bulk_update(rows.values(), STATE)
    HeartbeatPing.objects.bulk_create(kept, ignore_conflicts=True)
    _forget({row.pk for row in rows.values()})
    raise_events(raised, now)
    return len(kept)


def due_heartbeats(now: datetime, without: Iterable[int], limit: int) -> list[int]:
    """Those whose time is over, the longest overdue first."""
    return list(
        _overdue(now).exclude(pk__in=list(without)).order_by("due_at", "pk").values_list("pk", flat=True)[:limit]
    )


def miss_heartbeat(pk: int, now: datetime) -> bool:
    """Take one down whose time is over; says whether it was."""
    with transaction.atomic():
        row = _overdue(now).select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None:
            return False
        before = state_of(row)
        after = passed(plan_of(row), before, now)
        put_state(row, after)
        row.save(update_fields=STATE)
        event = signal(row, before, after, now)
        raise_events({row.integration_id: [event] if event else []}, now)
    return True


def _overdue(now: datetime) -> HeartbeatQuerySet:
    """Those whose time is over, but for those whose report may have arrived in time and is not folded yet.

    What the fold has passed by (it cannot be read) is no reason to wait: no heartbeat of its source would ever be down.
    """
    waiting = PendingDelivery.objects.not_passed_by().filter(
        integration_id=OuterRef("integration_id"), received_at__lte=OuterRef("due_at")
    )
    return HeartbeatMonitor.objects.watched().filter(~Exists(waiting), due_at__lte=now - SETTLES)


def _rows(pings: Sequence[Pinged], now: datetime) -> dict[tuple[int, str], HeartbeatMonitor]:
    """The heartbeats that are meant, locked, each under the name that its reports use."""
    wanted = {_target(one): one for one in pings}
    uids = {name: UUID(name) for _, name in wanted if _is_uid(name)}
    by_uid = HeartbeatMonitor.objects.filter(uid__in=uids.values())
    by_slug = HeartbeatMonitor.objects.filter(integration_id__in={integration for integration, _ in wanted})
    keys = {(row.integration_id, str(row.uid)): row.pk for row in by_uid}
    keys |= {(i, slug.lower()): pk for i, slug, pk in by_slug.values_list("integration_id", "slug", "pk")}
    for target, one in wanted.items():
        if target not in keys and one.details.get("create") and not _is_uid(target[1]):
            keys |= _made(target, now)
    pks = {keys[target] for target in wanted if target in keys}
    locked = {row.pk: row for row in HeartbeatMonitor.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
    return {target: locked[keys[target]] for target in wanted if keys.get(target) in locked}


def _made(target: tuple[int, str], now: datetime) -> dict[tuple[int, str], int]:
    integration, slug = target
    values = {"integration_id": integration, "name": slug, "slug": slug, **_FIRST}
    try:
        return {target: add_heartbeat(SYSTEM_VIEWER, values, now=now).pk}
    except Invalid:  # a name that none can have
        return {}


def _target(one: Pinged) -> tuple[int, str]:
    return one.integration_id, str(one.details.get("monitor") or "").lower()


def _is_uid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _read(one: Pinged) -> Ping:
    words = set(ReportKind)
    kind, status = str(one.details.get("kind") or ""), one.details.get("exit_status")
    known = ReportKind(kind) if kind in words else ReportKind.SUCCESS
    code = status if isinstance(status, int) and 0 <= status <= _MOST_STATUS else None
    if code:
        known = ReportKind.FAIL
    return Ping(known, one.at, str(one.details.get("run") or "")[:64], code)


def _kept(one: Pinged, row: HeartbeatMonitor, read: Ping, log: str, lasted: timedelta | None) -> HeartbeatPing:
    return HeartbeatPing(
        monitor=row, delivery_id=one.delivery_id, position=one.position, at=one.at, kind=read.kind.value,
        exit_status=read.exit_status, run=read.run, lasted=lasted, log=log,
    )  # fmt: skip


def _logs(deliveries: Sequence[int]) -> dict[int, str]:
    """The beginning of each body, as text."""
    rows = Delivery.objects.filter(pk__in=deliveries).exclude(body=b"")
    start = Substr(F("body"), 1, LONGEST_LOG, output_field=BinaryField())
    found = rows.annotate(start=start).values_list("pk", "start")
    return {pk: clean(bytes(text).decode("utf-8", "replace")) for pk, text in found}


def _forget(monitors: Iterable[int]) -> None:
    """All reports but the newest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM alerts_heartbeat_ping AS ping USING (SELECT one.id, (SELECT kept.id FROM alerts_heartbeat_ping"
            " AS kept WHERE kept.monitor_id = one.id ORDER BY kept.id DESC OFFSET %s LIMIT 1) AS last"
            " FROM unnest(%s::bigint[]) AS one (id)) AS old WHERE ping.monitor_id = old.id AND ping.id <= old.last",
            [KEPT, list(monitors)],
        )
