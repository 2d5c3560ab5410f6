"""Escalation: who is paged next for an incident that nobody has acknowledged, and why. Pure.

`start` begins, `next_step` says what is to be done now, `acknowledge`, `snooze`, `resume`, `note_activity`,
`re_escalate` and `stop` are what people do to it. Each gives a `Decision`: the state to keep, the action, the trace.
`audit` finds one that stands still. `chain` and `chain_holes` show a policy before it is needed, `chain_proof` for a
time to come.
"""

from allclear.domain.escalation.answering import LONGEST_SNOOZE, acknowledge, note_activity, resume, snooze, stop
from allclear.domain.escalation.auditing import audit
from allclear.domain.escalation.checking import check, problems
from allclear.domain.escalation.conditions import Condition, Hours
from allclear.domain.escalation.data import policy_as_data, policy_from, state_as_data, state_from
from allclear.domain.escalation.decisions import (
    Action,
    Decision,
    Exhausted,
    Hole,
    HoleKind,
    Nothing,
    Page,
    Passed,
    Repeat,
)
from allclear.domain.escalation.moving import LATE_AFTER, next_step, re_escalate, start
from allclear.domain.escalation.policy import CATCH_ALL_AGAIN_IN, Policy, Step
from allclear.domain.escalation.preview import Link, chain, chain_holes, first_reached_after, worst_case
from allclear.domain.escalation.proof import ChainHole, Rosters, Stretch, chain_proof, merged
from allclear.domain.escalation.state import State, StopReason
from allclear.domain.escalation.targets import Facts, Target, TargetKind, person_ref

__all__ = [
    "CATCH_ALL_AGAIN_IN", "LATE_AFTER", "LONGEST_SNOOZE", "Action", "ChainHole", "Condition", "Decision",
    "Exhausted", "Facts", "Hole", "HoleKind", "Hours", "Link", "Nothing", "Page", "Passed", "Policy", "Repeat",
    "Rosters", "State", "Step", "StopReason", "Stretch", "Target", "TargetKind", "acknowledge", "audit", "chain",
    "chain_holes", "chain_proof", "check", "first_reached_after", "merged", "next_step", "note_activity",
    "person_ref", "policy_as_data", "policy_from", "problems", "re_escalate", "resume", "snooze", "start",
    "state_as_data", "state_from", "stop", "worst_case",
]  # fmt: skip
