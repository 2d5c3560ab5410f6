"""Reminds people of their shifts before they begin: each shift once, as long before as they have chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from allclear.accounts.models import User
from allclear.domain import oncall as rules
from allclear.kernel.localised import localised
from allclear.kernel.words import say
from allclear.notifications.actions.notices import Notice, tell, told_before
from allclear.notifications.actions.preferences import ShiftNotices
from allclear.notifications.models import Profile
from allclear.oncall import shift_words as words
from allclear.oncall.models import Schedule
from allclear.oncall.queries import final_of

BEYOND = timedelta(days=35)  # how far a shift is looked at behind its beginning; a longer one is told without its end
KIND = "shift"  # what such a notification is about; its number is the schedule's


def remind(now: datetime) -> int:
    """Queue every reminder whose time has come, for shifts that have not begun; gives how many are new.

    The name of a reminder is the shift, so that a second run, or a program that was started again, sends none twice.
    """
    leads = _leads()
    usual = timedelta(minutes=ShiftNotices().remind_minutes)
    ahead = max([usual, *leads.values()])
    due = [
        (schedule, stint)
        for schedule in Schedule.objects.filter(is_active=True).order_by("pk")
        for stint in _coming(schedule, now, ahead)
        if stint.start - leads.get(int(stint.person), usual) <= now and leads.get(int(stint.person), usual)
    ]
    known = told_before(_name(row, stint) for row, stint in due)
    people = User.objects.filter(is_active=True).in_bulk([int(stint.person) for _, stint in due])
    return sum(
        _remind(people[int(stint.person)], row, stint, now)
        for row, stint in due
        if int(stint.person) in people and _name(row, stint) not in known
    )


def _leads() -> dict[int, timedelta]:
    rows = Profile.objects.values_list("user_id", "remind_minutes")
    return {user: timedelta(minutes=minutes) for user, minutes in rows}


def _coming(schedule: Schedule, now: datetime, ahead: timedelta) -> Iterator[rules.Stint]:
    """Times on call that begin after now. They are cut where we stop to look, so we look a little farther."""
    spans = final_of(schedule, now, now + ahead + BEYOND)
    yield from (stint for stint in rules.stints(spans) if now < stint.start <= now + ahead)


def _name(schedule: Schedule, stint: rules.Stint) -> str:
    return f"shift:{schedule.pk}:{stint.person}:{int(stint.start.timestamp())}"


def _remind(user: User, schedule: Schedule, stint: rules.Stint, now: datetime) -> bool:
    with words.speaking_to(user):
        subject = say("You are on call from {at}: {schedule}", at=words.instant(stint.start), schedule=schedule.name)
        is_whole = stint.end - stint.start < BEYOND
        span = (
            words.span(stint.start, stint.end)
            if is_whole
            else localised(say("from {at}", at=words.instant(stint.start)))
        )
        lines = [
            f"{schedule.name}: {span}",
            words.zone_line(user),
            localised(say("If you cannot, ask for a swap there, or speak to your lead.")),
        ]
        notice = Notice(
            localised(subject),
            "\n\n".join(lines),
            words.schedule_url(schedule.pk),
            thread=_name(schedule, stint),
            data={"schedule": schedule.pk, "starts_at": stint.start.isoformat(), "ends_at": stint.end.isoformat()},
            why=say("A shift of theirs begins."),
        )
    return tell(user, _name(schedule, stint), notice, now=now, subject_kind=KIND, subject_id=schedule.pk,
                until=stint.start)  # fmt: skip
