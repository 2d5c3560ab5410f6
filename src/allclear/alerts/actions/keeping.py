"""What is not kept any longer: old deliveries and old events, as the policy of alert rules says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allclear.alerts.models import AlertEvent, Delivery, Integration, KeyUse, PendingDelivery, Refusal, UnknownKey
from allclear.catalog.policies import in_force

LAST = 100  # deliveries of each integration stay, however old
AT_ONCE = 5_000  # rows in one transaction
UNUSED = timedelta(days=1)  # the use of a key that lies back further is no longer of use


@dataclass(frozen=True, slots=True)
class Removed:
    deliveries: int = 0
    events: int = 0


def remove_old(now: datetime) -> Removed:
    """Remove what is older than the policy keeps. Safe at any time, again, and beside another run.

    Rows are in the order of their keys as they came: it stops at the first that stays. Alerts and decisions stay.
    """
    keep = in_force().alert_rules.keep
    Refusal.objects.filter(minute__lt=now - keep.deliveries).delete()
    UnknownKey.objects.filter(minute__lt=now - keep.deliveries).delete()
    KeyUse.objects.filter(used_at__lt=now - UNUSED).delete()
    deliveries = sum(_deliveries(pk, now - keep.deliveries) for pk in Integration.objects.values_list("pk", flat=True))
    return Removed(deliveries, _events(now - keep.events))


def _deliveries(integration_id: int, before: datetime) -> int:
    rows = Delivery.objects.filter(integration_id=integration_id)
    newest = rows.order_by("-pk").values_list("pk", flat=True)[LAST - 1 : LAST]
    first_kept = next(iter(newest), None)
    removed = 0
    while first_kept is not None:
        oldest = rows.filter(pk__lt=first_kept).order_by("pk").values_list("pk", "received_at")[:AT_ONCE]
        found = list(oldest)
        waiting = set(PendingDelivery.objects.filter(pk__in=[pk for pk, _ in found]).values_list("pk", flat=True))
        gone = [pk for pk, at in found if at < before and pk not in waiting]
        removed += Delivery.objects.filter(pk__in=gone)._raw_delete("default") if gone else 0
        if len(gone) < len(found) or not found:
            break
    return removed


def _events(before: datetime) -> int:
    removed = 0
    while True:
        found = list(AlertEvent.objects.order_by("pk").values_list("pk", "received_at")[:AT_ONCE])
        gone = [pk for pk, at in found if at < before]
        removed += AlertEvent.objects.filter(pk__in=gone)._raw_delete("default") if gone else 0
        if len(gone) < len(found) or not found:
            return removed
