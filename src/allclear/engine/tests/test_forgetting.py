"""What was sent goes with the texts of what it was about, and with the person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog.policies import body_of, save_policy
from allclear.engine import retention
from allclear.notifications.actions import outbox
from allclear.notifications.actions.forgetting import forget_reader
from allclear.notifications.models import Attempt, ContactMethod, Notification
from allclear.testing import T0, contact, in_status, person

pytestmark = pytest.mark.django_db
LATER = T0 + timedelta(days=400)


def told_about(pk: int) -> None:
    user = person()
    draft = outbox.Draft(
        f"page:{pk}", "email", "page", {"subject": "P1", "text": "Words"}, T0,
        user_id=user.pk, method_id=contact(user).pk, subject_kind="incident", subject_id=pk,
    )  # fmt: skip
    outbox.queue([draft], now=T0)
    row = Notification.objects.get(key=draft.key)
    outbox.accepted(row, at=T0, took=timedelta(), reference="", said="250 OK")


def test_the_nightly_run_takes_it_with_the_texts_of_incidents_that_ended() -> None:
    closed, open_ = in_status("closed"), in_status("in_progress")
    told_about(closed.pk)
    told_about(open_.pk)
    assert retention.run(LATER).notifications_removed == 0  # everything is kept for ever
    body = {"rules": [], "keep_days": {"texts": 365}}
    save_policy(SYSTEM_VIEWER, "retention", body, note="", expected_version=body_of("retention")[0], now=T0)
    assert retention.run(T0 + timedelta(days=300)).notifications_removed == 0
    assert retention.run(LATER).notifications_removed == 1
    assert list(Notification.objects.values_list("subject_id", flat=True)) == [open_.pk]
    assert Attempt.objects.count() == 1
    assert retention.run(LATER).notifications_removed == 0


def test_it_goes_with_the_person() -> None:
    told_about(1)
    told_about(2)
    user = Notification.objects.get(key="page:1").user
    assert user is not None
    forget_reader(user.pk)
    assert list(Notification.objects.values_list("key", flat=True)) == ["page:2"]
    assert ContactMethod.objects.filter(user=user).count() == 0
