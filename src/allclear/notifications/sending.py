"""Between the outbox and a channel: what goes together, what is no longer wanted, and what follows a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from allclear.domain import notifying as rules
from allclear.kernel.errors import ChannelError
from allclear.kernel.words import say_many
from allclear.notifications import addresses
from allclear.notifications.actions import outbox
from allclear.notifications.channels.base import Message, Receipt
from allclear.notifications.links import by_method
from allclear.notifications.messages import from_data, in_words_of
from allclear.notifications.models import Notification
from allclear.notifications.rules import methods_for

BATCH = 5  # claimed at once for each free thread
WINDOW = timedelta(seconds=10)  # what comes so soon after another goes along with it
LIMIT = rules.Limit(6, timedelta(minutes=1))  # to one address
_BUNDLED = ("page", "notice")

Unwanted = Callable[[Notification, datetime], str]
CHECKS: list[Unwanted] = []  # reasons why a message is no longer needed; filled by config/wiring.py only


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed to the channel: one message, or several in one. `along` are the keys of the others."""

    address: Mapping[str, Any]
    message: Message
    along: tuple[int, ...] = ()


def batches(keys: Sequence[int], now: datetime) -> list[list[int]]:
    """Claimed notifications, those to one address together and in order; what has to wait is given back."""
    rows = list(Notification.objects.filter(pk__in=keys).order_by("due_at", "pk"))
    alone = [[row.pk] for row in rows if not _may_bundle(row)]
    pending = [row for row in rows if _may_bundle(row)]
    if not pending:
        return alone
    methods = {row.method_id or 0 for row in pending}
    waiting = [rules.Pending(row.pk, row.method_id or 0, row.due_at, _urgency(row)) for row in pending]
    found = rules.bundle(waiting, now, WINDOW, dict.fromkeys(methods, LIMIT), _sent_lately(methods, now))
    for later in (one for one in found if one.send_at > now):
        outbox.give_back(later.keys, until=later.send_at)
    return alone + [list(one.keys) for one in found if one.send_at <= now]


def _may_bundle(row: Notification) -> bool:
    return row.kind in _BUNDLED and row.method_id is not None and row.tries == 0


def _urgency(row: Notification) -> rules.Urgency:
    return rules.Urgency.HIGH if row.kind == "page" else rules.Urgency.LOW


def _sent_lately(methods: Iterable[int], now: datetime) -> dict[int, list[datetime]]:
    rows = Notification.objects.filter(method__in=list(methods), handed_over_at__gt=now - LIMIT.span, merged_into=None)
    found: dict[int, list[datetime]] = {}
    for method, at in rows.exclude(kind__in=("test", "code")).values_list("method_id", "handed_over_at"):
        if method is not None and at is not None:
            found.setdefault(method, []).append(at)
    return found


def unwanted(row: Notification, now: datetime) -> str:
    """Why a message is not needed any more, the last look before it goes out; empty when it is."""
    if row.method_id is None and row.webhook_id is None:
        return "The contact method was removed."
    return next((reason for check in CHECKS if (reason := check(row, now))), "")


def parcel(rows: Sequence[Notification]) -> Parcel:
    """One message of one row, or one that holds those of all."""
    first = rows[0]
    message = _message(first)
    if len(rows) > 1:
        message = _together(rows, message)
    address = first.method.address if first.method else first.webhook.address if first.webhook else {}
    return Parcel(address, message, tuple(row.pk for row in rows[1:]))


def _message(row: Notification) -> Message:
    message = from_data(row.message, key=row.key, at=row.queued_at, is_page=row.kind == "page")
    if row.channel != "email":
        return message
    reply_to = ""
    if message.is_page and row.escalation_id and row.user_id:
        reply_to = addresses.reply_address(row.escalation_id, row.user_id, row.queued_at)
    return replace(message, reply_to=reply_to, bounce_to=addresses.bounce_address(row.pk))


def _together(rows: Sequence[Notification], first: Message) -> Message:
    """The most critical first; each with its own link, for each is acknowledged by itself."""
    messages = [_message(row) for row in sorted(rows, key=lambda row: (row.priority or 1, row.due_at))]
    count, subject = len(rows), messages[0].subject
    if any(row.kind == "page" for row in rows):
        words = say_many("{count} page: {first}", "{count} pages: {first}", count, first=subject)
    else:
        words = say_many("{count} message: {first}", "{count} messages: {first}", count, first=subject)
    (title,) = in_words_of(rows[0].user, words)
    parts = [f"{one.subject}\n{one.text}\n{one.ack_url or one.url}".strip() for one in messages]
    first = replace(first, subject=title, text="\n\n".join(parts), ack_url="", url=messages[0].url, thread="")
    is_one = len({row.escalation_id for row in rows}) == 1
    return first if is_one else replace(first, reply_to="")  # which of them would an answer mean?


def sent(rows: Sequence[Notification], parcel: Parcel, receipt: Receipt, *, at: datetime, took: timedelta) -> None:
    """It was taken, and what went along with it."""
    said = receipt.detail or receipt.reference
    outbox.accepted(rows[0], at=at, took=took, reference=receipt.reference, said=said, bundled=parcel.along)


def failed(rows: Sequence[Notification], error: ChannelError, *, at: datetime, took: timedelta) -> None:
    """Again later, or by the next contact method at once, or an alarm."""
    row = rows[0]
    others = _other_methods(row)
    kind = rules.MethodKind(row.channel)
    follows = rules.retry(row.tries + 1, kind, error.permanent, at, row.key, has_next_method=bool(others))
    with transaction.atomic():
        retry_at = follows.at if isinstance(follows, rules.RetryAt) else None
        for each in rows:
            outbox.refused(each, at=at, took=took, said=error.message, retry_at=retry_at)
        if error.blames_address and row.method_id:
            outbox.bad_address(row.method_id, at=at, reason=error.message)
        _go_on(rows, follows, others, at)


def bounced(pk: int, said: str, *, at: datetime, blames_address: bool) -> bool:
    """A mail server that had taken it could not deliver it after all: on to the next contact method, or an alarm.

    False when that changes nothing: it has arrived, was not sent, or is known to have failed.
    """
    with transaction.atomic():
        rows = list(Notification.objects.select_for_update(of=("self",)).filter(Q(pk=pk) | Q(merged_into=pk)))
        rows = sorted((row for row in rows if row.state in ("handed_over", "accepted")), key=lambda row: row.pk != pk)
        if not rows:
            return False
        others = _other_methods(rows[0])
        kind = rules.MethodKind(rows[0].channel)
        follows = rules.retry(rows[0].tries, kind, True, at, rows[0].key, has_next_method=bool(others))
        for row in rows:
            outbox.returned(row, at=at, said=said)
        if blames_address and rows[0].method_id:
            outbox.bad_address(rows[0].method_id, at=at, reason=said)
        _go_on(rows, follows, others, at)
        return True


def _go_on(rows: Sequence[Notification], follows: object, others: Sequence[rules.ContactMethod], at: datetime) -> None:
    if isinstance(follows, rules.NextMethod):
        outbox.queue([_by(each, others[0], follows.trace.as_data(), at) for each in rows], now=at)
    elif isinstance(follows, rules.GiveUp) and not _comes_otherwise(rows[0]):
        for tell in ALARMS:
            tell(rows[0], follows.alarm, at)


def _comes_otherwise(row: Notification) -> bool:
    """Whether the same page goes, or went, to the person by another contact method as well."""
    if row.user_id is None or row.kind != "page":
        return False
    step = row.key.rpartition(":")[0]
    same = Notification.objects.filter(user=row.user_id, key__startswith=f"{step}:").exclude(pk=row.pk)
    return same.exclude(state__in=("failed", "cancelled")).exists()


Alarm = Callable[[Notification, str, datetime], None]
ALARMS: list[Alarm] = []  # who is told that a message could not be sent at all; filled by config/wiring.py only


def _other_methods(row: Notification) -> list[rules.ContactMethod]:
    """Working methods of the person by which this page was not queued yet; only pages go on to others."""
    if row.user_id is None or row.kind != "page":
        return []
    step = row.key.rpartition(":")[0]
    tried = set(
        Notification.objects.filter(user=row.user_id, key__startswith=f"{step}:").values_list("method_id", flat=True)
    )
    order = list(rules.MethodKind)
    working = [one for one in methods_for(row.user_id) if one.is_working and one.key not in tried]
    return sorted(working, key=lambda one: (order.index(one.kind), one.key))


def _by(row: Notification, method: rules.ContactMethod, trace: Any, now: datetime) -> outbox.Draft:
    return outbox.Draft(
        key=f"{row.key.rpartition(':')[0]}:m{method.key}",
        channel=str(method.kind),
        kind=row.kind,
        message={**row.message, "ack_url": by_method(str(row.message.get("ack_url") or ""), method.key)},
        due_at=now,
        user_id=row.user_id,
        method_id=method.key,
        priority=row.priority,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        escalation_id=row.escalation_id,
        why=[*row.why, trace],
    )
