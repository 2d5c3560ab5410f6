"""The requester's word that waits for the desk: who sets it, and what counts as an answer to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.domain.incident import commands as c
from allclear.domain.terms import Channel, HoldReason, Status
from allclear.domain.tests.cases import ANA, BO, RESOLVE, T0, after, context, in_status, logged, text

RITA = 31  # the requester
THEIRS = context(5, actor=RITA)
WORD = c.Speak(True, text(), "entry", by_requester=True)
REPLY = c.Speak(True, text(), "entry")
NOTE = c.Speak(False, text(), "entry")
ASKED = c.Hold(HoldReason.REQUESTER)


def answered(status: str = Status.IN_PROGRESS) -> Any:
    return after(in_status(status, requester_id=RITA), WORD, at=THEIRS)


@pytest.mark.parametrize("status", [Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS, Status.ON_HOLD, Status.RESOLVED])
def test_the_word_of_the_requester_waits_for_the_desk(status: str) -> None:
    assert in_status(status, requester_id=RITA).answered_at is None
    assert answered(status).answered_at == T0 + timedelta(minutes=5)


def test_the_first_word_counts_until_it_is_answered() -> None:
    state = after(answered(), WORD, at=context(50, actor=RITA))
    assert state.answered_at == T0 + timedelta(minutes=5)
    state = after(state, REPLY, WORD, at=context(60))
    assert state.answered_at == T0 + timedelta(minutes=60)


@pytest.mark.parametrize(
    ("command", "waits"),
    [
        (REPLY, False),
        (RESOLVE, False),
        (ASKED, False),
        (c.Cancel(text("reason")), False),
        (c.Merge(7, Status.NEW), False),
        (NOTE, True),
        (c.Hold(HoldReason.SUPPLIER, supplier_id=4), True),
        (c.Assign(None, BO, None, text("reason")), True),
        (c.Watch(BO, False), True),
    ],
)
def test_only_a_word_to_the_requester_answers(command: Any, waits: bool) -> None:
    assert (after(answered(), command, at=context(9)).answered_at is not None) == waits


def test_closing_leaves_nothing_to_answer() -> None:
    state = answered(Status.RESOLVED)
    assert state.answered_at and after(state, c.Close(80), at=context(9)).answered_at is None


@pytest.mark.parametrize("verb", [c.Verify(False, text("note")), c.Reopen(text("reason"))])
def test_what_still_does_not_work_is_a_word_of_the_requester(verb: Any) -> None:
    resolved = in_status(Status.RESOLVED, requester_id=RITA)
    assert after(resolved, verb, at=THEIRS).answered_at == THEIRS.at
    assert after(resolved, verb, at=context(5)).answered_at is None, "staff have found it themselves"


def test_a_call_counts_when_it_ends_the_hold_that_waited_for_it() -> None:
    asked = after(in_status(Status.IN_PROGRESS, requester_id=RITA), ASKED)
    called = after(asked, c.Contact(RITA, Channel.PHONE, 2), at=context(9))
    assert (called.status, called.answered_at) == (Status.IN_PROGRESS, T0 + timedelta(minutes=9))
    other = after(asked, c.Contact(ANA, Channel.PHONE, 2), at=context(9))
    assert (other.status, other.answered_at) == (Status.ON_HOLD, None)
    chased = after(logged(requester_id=RITA), c.Contact(RITA, Channel.PHONE, 2), at=context(9))
    assert chased.answered_at is None, "who took the call has answered it"
