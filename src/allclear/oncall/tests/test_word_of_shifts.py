"""Reminders before shifts, and notices of what changed: to whom, once, by whom and why, and to nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.kernel.clock import set_clock
from allclear.notifications import sending
from allclear.notifications.actions.preferences import ShiftNotices, set_rules, set_shift_notices
from allclear.notifications.models import Notification
from allclear.oncall import evidence
from allclear.oncall.actions import schedules
from allclear.oncall.actions.announcing import announce_changes
from allclear.oncall.actions.reminding import remind
from allclear.oncall.models import Schedule
from allclear.testing import T0, contact, person, schedule

pytestmark = pytest.mark.django_db
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


class Desk:
    """Ana has the first week, Ben the second, and so on; Lena leads."""

    def __init__(self) -> None:
        self.ana, self.ben = person(name="Ana", time_zone="Europe/Berlin", language="de"), person(name="Ben")
        self.lena = person("team_lead", name="Lena")
        for user in (self.ana, self.ben, self.lena):
            contact(user)
        self.rota = schedule(self.ana, self.ben, name="Network")

    def override(self, by: User, people: list[User], start: datetime, end: datetime, **more: Any) -> Any:
        values = {"schedule_id": self.rota.pk, "kind": "only", "people": [u.pk for u in people],
                  "starts_at": start, "ends_at": end, **more}  # fmt: skip
        return schedules.add_override(viewer_for(by.pk), values, now=NOW)

    def got(self, user: User, kind: str) -> list[dict[str, Any]]:
        rows = Notification.objects.filter(user=user, subject_kind=kind).order_by("pk")
        return [dict(row.message) for row in rows]


NOW = T0 + HOUR
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def desk() -> Desk:
    found = Desk()
    announce_changes(NOW)  # learns what is there
    Notification.objects.all().delete()
    return found


def choose(user: User, **wanted: Any) -> None:
    set_shift_notices(viewer_for(user.pk), user.pk, ShiftNotices(**wanted), T0)


def test_it_reminds_a_day_before_and_once(desk: Desk) -> None:
    begins = T0 + WEEK
    remind(begins - DAY - timedelta(minutes=1))
    assert desk.got(desk.ben, "shift") == []
    assert remind(begins - DAY) == 1
    assert remind(begins - DAY) == remind(begins - HOUR) == 0
    (told,) = desk.got(desk.ben, "shift")
    assert told["subject"] == "You are on call from Mon 9 Mar 2026, 09:00: Network"
    assert "Mon 9 Mar 2026, 09:00 – Mon 16 Mar 2026, 09:00" in told["text"]
    assert f"/oncall/schedules/{desk.rota.pk}/" in told["url"]


def test_it_speaks_the_language_and_tells_the_time_of_its_reader(desk: Desk) -> None:
    remind(T0 + 2 * WEEK - DAY)
    (told,) = desk.got(desk.ana, "shift")
    assert "10:00" in told["subject"]  # in Berlin
    assert "Europe/Berlin" in told["text"]
    assert told["language"] == "de"


def test_it_follows_what_a_person_has_chosen(desk: Desk) -> None:
    choose(desk.ben, remind_minutes=60)
    assert remind(T0 + WEEK - DAY) == 0
    assert remind(T0 + WEEK - HOUR) == 1
    choose(desk.ana, remind_minutes=0)
    assert remind(T0 + 2 * WEEK - HOUR) == 0
    choose(desk.ben, remind_minutes=7 * 24 * 60)
    assert remind(T0 + 2 * WEEK) == 1


def test_it_reminds_nobody_of_a_shift_that_has_begun(desk: Desk) -> None:
    assert remind(T0 + WEEK) == 0
    assert remind(T0 + WEEK + HOUR) == 0


def test_it_is_sent_once_although_the_rules_became_more_meanwhile(desk: Desk) -> None:
    remind(T0 + WEEK - DAY)
    more = contact(desk.ben)
    first = Notification.objects.get(user=desk.ben).method_id
    low = [{"after_minutes": 0, "method": first}, {"after_minutes": 0, "method": more.pk}]
    set_rules(viewer_for(desk.ben.pk), desk.ben.pk, {"low": low}, T0)
    assert remind(T0 + WEEK - HOUR) == 0


def test_a_digest_that_would_come_too_late_is_not_waited_for(desk: Desk) -> None:
    method = contact(desk.ben)
    low = [{"after_minutes": 0, "method": method.pk}]
    set_rules(viewer_for(desk.ben.pk), desk.ben.pk, {"low": low, "digest_at": "12:00"}, T0)
    choose(desk.ben, remind_minutes=60)  # at 8 for 9
    remind(T0 + WEEK - HOUR)
    assert Notification.objects.get(user=desk.ben).due_at == T0 + WEEK - HOUR


def test_a_reminder_that_waited_is_dropped_when_the_shift_has_begun_or_is_anothers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "CHECKS", [evidence.shift_unwanted])
    remind(T0 + WEEK - DAY)
    row = Notification.objects.get(user=desk.ben)
    assert sending.unwanted(row, T0 + WEEK - HOUR) == ""
    assert sending.unwanted(row, T0 + WEEK) == "The shift has begun."
    desk.override(desk.lena, [desk.ana], T0 + WEEK, T0 + WEEK + DAY)
    assert sending.unwanted(row, T0 + WEEK - HOUR) == "It is not their shift any more."


def test_both_hear_of_an_override_and_who_made_it_and_why(desk: Desk) -> None:
    desk.override(desk.lena, [desk.ben], T0 + DAY, T0 + 2 * DAY, reason="Ana is ill")
    assert announce_changes(LATER) == 2
    (ben,), (ana,) = desk.got(desk.ben, "shifts"), desk.got(desk.ana, "shifts")
    assert ben["subject"] == "Your time on call has changed: Network"
    assert "You are on call:\n- Tue 3 Mar 2026, 09:00 – Wed 4 Mar 2026, 09:00" in ben["text"]
    assert "Lena made an override: Ana is ill" in ben["text"]
    assert "no longer" not in ben["text"]
    assert [one["is_added"] for one in ana["data"]["changes"]] == [False]
    assert desk.got(desk.lena, "shifts") == []
    assert announce_changes(LATER + DAY) == 0


def test_who_did_it_hears_nothing_unless_they_want_to(desk: Desk) -> None:
    desk.override(desk.ben, [desk.ben], T0 + DAY, T0 + 2 * DAY)
    announce_changes(LATER)
    assert desk.got(desk.ben, "shifts") == []
    assert len(desk.got(desk.ana, "shifts")) == 1
    choose(desk.ben, tells_own_changes=True)
    with set_clock(LATER):
        values = {"schedule_id": desk.rota.pk, "kind": "only", "people": [desk.ben.pk],
                  "starts_at": T0 + 4 * DAY, "ends_at": T0 + 5 * DAY}  # fmt: skip
        schedules.add_override(viewer_for(desk.ben.pk), values, now=LATER)
    announce_changes(LATER + DAY / 24)
    assert len(desk.got(desk.ben, "shifts")) == 1


def test_what_is_changed_together_comes_as_one_message_once_it_has_settled(desk: Desk) -> None:
    for day in range(1, 6):
        desk.override(desk.lena, [desk.ben], T0 + day * DAY, T0 + day * DAY + HOUR, reason=f"Course {day}")
    assert announce_changes(NOW + timedelta(seconds=30)) == 0  # somebody is still at it
    assert announce_changes(LATER) == 2
    (told,) = desk.got(desk.ben, "shifts")
    assert told["text"].count("\n- ") == 5


def test_an_override_that_was_taken_back_at_once_is_told_to_nobody(desk: Desk) -> None:
    row = desk.override(desk.lena, [desk.ben], T0 + DAY, T0 + 2 * DAY)
    schedules.withdraw_override(viewer_for(desk.lena.pk), row.pk, now=NOW)
    assert announce_changes(LATER) == 0


def test_leave_tells_who_takes_over_and_not_who_is_away(desk: Desk) -> None:
    layers = Schedule.objects.get(pk=desk.rota.pk).layers
    behind = {"name": "Behind", "rotation": {**layers[0]["rotation"], "members": [[desk.lena.pk]]}}
    ranked = [behind, {**layers[0], "rank": 1}]
    schedules.change_schedule(viewer_for(desk.lena.pk), desk.rota.pk, {"layers": ranked}, now=NOW)
    announce_changes(LATER)
    Notification.objects.all().delete()
    away = {"starts_at": T0 + DAY, "ends_at": T0 + 2 * DAY}
    schedules.add_leave(viewer_for(desk.ana.pk), away, now=LATER)
    assert announce_changes(LATER + HOUR) == 1
    (told,) = desk.got(desk.lena, "shifts")
    assert "Ana entered leave." in told["text"]


def test_edited_layers_and_a_schedule_out_of_use_are_told(desk: Desk) -> None:
    layers = Schedule.objects.get(pk=desk.rota.pk).layers
    layers[0]["rotation"]["members"] = [[desk.ana.pk]]
    schedules.change_schedule(viewer_for(desk.lena.pk), desk.rota.pk, {"layers": layers}, now=NOW)
    assert announce_changes(LATER) == 2
    assert "Lena changed the schedule." in desk.got(desk.ben, "shifts")[0]["text"]
    schedules.change_schedule(viewer_for(desk.lena.pk), desk.rota.pk, {"is_active": False}, now=LATER)
    assert announce_changes(LATER + HOUR) == 1
    assert not desk.got(desk.ana, "shifts")[1]["data"]["changes"][0]["is_added"]


def test_a_change_farther_away_than_a_month_is_not_told_yet(desk: Desk) -> None:
    desk.override(desk.lena, [desk.ben], T0 + 40 * DAY, T0 + 41 * DAY)
    assert announce_changes(LATER) == 0


def test_a_new_schedule_is_told_and_one_that_was_always_there_is_not(desk: Desk) -> None:
    cleo = person(name="Cleo")
    contact(cleo)
    values = {"name": "Shops", "layers": Schedule.objects.get(pk=desk.rota.pk).layers}
    values["layers"][0]["rotation"]["members"] = [[cleo.pk]]
    schedules.add_schedule(viewer_for(desk.lena.pk), values, now=NOW)
    assert announce_changes(LATER) == 1
    assert "Lena added the schedule." in desk.got(cleo, "shifts")[0]["text"]


def test_nobody_is_told_when_the_program_looks_for_the_first_time() -> None:
    found = Desk()
    assert announce_changes(NOW + DAY) == 0
    assert not Notification.objects.filter(user=found.ana).exists()
