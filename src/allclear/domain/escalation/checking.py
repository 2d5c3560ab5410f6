"""What an escalation policy must be before it may be saved, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from allclear.domain.escalation.conditions import Condition
from allclear.domain.escalation.decisions import HoleKind
from allclear.domain.escalation.policy import (
    LONGEST_DELAY,
    MOST_ACKS,
    MOST_REPEATS,
    MOST_STEPS,
    MOST_TARGETS,
    SHORTEST_DELAY,
    Policy,
    Step,
)
from allclear.domain.escalation.resolving import resolve
from allclear.domain.escalation.targets import Facts, Target, TargetKind
from allclear.domain.weekly import covered_until
from allclear.kernel.errors import Invalid
from allclear.kernel.words import joined, say

Problem = tuple[str, str]  # path, what is wrong and what to do


def check(policy: Policy, facts: Facts | None = None, catch_alls: Mapping[int, int] | None = None) -> None:
    """Raise `Invalid` with all `problems`."""
    if wrong := problems(policy, facts, catch_alls):
        raise Invalid(wrong)


def problems(policy: Policy, facts: Facts | None = None, catch_alls: Mapping[int, int] | None = None) -> dict[str, str]:
    """What is wrong and what to do, by the path in the policy's data, such as `steps.0.targets.1`.

    With facts also for targets that do not exist and for more acknowledgements than people. `catch_alls` says which
    other policies have which policy as their catch-all, by key.
    """
    found = [*_numbers(policy), *_exhausted(policy, catch_alls or {})]
    for index, step in enumerate(policy.steps):
        found += _step(f"steps.{index}", index + 1, step)
    if facts is not None:
        found += [*_unknown(policy, facts), *_too_few(policy, facts)]
    wrong: dict[str, str] = {}
    for path, text in found:
        wrong.setdefault(path, text)
    return wrong


def _numbers(policy: Policy) -> Iterator[Problem]:
    if not policy.name.strip():
        yield "name", say("Give the escalation policy a name.")
    if not 1 <= len(policy.steps) <= MOST_STEPS:
        yield "steps", say("Add at least one step that says who is paged first; at most {most} fit.", most=MOST_STEPS)
    if not 0 <= policy.repeat <= MOST_REPEATS:
        yield "repeat", say("Write how often the steps are repeated, from 0 to {most}.", most=MOST_REPEATS)
    if not 1 <= policy.acks_needed <= MOST_ACKS:
        yield "acks_needed", say("Write how many people must acknowledge, from 1 to {most}.", most=MOST_ACKS)
    if policy.re_escalate_after is not None and not _is_delay(policy.re_escalate_after):
        text = say("Write whole minutes from 1 to {most}, or nothing for never.", most=_LONGEST)
        yield "re_escalate_after_minutes", text
    if policy.answer_within is not None and not _is_delay(policy.answer_within):
        text = say("Write whole minutes from 1 to {most}, or nothing for no target.", most=_LONGEST)
        yield "answer_within_minutes", text


def _step(path: str, number: int, step: Step) -> Iterator[Problem]:
    if not 1 <= len(step.targets) <= MOST_TARGETS:
        text = say("Step {number} pages nobody: add a target; at most {most} fit.", number=number, most=MOST_TARGETS)
        yield f"{path}.targets", text
    if not _is_delay(step.delay):
        text = say(
            "Step {number}: write whole minutes from 1 to {most} before the next step. To page several at once, put"
            " them into one step.",
            number=number,
            most=_LONGEST,
        )
        yield f"{path}.delay_minutes", text
    for index, target in enumerate(step.targets):
        if target.kind is TargetKind.POLICY:
            text = say("Another policy can only be the catch-all. Page a schedule, person, team or webhook here.")
            yield f"{path}.targets.{index}", text
        else:
            yield from _shape(f"{path}.targets.{index}", target)
    yield from _condition(f"{path}.condition", step.condition)


def _is_delay(span: timedelta) -> bool:
    return SHORTEST_DELAY <= span <= LONGEST_DELAY and not span % SHORTEST_DELAY


_LONGEST = LONGEST_DELAY // SHORTEST_DELAY
_ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)  # a week is like another


def _shape(path: str, target: Target) -> Iterator[Problem]:
    if target.kind is not TargetKind.ROUND_ROBIN:
        if target.key is None or target.members:
            yield path, say("Choose which one is meant, and only one.")
    elif bool(target.key) is bool(target.members):
        yield path, say("A round robin goes through a team or through a list of people: choose one of the two.")
    elif len(set(target.members)) < len(target.members):
        yield path, say("Name each person of the list once.")


def _condition(path: str, condition: Condition) -> Iterator[Problem]:
    if condition.priorities - set(range(1, 6)):
        yield f"{path}.priorities", say("Priorities go from 1 to 5.")
    hours = condition.hours
    if hours is None:
        return
    if not hours.spans:
        yield f"{path}.hours", say("Add a span of the week, or leave the hours out.")
    elif hours.is_outside and covered_until(hours.spans, hours.zone, _ANY_DAY) is None:
        yield f"{path}.hours", say("There is no time outside of these hours: the step would never page anybody.")


def _exhausted(policy: Policy, catch_alls: Mapping[int, int]) -> Iterator[Problem]:
    target = policy.exhausted
    yield from _shape("exhausted", target)
    if target.kind is not TargetKind.POLICY or policy.key is None:
        return
    seen, key = {policy.key}, target.key
    while key is not None and key not in seen:
        seen.add(key)
        key = catch_alls.get(key)
    if key is not None:
        text = say("The catch-all leads back to the same policies. Choose a person, team or schedule outside of them.")
        yield "exhausted", text


def _unknown(policy: Policy, facts: Facts) -> Iterator[Problem]:
    places = {f"steps.{i}.targets.{j}": t for i, step in enumerate(policy.steps) for j, t in enumerate(step.targets)}
    for path, target in {**places, "exhausted": policy.exhausted}.items():
        holes = resolve((target,), facts, {}).holes
        if any(hole.kind is HoleKind.GONE for hole in holes):
            gone = next(hole.text for hole in holes if hole.kind is HoleKind.GONE)
            yield path, joined((gone, say("Choose another.")))


def _too_few(policy: Policy, facts: Facts) -> Iterator[Problem]:
    refs = [ref for target in policy.targets for ref in target.asks]
    people = {person for ref in refs for person in facts.people.get(ref, ())}
    if policy.acks_needed > max(1, len(people)):
        text = say(
            "{needed} people must acknowledge, and only {count} can be paged. Ask for fewer, or add people.",
            needed=policy.acks_needed,
            count=len(people),
        )
        yield "acks_needed", text
