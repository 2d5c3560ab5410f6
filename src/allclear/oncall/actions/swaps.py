"""Swaps: somebody asks that their shifts be taken, another agrees. Nothing changes before that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.domain import oncall as rules
from allclear.kernel import changes
from allclear.kernel.changes import Noun
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.kernel.words import marked, say
from allclear.oncall import swap_notices
from allclear.oncall.actions.freezing import freeze
from allclear.oncall.actions.schedules import LONGEST_OVERRIDE, schedule_for
from allclear.oncall.models import Swap
from allclear.oncall.queries import final_of, members_of

SOON = timedelta(days=1)  # so long before, who asked hears that nobody has agreed yet
SWAP: Final = Noun(
    Swap,
    "swap",
    fields=("schedule_id", "beneficiary_id", "asked_id", "starts_at", "ends_at", "note"),
    fixed=frozenset({"schedule_id", "beneficiary_id"}),
    private=frozenset({"note"}),
    topic="schedules",
    taken={"swap_ends_after_start": ("ends_at", marked("It ends before it begins. Choose a later end."))},
)


def ask_swap(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Swap:
    """Ask one person, or everybody of the schedule, to take one's shifts of a span."""
    viewer.require("oncall.own")
    schedule = schedule_for(values.get("schedule_id"))
    beneficiary = values.get("beneficiary_id") or viewer.user_id
    if beneficiary != viewer.user_id:
        viewer.require("oncall.change")
    if values.get("asked_id") and values["asked_id"] not in members_of(schedule):
        raise Invalid({"asked_id": say("This person takes no turns in this schedule.")})

    def check(row: Swap) -> None:
        if row.ends_at <= now:
            raise Invalid({"ends_at": say("This lies in the past, and what has been cannot be changed.")})
        if row.ends_at - row.starts_at > LONGEST_OVERRIDE:
            raise Invalid({"ends_at": say("Ask for a year at most.")})
        if row.asked_id == row.beneficiary_id:
            raise Invalid({"asked_id": say("Nobody can swap with themselves. Choose another person.")})
        if row.ends_at > row.starts_at and not _has_shift(row):
            raise Invalid({"starts_at": say("There is no shift in this span that could be taken.")})

    with transaction.atomic():
        row = changes.create(
            SWAP,
            {**values, "beneficiary_id": beneficiary},
            actor=actor_of(viewer),
            now=now,
            initial={"created_at": now},
            check=check,
        )
        everybody = members_of(schedule) - {row.beneficiary_id, viewer.user_id or 0}
        swap_notices.tell_asked(row, [row.asked_id] if row.asked_id else everybody, now)
    return row


def take_swap(viewer: Viewer, pk: int, *, now: datetime) -> Swap:
    """Agree to take the shifts. Of two who agree at once, the first has them."""
    return _answer(viewer, pk, "taken", now)


def refuse_swap(viewer: Viewer, pk: int, *, now: datetime) -> Swap:
    """Say no to a swap that one was asked for."""
    return _answer(viewer, pk, "refused", now)


def withdraw_swap(viewer: Viewer, pk: int, *, now: datetime) -> Swap:
    """Take the request back, also one that was agreed to, for what has not been yet."""
    with transaction.atomic():
        row = changes.lock_row(SWAP, pk, None)
        if viewer.user_id not in (row.beneficiary_id, row.benefactor_id):
            viewer.require("oncall.change")
        if row.state not in ("open", "taken"):
            raise Refused(say("This request has ended already."))
        return _end(row, "withdrawn", viewer, now)


def expire_swaps(now: datetime) -> int:
    """End what nobody took in time, and say a day before that nobody has; gives how many ended."""
    waiting = Swap.objects.filter(state="open").order_by("pk")
    for row in waiting.filter(starts_at__lte=now + SOON, ends_at__gt=now).select_related("schedule"):
        if row.created_at <= row.starts_at - SOON:  # else they know, for they have just asked
            swap_notices.tell_waiting(row, now)
    ended = 0
    for pk in list(waiting.filter(ends_at__lte=now).values_list("pk", flat=True)):
        with transaction.atomic():
            row = changes.lock_row(SWAP, pk, None)
            if row.state == "open":
                _end(row, "expired", SYSTEM_VIEWER, now)
                ended += 1
    return ended


def _answer(viewer: Viewer, pk: int, state: str, now: datetime) -> Swap:
    viewer.require("oncall.own")
    with transaction.atomic():
        row = changes.lock_row(SWAP, pk, None)
        if row.state != "open":
            raise Refused(say("Somebody was faster: this request is no longer open."))
        if viewer.user_id == row.beneficiary_id or viewer.user_id not in members_of(row.schedule):
            raise NotPermitted(say("Only others who take turns in this schedule may answer."))
        if row.asked_id not in (None, viewer.user_id):
            raise NotPermitted(say("Somebody else was asked to take these shifts."))
        if state == "refused" and row.asked_id is None:
            raise Refused(say("Everybody was asked: it stays open until somebody agrees."))
        if state == "taken":
            row.benefactor_id = viewer.user_id
        return _end(row, state, viewer, now)


def _end(row: Swap, state: str, viewer: Viewer, now: datetime) -> Swap:
    freeze(row.schedule_id, now)
    before, row.state, row.answered_at = row.state, state, now
    row.save(update_fields=["state", "answered_at", "benefactor_id"])
    data = {"changes": {"state": [before, state], "benefactor_id": [None, row.benefactor_id]}}
    changes.record(SWAP, row.pk, state, data, actor=actor_of(viewer), now=now)
    swap_notices.tell_ended(row, before, viewer.user_id, now)
    return row


def _has_shift(row: Swap) -> bool:
    spans: tuple[rules.Span, ...] = final_of(row.schedule, row.starts_at, row.ends_at)
    return any(row.beneficiary_id in span.people for span in spans)
