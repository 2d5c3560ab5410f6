"""The lease of what is on its way: whoever claimed it last sends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.notifications.actions import outbox
from allclear.notifications.models import Notification
from allclear.testing import T0, contact, person

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def queued(count: int = 1) -> list[int]:
    method = contact(person())
    drafts = [outbox.Draft(f"page:{n}", "email", "page", {}, T0, method.user_id, method.pk) for n in range(count)]
    outbox.queue(drafts, now=T0)
    return sorted(Notification.objects.values_list("pk", flat=True))


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends() -> None:
    keys = queued(3)
    assert outbox.claim(T0, ["email"], 2) == keys[:2]
    assert outbox.claim(T0, ["email"], 9) == keys[2:]
    assert outbox.claim(T0 + outbox.LEASE - SECOND, ["email"], 9) == []
    assert outbox.claim(T0 + outbox.LEASE, ["email"], 9) == keys


def test_who_begins_late_has_a_whole_lease_before_them() -> None:
    keys = queued()
    outbox.claim(T0, ["email"], 9)
    later = T0 + outbox.LEASE - SECOND
    assert outbox.hold(keys, claimed_at=T0, now=later) == keys
    assert outbox.claim(later + outbox.LEASE - SECOND, ["email"], 9) == []
    assert outbox.claim(later + outbox.LEASE, ["email"], 9) == keys


def test_what_another_has_claimed_since_is_theirs() -> None:
    keys = queued()
    outbox.claim(T0, ["email"], 9)
    later = T0 + outbox.LEASE + SECOND
    assert outbox.claim(later, ["email"], 9) == keys
    assert outbox.hold(keys, claimed_at=T0, now=later) == []
    assert outbox.hold(keys, claimed_at=later, now=later) == keys


def test_what_is_not_wanted_any_more_is_not_held() -> None:
    keys = queued()
    outbox.claim(T0, ["email"], 9)
    outbox.drop(Notification.objects.get(), reason="Somebody has acknowledged.")
    assert outbox.hold(keys, claimed_at=T0, now=T0) == []
    row = Notification.objects.get()
    assert (row.state, row.ended_reason, row.claimed_until) == ("cancelled", "Somebody has acknowledged.", None)


def test_what_was_given_back_waits_until_its_time() -> None:
    keys = queued()
    outbox.claim(T0, ["email"], 9)
    outbox.give_back(keys, until=T0 + 5 * SECOND)
    assert outbox.claim(T0 + 4 * SECOND, ["email"], 9) == []
    assert outbox.claim(T0 + 5 * SECOND, ["email"], 9) == keys
