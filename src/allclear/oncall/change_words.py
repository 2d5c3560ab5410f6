"""What somebody reads when their time on call has changed: what came, what went, by whom and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allclear.accounts.models import User
from allclear.domain.oncall import Turnover
from allclear.kernel.localised import localised
from allclear.kernel.words import say, say_many
from allclear.notifications.actions.notices import Notice
from allclear.oncall import shift_words as words
from allclear.oncall.happenings import Happening
from allclear.oncall.models import Schedule

_MOST = 12  # lines of one kind in a message that is read on a phone
_MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """Time on call that one person gains or loses in a schedule, and the changes that may have done it."""

    schedule: Schedule
    turnover: Turnover
    because: tuple[Happening, ...]


def notice_of(user: User, pieces: Sequence[Piece], name: str) -> Notice:
    """All of it for one person, schedule by schedule."""
    schedules = list({piece.schedule.pk: piece.schedule for piece in pieces}.values())
    with words.speaking_to(user):
        subject = localised(say("Your time on call has changed: {schedule}", schedule=schedules[0].name))
        if len(schedules) > 1:
            subject = localised(say("Your time on call has changed in {count} schedules", count=len(schedules)))
        parts = [_of_schedule(row, [p for p in pieces if p.schedule.pk == row.pk]) for row in schedules]
        text = "\n\n".join([*parts, words.zone_line(user)])
    url = words.schedule_url(schedules[0].pk) if len(schedules) == 1 else words.overview_url()
    return Notice(subject, text, url, thread=name, data={"changes": [_as_data(piece) for piece in pieces]},
                  why=say("The schedule changed for them."))  # fmt: skip


def _of_schedule(schedule: Schedule, pieces: Sequence[Piece]) -> str:
    lines = [schedule.name]
    lines += _listed(localised(say("You are on call:")), [p for p in pieces if p.turnover.is_added])
    lines += _listed(localised(say("You are no longer on call:")), [p for p in pieces if not p.turnover.is_added])
    reasons = list(dict.fromkeys(localised(one.text) for piece in pieces for one in piece.because))
    lines += reasons[:_MOST_REASONS]
    if len(reasons) > _MOST_REASONS:
        lines.append(_more(len(reasons) - _MOST_REASONS))
    return "\n".join(lines)


def _listed(title: str, pieces: Sequence[Piece]) -> list[str]:
    if not pieces:
        return []
    lines = [f"- {words.span(piece.turnover.start, piece.turnover.end)}" for piece in pieces[:_MOST]]
    if len(pieces) > _MOST:
        lines.append(f"- {_more(len(pieces) - _MOST)}")
    return [title, *lines]


def _more(count: int) -> str:
    return localised(say_many("and {count} more", "and {count} more", count))


def _as_data(piece: Piece) -> dict[str, object]:
    return {
        "schedule": piece.schedule.pk,
        "is_added": piece.turnover.is_added,
        "starts_at": piece.turnover.start.isoformat(),
        "ends_at": piece.turnover.end.isoformat(),
        "by": sorted({one.by for one in piece.because if one.by}),
    }
