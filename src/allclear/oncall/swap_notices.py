"""Messages about swaps: who is asked hears of it, and who asked hears how it ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from allclear.accounts.models import User
from allclear.kernel.localised import localised
from allclear.kernel.words import marked, say
from allclear.notifications.actions.notices import Notice, tell
from allclear.oncall import shift_words as words
from allclear.oncall.models import Swap

KIND = "swap"
ENDS: Mapping[str, str] = {
    "taken": marked("{who} takes your shifts: {schedule}"),
    "refused": marked("{who} cannot take your shifts: {schedule}"),
    "withdrawn": marked("{who} took the swap back: {schedule}"),
    "expired": marked("Nobody has taken your shifts: {schedule}"),
}
_MEANS: Mapping[str, str] = {
    "taken": marked("You are not on call in this time."),
    "refused": marked("They stay yours. You can ask somebody else."),
    "withdrawn": marked("The schedule counts again as it was before."),
    "expired": marked("The time is over, and they stayed yours."),
}


def tell_asked(row: Swap, people: Collection[int], now: datetime) -> None:
    """Somebody is asked to take shifts. The link leads to where one agrees or refuses."""
    who = row.beneficiary.name
    for user in _readers(people):
        with words.speaking_to(user):
            subject = localised(say("{who} asks you to take shifts: {schedule}", who=who, schedule=row.schedule.name))
            way = say("Nothing changes before you agree. Open the schedule to agree or to refuse.")
            if row.asked_id is None:
                way = say("Everybody of the schedule was asked; who agrees first takes them. Open it to agree.")
            text = _text(row, user, localised(way))
        _send(row, user, "asked", subject, text, now)


def tell_waiting(row: Swap, now: datetime) -> None:
    """The shifts begin soon, and nobody has agreed."""
    for user in _readers([row.beneficiary_id]):
        with words.speaking_to(user):
            subject = localised(say("Nobody has taken your shifts yet: {schedule}", schedule=row.schedule.name))
            text = _text(row, user, localised(say("They stay yours until somebody agrees.")))
        _send(row, user, "waiting", subject, text, now)


def tell_ended(row: Swap, before: str, by: int | None, now: datetime) -> None:
    """How it ended, to those whom it concerns, but for who ended it."""
    concerned: set[int | None] = {row.beneficiary_id}
    if row.state == "withdrawn":
        concerned.add(row.benefactor_id if before == "taken" else row.asked_id)
    who = User.objects.filter(pk=by or 0).values_list("name", flat=True).first() or "Allclear"
    for user in _readers(concerned - {by}):
        with words.speaking_to(user):
            subject = localised(say(ENDS[row.state], who=who, schedule=row.schedule.name))
            means = _MEANS[row.state]
            if row.state == "withdrawn" and before == "open":
                means = marked("Nothing is to be answered any more.")
            text = _text(row, user, localised(say(means)))
        _send(row, user, row.state, subject, text, now)


def _readers(people: Collection[int | None]) -> list[User]:
    keys = [key for key in people if key]
    return list(User.objects.filter(pk__in=keys, is_active=True).order_by("pk"))


def _text(row: Swap, user: User, last: str) -> str:
    parts = [f"{row.schedule.name}: {words.span(row.starts_at, row.ends_at)}", row.note, last, words.zone_line(user)]
    return "\n\n".join(part for part in parts if part)


def _send(row: Swap, user: User, what: str, subject: str, text: str, now: datetime) -> None:
    notice = Notice(
        subject,
        text,
        words.schedule_url(row.schedule_id),
        thread=f"swap:{row.pk}",
        data={"swap": row.pk, "state": row.state},
        why=say("A swap of shifts concerns them."),
    )
    tell(user, f"swap:{row.pk}:{what}:{user.pk}", notice, now=now, subject_kind=KIND, subject_id=row.pk)
