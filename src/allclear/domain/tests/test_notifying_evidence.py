"""How far a message came, and why somebody was paged or was not."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.notifying import (
    TRANSITIONS,
    Acknowledgement,
    ContactMethod,
    Evidence,
    MethodKind,
    PagingFacts,
    Sent,
    has_arrived,
    heard,
    is_allowed,
    require,
    why_not,
)
from allclear.domain.notifying.evidence import NAMES
from allclear.kernel.errors import Refused

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
Q, H, A, D, O_, K, F, C = Evidence


LEGAL = {
    (Q, H), (Q, F), (Q, C),
    (H, Q), (H, A), (H, D), (H, O_), (H, K), (H, F),
    (A, D), (A, O_), (A, K), (A, F),
    (D, O_), (D, K),
    (O_, K),
    (F, D), (F, O_), (F, K),
}  # fmt: skip


@pytest.mark.parametrize("current", list(Evidence))
@pytest.mark.parametrize("following", list(Evidence))
def test_it_allows_what_the_table_has_and_refuses_the_rest(current: Evidence, following: Evidence) -> None:
    assert is_allowed(current, following) is ((current, following) in LEGAL)
    if (current, following) in LEGAL:
        require(current, following)
        return
    with pytest.raises(Refused) as caught:
        require(current, following)
    assert caught.value.code == f"{following}_when_{current}"
    assert caught.value.message == f"A message that is {NAMES[current]} does not become {NAMES[following]}."


def test_it_has_a_line_and_a_name_for_every_state() -> None:
    assert set(TRANSITIONS) == set(NAMES) == set(Evidence)


@given(st.lists(st.sampled_from(Evidence)), st.sampled_from(Evidence))
def test_it_forgets_nothing_however_receipts_come(receipts: list[Evidence], current: Evidence) -> None:
    for news in receipts:
        before, current = current, heard(current, news)
        assert current == before or is_allowed(before, current)
        assert has_arrived(current) or not has_arrived(before)
        assert heard(current, news) == current, "the same receipt twice tells nothing new"


def test_it_believes_a_receipt_that_comes_late() -> None:
    assert heard(Evidence.OPENED, Evidence.DELIVERED) == Evidence.OPENED
    assert heard(Evidence.FAILED, Evidence.DELIVERED) == Evidence.DELIVERED
    assert heard(Evidence.HANDED_OVER, Evidence.QUEUED) == Evidence.HANDED_OVER


PUSH = ContactMethod(1, MethodKind.PUSH, is_verified=True)
REASONS: list[tuple[dict[str, Any], str]] = [
    ({"has_policy": False}, "No escalation was begun for this incident."),
    ({"is_target": False}, "Ana is in no step of the escalation policy."),
    ({"is_on_call": False}, "Ana was not on call."),
    (
        {"acknowledged": (Acknowledgement("Bo", NOW), Acknowledgement("Cy", SOON))},
        "It was acknowledged already: Bo at 2026-03-02 12:00 UTC, Cy at 2026-03-02 13:00 UTC.",
    ),
    (
        {"stopped_because": "The incident is resolved."},
        "The escalation had ended. The incident is resolved.",
    ),
    ({"silenced_until": SOON}, "It was silenced until 2026-03-02 13:00 UTC."),
    ({"silenced_until": SOON, "silenced_by": "Bo"}, "It was silenced until 2026-03-02 13:00 UTC by Bo."),
    ({"snoozed_until": SOON}, "It was snoozed until 2026-03-02 13:00 UTC."),
    (
        {"step": 3, "step_reached": 1},
        "Step 3, which pages Ana, has not been reached; it is at step 1.",
    ),
    (
        {"step": 3, "step_reached": 2, "step_next_at": SOON},
        "Step 3, which pages Ana, has not been reached; it is at step 2. The next step comes at 2026-03-02 13:00 UTC.",
    ),
    (
        {"passed_because": "Passed over: this step is for other services."},
        "The step of Ana was gone past. Passed over: this step is for other services.",
    ),
    ({"methods": ()}, "Ana has no contact method."),
    (
        {"methods": (replace(PUSH, is_verified=False),)},
        "Ana has no contact method that works. push: It is not verified; confirm it in your profile.",
    ),
    ({"quiet_until": SOON}, "Quiet hours hold it back until 2026-03-02 13:00 UTC."),
    ({"digest_at": SOON}, "It is collected for the digest at 2026-03-02 13:00 UTC."),
    ({"bundled_at": NOW}, "It went out together with others, in the message of 2026-03-02 12:00 UTC."),
    (
        {"sent": (Sent(NOW, MethodKind.SMS, Evidence.FAILED),)},
        "A message by text message at 2026-03-02 12:00 UTC: failed.",
    ),
]


@pytest.mark.parametrize(("known", "reason"), REASONS)
def test_it_says_why_somebody_was_not_paged(known: dict[str, Any], reason: str) -> None:
    answer = why_not("Ana", PagingFacts(**known))
    assert (answer.was_paged, answer.reasons) == (False, (reason,))
    assert answer.trace.summary == "Ana was not paged"
    assert [line.because for line in answer.trace.steps if line.matched] == [reason]


def test_it_gives_no_reason_that_the_data_do_not_give() -> None:
    answer = why_not("Ana", PagingFacts(step=2, step_reached=2, methods=(PUSH, replace(PUSH, is_bad=True))))
    assert answer.reasons == (
        "Nothing that is known explains it. Ask an administrator to look at the log of the engine.",
    )
    assert not any(line.matched for line in answer.trace.steps)


@pytest.mark.parametrize("evidence", list(Evidence))
def test_it_says_that_and_how_somebody_was_paged(evidence: Evidence) -> None:
    answer = why_not("Ana", PagingFacts(sent=(Sent(NOW, MethodKind.PUSH, evidence),), is_on_call=False))
    assert answer.was_paged is (evidence not in (Evidence.QUEUED, Evidence.FAILED, Evidence.CANCELLED))
    assert answer.reasons[0] == f"A message by push at 2026-03-02 12:00 UTC: {NAMES[evidence]}."
    assert answer.reasons[1] == "Ana was not on call."


def test_it_asks_every_fact_that_there_is() -> None:
    told = {name for known, _ in REASONS for name in known}
    assert {field.name for field in fields(PagingFacts)} == told


def test_it_keeps_no_empty_sentences_that_a_screen_would_say_again() -> None:
    lines = why_not("Ana", PagingFacts(is_on_call=False)).trace.as_data()["steps"]
    assert [("because" in line.get("said", {})) is bool(line["because"]) for line in lines] == [True] * len(lines)
