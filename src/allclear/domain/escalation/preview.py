"""Who would be paged when, if nobody acknowledged: the chain, and the holes in it. It runs the very rule that pages.

The facts are those of now: who is on call later is not foretold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allclear.domain.escalation.decisions import Exhausted, Hole, HoleKind, Page, Passed
from allclear.domain.escalation.moving import next_step, start
from allclear.domain.escalation.policy import Policy
from allclear.domain.escalation.targets import Facts
from allclear.domain.moments import span_words
from allclear.kernel.words import say


@dataclass(frozen=True, slots=True)
class Link:
    """What happens so long `after` the beginning. `step` 0 is the catch-all; `because` says why a step pages nobody."""

    after: timedelta
    step: int
    round: int
    people: tuple[int, ...] = ()
    webhooks: tuple[int, ...] = ()
    because: str = ""
    holes: tuple[Hole, ...] = ()


def chain(policy: Policy, facts: Facts, now: datetime) -> tuple[Link, ...]:
    """Every page from the beginning to the catch-all, with the steps that are gone past."""
    links: list[Link] = []
    at, decision = now, start(policy, now, facts)
    while True:
        action = decision.action
        if not isinstance(action, Page | Exhausted):
            return tuple(links)
        links += _links(action, at - now)
        if isinstance(action, Exhausted):
            return tuple(links)
        at = action.next_at
        decision = next_step(decision.state, at, facts)


def _links(action: Page | Exhausted, after: timedelta) -> Iterator[Link]:
    for passed in action.passed:
        yield _passed(passed, after)
    step, number = (action.step, action.round) if isinstance(action, Page) else (0, 0)
    yield Link(after, step, number, action.people, action.webhooks, holes=action.holes)


def _passed(passed: Passed, after: timedelta) -> Link:
    return Link(after, passed.step, passed.round, because=passed.because, holes=passed.holes)


def first_reached_after(links: Sequence[Link]) -> timedelta | None:
    """How long until the first person is paged; None when nobody ever is."""
    return next((link.after for link in links if link.people), None)


def worst_case(links: Sequence[Link]) -> timedelta | None:
    """How long until everybody was paged once, when only the last of them answers; None when nobody ever is."""
    first: dict[int, timedelta] = {}
    for link in links:
        for person in link.people:
            first.setdefault(person, link.after)
    return max(first.values(), default=None)


def chain_holes(policy: Policy, facts: Facts, now: datetime) -> tuple[Hole, ...]:
    """What is wrong with the chain as it stands: deleted and empty targets, people who cannot be reached, nobody before
    the catch-all, a catch-all that reaches no person, and pages that come later than the response target."""
    links = chain(policy, facts, now)
    holes = [hole for link in links for hole in link.holes]
    if not links[-1].people:
        text = say("The catch-all reaches no person: what nobody acknowledges ends in silence.")
        holes.append(Hole(HoleKind.ENDS_IN_NOBODY, policy.exhausted.ref, text))
    elif not any(link.people for link in links[:-1]):
        holes.append(Hole(HoleKind.ONLY_CATCH_ALL, policy.exhausted.ref, _only(links[-1].after)))
    if policy.answer_within is not None:
        holes += _too_slow(links, policy.answer_within)
    return tuple(dict.fromkeys(holes))


def _only(after: timedelta) -> str:
    if not after:
        return say("No step reaches a person: the catch-all is paged at once.")
    return say("No step reaches a person: the first is the catch-all, after {span}.", span=span_words(after))


def _too_slow(links: Sequence[Link], target: timedelta) -> Iterator[Hole]:
    """The first person, or the first step of the first round, that comes after the response target."""
    first, within = first_reached_after(links), span_words(target)
    if first is not None and first > target:
        text = say(
            "The first person is paged after {span}; the response target is {target}.",
            span=span_words(first),
            target=within,
        )
        yield Hole(HoleKind.TOO_SLOW, "", text)
        return
    late = next((link for link in links if link.round == 1 and link.people and link.after > target), None)
    if late:
        text = say(
            "Step {step} is paged after {span}: if only they answer, the response target of {target} is missed.",
            step=late.step,
            span=span_words(late.after),
            target=within,
        )
        yield Hole(HoleKind.TOO_SLOW, "", text)
