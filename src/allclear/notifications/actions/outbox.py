"""The outbox: queue in the transaction of the cause, claim with a lease, and write down what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from allclear.kernel.announce import announce
from allclear.notifications.models import Attempt, ContactMethod, Notification

LEASE = timedelta(seconds=60)  # a sender that says nothing for so long is taken for dead
TOPIC = "engine"  # what the engine listens to


@dataclass(frozen=True, slots=True)
class Draft:
    """A notification to be queued. `key` names it for good: what was queued under it once is never queued again."""

    key: str
    channel: str
    kind: str
    message: Mapping[str, Any]
    due_at: datetime
    user_id: int | None = None
    method_id: int | None = None
    webhook_id: int | None = None
    priority: int | None = None
    subject_kind: str = ""
    subject_id: int | None = None
    escalation_id: int | None = None
    why: Sequence[Any] = field(default_factory=list)


def queue(drafts: Sequence[Draft], *, now: datetime) -> int:
    """Write them into the outbox; gives how many are new. The engine is woken after the commit."""
    rows = [
        Notification(
            key=draft.key,
            user_id=draft.user_id,
            method_id=draft.method_id,
            channel=draft.channel,
            webhook_id=draft.webhook_id,
            kind=draft.kind,
            priority=draft.priority,
            message=dict(draft.message),
            subject_kind=draft.subject_kind,
            subject_id=draft.subject_id,
            escalation_id=draft.escalation_id,
            why=list(draft.why),
            queued_at=now,
            due_at=draft.due_at,
        )
        for draft in drafts
    ]
    known = set(Notification.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        announce(TOPIC, "deliver")
    return len({row.key for row in rows} - known)


def channels_due(now: datetime) -> set[str]:
    """The channels for which something waits that nobody is sending."""
    waiting = Notification.objects.filter(state="queued", due_at__lte=now).exclude(claimed_until__gt=now)
    return set(waiting.order_by().values_list("channel", flat=True).distinct())


_CLAIM = """
UPDATE notifications_notification AS mine SET claimed_until = %(until)s
  FROM (SELECT id FROM notifications_notification
         WHERE state = 'queued' AND due_at <= %(now)s AND channel = ANY(%(channels)s)
           AND (claimed_until IS NULL OR claimed_until <= %(now)s)
           AND NOT COALESCE('m' || method_id, 'w' || webhook_id, '') = ANY(%(without)s)
         ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
 WHERE mine.id = due.id RETURNING mine.id"""


def claim(now: datetime, channels: Collection[str], limit: int, *, without: Collection[str] = ()) -> list[int]:
    """Keys of up to `limit` that are due, for this caller alone until the lease ends; the longest due first.

    `without`: addresses, in the form of `addresses_of`, that have enough on their way.
    """
    values: dict[str, Any] = {"now": now, "until": now + LEASE, "channels": list(channels), "limit": limit}
    values["without"] = list(without)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return sorted(pk for (pk,) in cursor.fetchall())


def addresses_of(keys: Collection[int]) -> dict[int, str]:
    """A name for the address of each: its contact method, or its web-hook."""
    rows = Notification.objects.filter(pk__in=keys).order_by().values_list("pk", "method_id", "webhook_id")
    return {pk: f"m{method}" if method else f"w{hook}" if hook else "" for pk, method, hook in rows}


_HOLD = """
UPDATE notifications_notification SET claimed_until = %(until)s
 WHERE id = ANY(%(keys)s) AND state = 'queued' AND claimed_until = %(mine)s RETURNING id"""


def hold(keys: Collection[int], *, claimed_at: datetime, now: datetime) -> list[int]:
    """Those of what was claimed at `claimed_at` that are still this caller's, with a lease that begins anew.

    What waited for longer than the lease may be in somebody else's hands, and then it is theirs.
    """
    values: dict[str, Any] = {"keys": list(keys), "mine": claimed_at + LEASE, "until": max(claimed_at, now) + LEASE}
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, values)
        return sorted(pk for (pk,) in cursor.fetchall())


def give_back(keys: Collection[int], *, until: datetime) -> None:
    """What was claimed and has to wait: nobody sends it before `until`."""
    Notification.objects.filter(pk__in=keys, state="queued").update(claimed_until=until)


def drop(row: Notification, *, reason: str) -> None:
    """It is not sent, and says why."""
    Notification.objects.filter(pk=row.pk, state="queued").update(
        state="cancelled", ended_reason=reason[:500], claimed_until=None
    )


def accepted(
    row: Notification, *, at: datetime, took: timedelta, reference: str, said: str, bundled: Sequence[int] = ()
) -> None:
    """The channel took it, and with it those that were bundled into it."""
    with transaction.atomic():
        _attempt(row, at, took, said, is_accepted=True)
        if row.kind == "code":  # a secret that has done its work
            Notification.objects.filter(pk=row.pk).update(message={"subject": "", "text": ""})
        told = {"state": "accepted", "handed_over_at": at, "claimed_until": None, "reference": reference[:500]}
        Notification.objects.filter(pk=row.pk).exclude(state="acknowledged").update(**told, tries=F("tries") + 1)
        if bundled:
            rest = Notification.objects.filter(pk__in=bundled).exclude(state="acknowledged")
            rest.update(**told, merged_into=row.pk)


def refused(row: Notification, *, at: datetime, took: timedelta, said: str, retry_at: datetime | None) -> None:
    """The channel did not take it: again at `retry_at`, or never (None: this address is out for good)."""
    with transaction.atomic():
        _attempt(row, at, took, said, is_accepted=False, is_permanent=retry_at is None)
        told: dict[str, Any] = {"claimed_until": None, "tries": F("tries") + 1}
        told |= {"due_at": retry_at} if retry_at else {"state": "failed", "ended_reason": said[:500]}
        Notification.objects.filter(pk=row.pk, state="queued").update(**told)


def bad_address(method_id: int, *, at: datetime, reason: str) -> None:
    """A contact method that refuses for good gets nothing any more, until its owner mends it."""
    ContactMethod.objects.filter(pk=method_id, bad_since=None).update(bad_since=at, bad_reason=reason[:500])


def cancel(escalation_id: int, *, reason: str, user_ids: Collection[int] | None = None) -> int:
    """What waits for an escalation is not needed any more: all of it, or what these people would get."""
    waiting = Notification.objects.filter(escalation_id=escalation_id, state="queued")
    if user_ids is not None:
        waiting = waiting.filter(user_id__in=user_ids)
    return waiting.update(state="cancelled", ended_reason=reason[:500], claimed_until=None)


def seen_by(escalation_id: int, user_id: int, *, at: datetime) -> None:
    """The link in a page was opened, by its reader or by a scanner of theirs."""
    got = Notification.objects.filter(escalation_id=escalation_id, user_id=user_id)
    got.filter(state__in=("handed_over", "accepted", "delivered")).update(state="opened", seen_at=at)


def acknowledged(escalation_id: int, user_id: int, *, at: datetime) -> None:
    """What this person got of an escalation has done its work."""
    got = Notification.objects.filter(escalation_id=escalation_id, user_id=user_id, acknowledged_at=None)
    got.exclude(state__in=("failed", "cancelled", "queued")).update(state="acknowledged", acknowledged_at=at)


def _attempt(
    row: Notification, at: datetime, took: timedelta, said: str, *, is_accepted: bool, is_permanent: bool = False
) -> None:
    Attempt.objects.create(
        notification_id=row.pk,
        at=at,
        took_ms=max(0, round(took.total_seconds() * 1000)),
        is_accepted=is_accepted,
        is_permanent=is_permanent,
        said=said[:500],
    )
