"""What the outbox and the evidence forget: with the texts of what they were about, and with the person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from allclear.notifications.models import ContactMethod, Notification, Profile, ReceivedMail


def forget_about(subject_kind: str, subject_ids: Collection[int]) -> int:
    """Delete what was sent about these records, with every try; gives how many messages went."""
    rows = Notification.objects.filter(subject_kind=subject_kind, subject_id__in=subject_ids)
    return rows.delete()[1].get("notifications.Notification", 0)


RECEIVED_KEPT = timedelta(days=90)


def forget_received(now: datetime) -> int:
    """Delete how mail was read that came long ago; gives how many lines went."""
    return ReceivedMail.objects.filter(received_at__lt=now - RECEIVED_KEPT).delete()[0]


def forget_reader(user_id: int) -> None:
    """Delete how somebody was reached, and all that was sent to them."""
    with transaction.atomic():
        Notification.objects.filter(user=user_id).delete()
        ReceivedMail.objects.filter(user=user_id).delete()
        ContactMethod.objects.filter(user=user_id).delete()
        Profile.objects.filter(user=user_id).delete()
