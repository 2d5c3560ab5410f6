"""When and by what a message reaches a person: their rules, what of them works, quiet hours and the digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from allclear.domain.moments import moment, span_words
from allclear.domain.notifying.methods import ContactMethod, MethodKind
from allclear.domain.notifying.rules import PersonalRules, Rule, Urgency
from allclear.domain.trace import Step, Trace
from allclear.domain.weekly import covered_until
from allclear.kernel.words import joined, say

_ORDER = tuple(MethodKind)


@dataclass(frozen=True, slots=True)
class Planned:
    """One message by one contact method. `at` is when it is due, in UTC."""

    method: int
    at: datetime
    why: str
    is_digest: bool = False


@dataclass(frozen=True, slots=True)
class Hole:
    """The person cannot be reached by anything; `tried` says of each method why not."""

    text: str
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes out, in order of time. No messages and no hole: the person wants none of this urgency."""

    planned: tuple[Planned, ...]
    hole: Hole | None
    trace: Trace


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one plan is made for."""

    rules: PersonalRules
    urgency: Urgency
    priority: int | None
    now: datetime
    zone: str

    @property
    def is_held(self) -> bool:
        """Whether quiet hours may hold it back. A page whose priority is not known counts as P1."""
        is_agreed = self.rules.quiet is not None and self.rules.quiet.is_agreed
        return is_agreed and not (self.urgency is Urgency.HIGH and self.priority in (1, None))


def plan(
    rules: PersonalRules,
    methods: Sequence[ContactMethod],
    urgency: Urgency,
    priority: int | None,
    now: datetime,
    zone: str,
) -> Plan:
    """Everything that is to be sent to a person for one message, with what was left out and why. `zone` is theirs."""
    asked = _Asked(rules, urgency, priority, now, zone)
    usable, left_out = _usable(rules.of(urgency), methods)
    if not usable and urgency is Urgency.LOW and not rules.low:
        return Plan((), None, _trace(say("No messages of low urgency are wanted"), ()))
    if not usable:
        return _fallback(asked, methods, left_out)
    if urgency is Urgency.LOW and rules.digest_at is not None:
        return _digest(asked, rules.digest_at, usable, left_out)
    start, held = _after_quiet(asked, now)
    planned = tuple(_planned(asked, start, rule, held) for rule, _ in usable)
    return Plan(planned, None, _told(planned, methods, left_out))


def _usable(
    rules: Sequence[Rule], methods: Sequence[ContactMethod]
) -> tuple[list[tuple[Rule, ContactMethod]], tuple[Step, ...]]:
    """The rules that name a working method, each once, and a line for every other."""
    known = {method.key: method for method in methods}
    usable: dict[Rule, ContactMethod] = {}
    lines: list[Step] = []
    for rule in rules:
        method = known.get(rule.method)
        trouble = method.trouble if method else say("It was deleted.")
        if rule in usable:
            trouble = say("The same rule stands there twice.")
        if method is None or trouble:
            name = method.name if method else say("a contact method")
            text = say("Left out: {method} after {span}", method=name, span=span_words(rule.after))
            lines.append(Step(text, trouble, matched=False))
        else:
            usable[rule] = method
    return list(usable.items()), tuple(lines)


def _planned(asked: _Asked, start: datetime, rule: Rule, held: str) -> Planned:
    """A rule counts from the end of the quiet hours, so that not everything comes at once when they end."""
    why = say("Your rule: at once.")
    if rule.after:
        why = say("Your rule: after {span}.", span=span_words(rule.after))
    at, again = _after_quiet(asked, start + rule.after)
    parts = [why, *dict.fromkeys(text for text in (held, again) if text)]
    return Planned(rule.method, at, joined(parts) if len(parts) > 1 else why)


def _after_quiet(asked: _Asked, instant: datetime) -> tuple[datetime, str]:
    """The instant, or the end of the quiet hours that it lies in, with the words for it.

    Hours that leave no gap in the week hold nothing back: it would never come.
    """
    if not asked.is_held or asked.rules.quiet is None:
        return instant, ""
    until = covered_until(asked.rules.quiet.spans, asked.zone, instant)
    if until is None or until == instant:
        return instant, ""
    return until, say("Quiet hours hold it back until {moment}.", moment=moment(until))


def _fallback(asked: _Asked, methods: Sequence[ContactMethod], left_out: tuple[Step, ...]) -> Plan:
    """By any method that works, else a hole."""
    working = sorted((m for m in methods if m.is_working), key=lambda m: (_ORDER.index(m.kind), m.key))
    if not working:
        return _hole(methods, left_out)
    method = working[0]
    at, held = _after_quiet(asked, asked.now)
    why: str = say("None of your rules names a method that works; this is the first one that does.")
    if asked.urgency is Urgency.LOW and asked.rules.digest_at is not None:
        return _digest(asked, asked.rules.digest_at, [(Rule(timedelta(), method.key), method)], left_out)
    planned = (Planned(method.key, at, joined((why, held)) if held else why),)
    return Plan(planned, None, _told(planned, methods, left_out))


def _hole(methods: Sequence[ContactMethod], left_out: tuple[Step, ...]) -> Plan:
    tried = tuple(joined((say("{method}:", method=method.name), method.trouble)) for method in methods)
    text = say("There is no contact method that works. Add one in the profile and confirm it.")
    if not methods:
        text = say("There is no contact method. Add one in the profile and confirm it.")
    lines = tuple(Step(method.name, method.trouble, matched=False) for method in methods)
    return Plan((), Hole(text, tried), _trace(text, (*left_out, *lines)))


def _digest(asked: _Asked, at: time, usable: Sequence[tuple[Rule, ContactMethod]], left_out: tuple[Step, ...]) -> Plan:
    """With all that was collected until then, by the first method; the others would only repeat it."""
    due, held = _after_quiet(asked, _next_time(at, asked.now, asked.zone))
    why: str = say("Collected for the digest of {time}.", time=f"{at:%H:%M}")
    planned = (Planned(usable[0][0].method, due, joined((why, held)) if held else why, is_digest=True),)
    repeated = tuple(
        Step(say("Left out: {method}", method=method.name), say("The digest goes out once."), matched=False)
        for _, method in usable[1:]
    )
    return Plan(planned, None, _told(planned, [method for _, method in usable], (*left_out, *repeated)))


def _next_time(at: time, now: datetime, zone: str) -> datetime:
    """The next time that the local clock shows `at`, after now."""
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    days = (today + timedelta(days=ahead) for ahead in range(3))
    instants = (datetime.combine(day, at, here).astimezone(UTC) for day in days)
    return next(instant for instant in instants if instant > now)


def _told(planned: Sequence[Planned], methods: Sequence[ContactMethod], left_out: tuple[Step, ...]) -> Trace:
    names = {method.key: method.name for method in methods}
    lines = tuple(
        Step(say("{method} at {moment}", method=names[one.method], moment=moment(one.at)), one.why, matched=True)
        for one in planned
    )
    first = planned[0]
    summary = say("First by {method} at {moment}", method=names[first.method], moment=moment(first.at))
    return _trace(summary, (*lines, *left_out))


def _trace(summary: str, lines: Sequence[Step]) -> Trace:
    return Trace("notification_rules", summary, steps=tuple(lines))
