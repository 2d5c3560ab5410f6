"""The proof that every escalation policy reaches somebody, at every instant of a time to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from allclear.accounts.models import User
from allclear.accounts.permissions import STAFF, Viewer
from allclear.catalog.models import Service
from allclear.domain import escalation as rules
from allclear.domain import oncall
from allclear.kernel.words import joined, listed, marked, say
from allclear.oncall.coverage import Coverage, coverage_of
from allclear.oncall.facts import facts_for, reachable
from allclear.oncall.models import EscalationPolicy, Schedule
from allclear.oncall.queries import past_of, rules_of_many
from allclear.oncall.rota import schedules_for
from allclear.oncall.subjects import Standing

Case = tuple[int, int | None]  # a priority, and a service when the steps ask for one


@dataclass(frozen=True, slots=True)
class ChainGap:
    """[starts_at, ends_at) in which a page of these priorities would fall through, and what closes it."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    text: str
    repair: str


@dataclass(frozen=True, slots=True)
class Chain:
    """One policy. No gaps is the proof that a page ends with somebody, in time."""

    policy: EscalationPolicy
    gaps: tuple[ChainGap, ...]

    @property
    def is_covered(self) -> bool:
        return not self.gaps


Final = Mapping[int, Sequence[oncall.Span]]  # the final spans of schedules


def chains_of(policies: Sequence[EscalationPolicy], start: datetime, end: datetime, known: Final) -> list[Chain]:
    """The proof for each policy, in the order given. `known`: final spans that are there already, by schedule."""
    read = {row.pk: _read(row) for row in policies}
    world = _world(list(read.values()), known, start, end)
    return [Chain(row, tuple(_gaps(row, read[row.pk], world))) for row in policies]


@dataclass(frozen=True, slots=True)
class Proof:
    """Of everything that is in use."""

    schedules: tuple[Coverage, ...]
    chains: tuple[Chain, ...]

    @property
    def is_covered(self) -> bool:
        return all(one.is_covered for one in self.schedules) and all(one.is_covered for one in self.chains)


def prove(viewer: Viewer, start: datetime, end: datetime) -> Proof:
    """The proof of all schedules and escalation policies in use, for [start, end). Raises `NotPermitted`."""
    schedules = coverage_of(schedules_for(viewer).filter(is_active=True), start, end)
    policies = list(EscalationPolicy.objects.filter(is_active=True).order_by("name", "pk"))
    known = {one.schedule.pk: one.spans for one in schedules}
    return Proof(tuple(schedules), tuple(chains_of(policies, start, end, known)))


@dataclass(frozen=True, slots=True)
class _World:
    """What all proofs look at. `names` of people by ref, `active` people, and those of them whom a page reaches."""

    start: datetime
    end: datetime
    others: Mapping[int, rules.Policy]  # the policies that are somebody's catch-all
    spans: Final
    services: Mapping[int, str]
    names: Mapping[str, str]
    active: frozenset[int]
    working: frozenset[int]


def _world(policies: Sequence[rules.Policy], known: Final, start: datetime, end: datetime) -> _World:
    keys = {t.key for one in policies for t in one.targets if t.kind is rules.TargetKind.POLICY and t.key}
    others = {row.pk: _read(row) for row in EscalationPolicy.objects.filter(pk__in=keys, is_active=True)}
    spans = {**known, **_missing([*policies, *others.values()], known, start, end)}
    names = dict(User.objects.filter(is_active=True, roles__overlap=sorted(STAFF)).values_list("pk", "name"))
    return _World(
        start,
        end,
        others,
        spans,
        services=dict(Service.objects.values_list("pk", "name")),
        names={rules.person_ref(pk): name for pk, name in names.items()},
        active=frozenset(names),
        working=frozenset(reachable(names)),
    )


def _read(row: EscalationPolicy) -> rules.Policy:
    return rules.policy_from({**row.definition, "name": row.name, "key": row.pk})


def _gaps(row: EscalationPolicy, policy: rules.Policy, world: _World) -> Iterator[ChainGap]:
    refs = {ref for target in policy.targets for ref in target.asks}
    rosters = {ref: found for ref in refs for found in [_roster(ref, world)] if found is not None}
    now = facts_for(policy, Standing(True, 1), world.start)
    facts = replace(now, names={**world.names, **now.names}, unreachable=now.unreachable | world.active - world.working)
    cases = _cases(row, policy)
    found: dict[rules.ChainHole, list[Case]] = {}
    for priority, service in cases:
        affected = frozenset(row.service_ids) if service is None else frozenset({service})
        case = replace(facts, priority=priority, service_ids=affected)
        for hole in rules.chain_proof(policy, case, rosters, world.start, world.end):
            found.setdefault(hole, []).append((priority, service))
    for hole, when in sorted(found.items(), key=lambda one: one[0].start):
        of_all = len(when) == len(cases)
        text = hole.hole.text if of_all else joined((_named(when, world.services), hole.hole.text))
        yield ChainGap(str(hole.hole.kind), hole.start, hole.end, text, say(_REPAIRS[hole.hole.kind]))


def _cases(row: EscalationPolicy, policy: rules.Policy) -> list[Case]:
    """What a step may look at: only as much as some step does."""
    conditions = [step.condition for step in policy.steps]
    priorities = sorted(row.priorities) or [1]
    if not any(one.priorities for one in conditions):
        priorities = priorities[:1]
    services: list[int | None] = [None]
    if any(one.service_ids for one in conditions):
        services = [*sorted(row.service_ids)] or [None]
    return [(priority, service) for priority in priorities for service in services]


def _named(cases: Sequence[Case], services: Mapping[int, str]) -> str:
    parts = [f"P{priority}" if service is None else f"P{priority} {services.get(service, service)}"
             for priority, service in cases]  # fmt: skip
    return say("For {cases}:", cases=listed(parts))


def _missing(policies: Sequence[rules.Policy], known: Final, start: datetime, end: datetime) -> Final:
    keys = {t.key for one in policies for t in one.targets if t.kind is rules.TargetKind.SCHEDULE} - set(known)
    rows = list(Schedule.objects.filter(pk__in=[key for key in keys if key], is_active=True))
    planned = rules_of_many(rows, start, end)
    return {row.pk: oncall.final(planned[row.pk], start, end, past_of(row, start, end)) for row in rows}


def _roster(ref: str, world: _World) -> Sequence[rules.Stretch] | None:
    """Who stands behind a target in the course of time; None for one that does not change, or is not there."""
    kind, _, key = ref.partition(":")
    if kind == "schedule" and int(key) in world.spans:
        return [
            rules.Stretch(span.start, span.end, tuple(int(p) for p in span.people if p in world.active))
            for span in world.spans[int(key)]
        ]
    if kind == "policy" and int(key) in world.others:
        return _everybody(world.others[int(key)], world)
    return None


def _everybody(policy: rules.Policy, world: _World) -> Sequence[rules.Stretch]:
    """Everybody whom the steps of a policy may page; its own catch-all is not followed, so there is no circle."""
    refs = [ref for step in policy.steps for target in step.targets for ref in target.asks]
    facts = facts_for(policy, Standing(True, 1), world.start)
    lasting = [one for one in refs if not one.startswith("schedule:")]
    always = tuple(dict.fromkeys(person for one in lasting for person in facts.people.get(one, ())))
    parts = [found for one in refs if one.startswith("schedule:") for found in [_roster(one, world)] if found]
    return rules.merged([[rules.Stretch(world.start, world.end, always)], *parts])


_REPAIRS: Mapping[rules.HoleKind, str] = {
    rules.HoleKind.ENDS_IN_NOBODY: marked("Choose a team or a person with a working contact method as catch-all."),
    rules.HoleKind.ONLY_CATCH_ALL: marked("Add a step with somebody who is always there, before the catch-all."),
    rules.HoleKind.TOO_SLOW: marked("Shorten the delay of the steps before, or page both in one step."),
    rules.HoleKind.GONE: marked("Take it out of the policy, or choose another."),
    rules.HoleKind.NOBODY: marked("Give the team members, or choose another."),
    rules.HoleKind.UNREACHABLE: marked("They add a contact method under How you are told, or somebody else is chosen."),
}
