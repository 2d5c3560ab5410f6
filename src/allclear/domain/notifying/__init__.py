"""Notifying: how, when and with what proof a message reaches a person. Pure.

`plan` makes a person's rules into messages, `bundle` joins those that go out together, `retry` says what follows a
failure, `evidence` how far a message is known to have come, `answer_in` what an answer by mail asks for, `why_not` why
somebody was paged or was not.
"""

from allclear.domain.notifying.answers import Answer, Verb, answer_in
from allclear.domain.notifying.bundling import LONGEST_PAGE_DELAY, Bundle, Limit, Pending, bundle
from allclear.domain.notifying.evidence import TRANSITIONS, Evidence, has_arrived, heard, is_allowed, require
from allclear.domain.notifying.methods import ContactMethod, MethodKind
from allclear.domain.notifying.planning import Hole, Plan, Planned, plan
from allclear.domain.notifying.retrying import BACKOFFS, Backoff, GiveUp, NextMethod, RetryAt, retry
from allclear.domain.notifying.rules import PersonalRules, QuietHours, Rule, Urgency, rules_as_data, rules_from
from allclear.domain.notifying.why_not import Acknowledgement, PagingFacts, Sent, Why, why_not

__all__ = [
    "BACKOFFS", "LONGEST_PAGE_DELAY", "TRANSITIONS", "Acknowledgement", "Answer", "Backoff", "Bundle",
    "ContactMethod", "Evidence", "GiveUp", "Hole", "Limit", "MethodKind", "NextMethod", "PagingFacts",
    "Pending", "PersonalRules", "Plan", "Planned", "QuietHours", "RetryAt", "Rule", "Sent", "Urgency", "Verb",
    "Why", "answer_in", "bundle", "has_arrived", "heard", "is_allowed", "plan", "require", "retry",
    "rules_as_data", "rules_from", "why_not",
]  # fmt: skip
