"""Service levels: what was promised, the clocks that measure it, and the ledger that explains them. Pure rules."""

from allclear.domain.sla.agreement import Action, Agreement, Conditions, Penalty, Target, Threshold
from allclear.domain.sla.checking import Known, hand_overs, problems
from allclear.domain.sla.choose import METRICS_OF, Book, Choice, choose, explain
from allclear.domain.sla.clock import Clock, Counting, Mark, Slot
from allclear.domain.sla.data import agreement_from, body_of
from allclear.domain.sla.due import DueThreshold, all_due, next_due, thresholds_of
from allclear.domain.sla.facts import Facts, facts_of
from allclear.domain.sla.ledger import Account, Entry, account
from allclear.domain.sla.penalty import estimate
from allclear.domain.sla.running import advance, run
from allclear.domain.sla.standing import Standing, over, standing
from allclear.domain.sla.terms import AgreementKind, Do, Metric, OnChange, OnReopen, Outcome, Rule

__all__ = [
    "METRICS_OF", "Account", "Action", "Agreement", "AgreementKind", "Book", "Choice", "Clock", "Conditions",
    "Counting", "Do", "DueThreshold", "Entry", "Facts", "Known", "Mark", "Metric", "OnChange",
    "OnReopen", "Outcome", "Penalty", "Rule", "Slot", "Standing", "Target", "Threshold", "account", "advance", "agreement_from", "all_due", "body_of",
    "choose", "estimate", "explain", "facts_of", "hand_overs", "next_due", "over", "problems", "run",
    "standing", "thresholds_of",
]  # fmt: skip
