"""Why somebody was paged for an incident, or why not: every reason that the data give, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from allclear.domain.moments import moment
from allclear.domain.notifying.evidence import NAMES as EVIDENCE_NAMES
from allclear.domain.notifying.evidence import Evidence
from allclear.domain.notifying.methods import NAMES as METHOD_NAMES
from allclear.domain.notifying.methods import ContactMethod, MethodKind
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import joined, listed, say


@dataclass(frozen=True, slots=True)
class Sent:
    """One message about the incident to the person."""

    at: datetime
    kind: MethodKind
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PagingFacts:
    """What is known of one person and one incident. What is left at its default gives no reason."""

    sent: tuple[Sent, ...] = ()
    has_policy: bool = True  # an escalation was begun for the incident
    is_target: bool = True  # a step of it names the person, or something that they stand behind
    is_on_call: bool = True  # when the turn of their step came, or now if it has not come yet
    acknowledged: tuple[Acknowledgement, ...] = ()  # enough of them to end the paging
    stopped_because: str = ""  # the escalation ended before
    silenced_until: datetime | None = None
    silenced_by: str = ""
    snoozed_until: datetime | None = None
    step: int | None = None  # the person's, counted from 1
    step_reached: int | None = None
    step_next_at: datetime | None = None
    passed_because: str = ""  # why their step was gone past
    methods: Sequence[ContactMethod] | None = None  # None: not looked at
    quiet_until: datetime | None = None
    digest_at: datetime | None = None
    bundled_at: datetime | None = None  # when the message went out in which theirs was contained


@dataclass(frozen=True, slots=True)
class Why:
    """The answer: whether the person was paged, the reasons, the weightiest first, and everything looked at."""

    was_paged: bool
    reasons: tuple[str, ...]
    trace: Trace


def why_not(person: str, facts: PagingFacts) -> Why:
    """Why the person with this name was paged or not. There is always a reason, if only that none is known."""
    was_paged = any(one.evidence not in _NOT_SENT for one in facts.sent)
    found = [(topic, reason(person, facts)) for topic, reason in REASONS]
    reasons = tuple(text for _, text in found if text)
    if not reasons:
        reasons = (say("Nothing that is known explains it. Ask an administrator to look at the log of the engine."),)
    summary = say("{person} was not paged", person=person)
    if was_paged:
        summary = say("{person} was paged", person=person)
    lines = tuple(Step(topic, text, matched=bool(text)) for topic, text in found)
    return Why(was_paged, reasons, Trace("paging", summary, steps=lines))


_NOT_SENT = frozenset({Evidence.QUEUED, Evidence.FAILED, Evidence.CANCELLED})


def _sent(person: str, facts: PagingFacts) -> str:
    if not facts.sent:
        return ""
    return joined(
        say(
            "A message by {method} at {moment}: {evidence}.",
            method=say(METHOD_NAMES[one.kind]),
            moment=moment(one.at),
            evidence=say(EVIDENCE_NAMES[one.evidence]),
        )
        for one in facts.sent
    )


def _policy(person: str, facts: PagingFacts) -> str:
    if not facts.has_policy:
        return say("No escalation was begun for this incident.")
    if not facts.is_target:
        return say("{person} is in no step of the escalation policy.", person=person)
    return ""


def _on_call(person: str, facts: PagingFacts) -> str:
    return "" if facts.is_on_call else say("{person} was not on call.", person=person)


def _acknowledged(person: str, facts: PagingFacts) -> str:
    if not facts.acknowledged:
        return ""
    by = listed(say("{person} at {moment}", person=one.by, moment=moment(one.at)) for one in facts.acknowledged)
    return say("It was acknowledged already: {people}.", people=by)


def _stopped(person: str, facts: PagingFacts) -> str:
    return joined((say("The escalation had ended."), facts.stopped_because)) if facts.stopped_because else ""


def _silenced(person: str, facts: PagingFacts) -> str:
    if facts.silenced_until is None:
        return ""
    until = moment(facts.silenced_until)
    if facts.silenced_by:
        return say("It was silenced until {moment} by {person}.", moment=until, person=facts.silenced_by)
    return say("It was silenced until {moment}.", moment=until)


def _snoozed(person: str, facts: PagingFacts) -> str:
    return say("It was snoozed until {moment}.", moment=moment(facts.snoozed_until)) if facts.snoozed_until else ""


def _step(person: str, facts: PagingFacts) -> str:
    if facts.passed_because:
        return joined((say("The step of {person} was gone past.", person=person), facts.passed_because))
    if facts.step is None or facts.step_reached is None or facts.step <= facts.step_reached:
        return ""
    reached = say(
        "Step {step}, which pages {person}, has not been reached; it is at step {reached}.",
        step=facts.step,
        person=person,
        reached=facts.step_reached,
    )
    if facts.step_next_at is None:
        return reached
    return joined((reached, say("The next step comes at {moment}.", moment=moment(facts.step_next_at))))


def _methods(person: str, facts: PagingFacts) -> str:
    if facts.methods is None or any(method.is_working for method in facts.methods):
        return ""
    if not facts.methods:
        return say("{person} has no contact method.", person=person)
    of_each = [joined((say("{method}:", method=method.name), method.trouble)) for method in facts.methods]
    return joined((say("{person} has no contact method that works.", person=person), *of_each))


def _quiet(person: str, facts: PagingFacts) -> str:
    return (
        say("Quiet hours hold it back until {moment}.", moment=moment(facts.quiet_until)) if facts.quiet_until else ""
    )


def _digest(person: str, facts: PagingFacts) -> str:
    return say("It is collected for the digest at {moment}.", moment=moment(facts.digest_at)) if facts.digest_at else ""


def _bundled(person: str, facts: PagingFacts) -> str:
    if facts.bundled_at is None:
        return ""
    return say("It went out together with others, in the message of {moment}.", moment=moment(facts.bundled_at))


REASONS: Sequence[tuple[str, Callable[[str, PagingFacts], str]]] = (
    (say("Messages"), _sent),
    (say("Bundle"), _bundled),
    (say("Escalation policy"), _policy),
    (say("On call"), _on_call),
    (say("Acknowledgement"), _acknowledged),
    (say("End of the escalation"), _stopped),
    (say("Silence"), _silenced),
    (say("Snooze"), _snoozed),
    (say("Step"), _step),
    (say("Contact methods"), _methods),
    (say("Quiet hours"), _quiet),
    (say("Digest"), _digest),
)
