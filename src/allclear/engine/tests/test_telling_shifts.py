"""The job that tells people of their shifts: every look is taken, also when one of them breaks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from allclear.engine import jobs
from allclear.kernel.clock import set_clock
from allclear.notifications.models import Notification
from allclear.oncall.actions import announcing
from allclear.oncall.models import KnownShifts
from allclear.testing import T0, contact, person, schedule

pytestmark = pytest.mark.django_db


def look(now: datetime) -> None:
    with set_clock(now):
        jobs.tell_shifts(0)


def test_it_reminds_and_learns_what_the_shifts_are() -> None:
    ana, ben = person(), person()
    contact(ben)
    schedule(ana, ben)
    for _ in range(2):
        look(T0 + timedelta(days=6, minutes=5))
    assert Notification.objects.get().user == ben
    assert KnownShifts.objects.count() == 1


def test_what_breaks_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(now: datetime) -> int:
        raise RuntimeError("broken")

    ana, ben = person(), person()
    contact(ben)
    schedule(ana, ben)
    monkeypatch.setattr(announcing, "announce_changes", broken)
    look(T0 + timedelta(days=6, minutes=5))
    assert Notification.objects.get().user == ben
