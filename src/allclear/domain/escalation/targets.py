"""Whom a step pages: kinds of targets, and the facts that say which people stand behind them now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from allclear.kernel.words import listed, marked, say


class TargetKind(StrEnum):
    SCHEDULE = "schedule"  # everybody on call now
    PERSON = "person"
    TEAM = "team"  # every member
    ROUND_ROBIN = "round_robin"  # one person of a team or list, each time the next
    WEBHOOK = "webhook"  # a program; it answers for no person
    POLICY = "policy"  # as catch-all only: everybody whom that policy may page, at once


@dataclass(frozen=True, slots=True)
class Target:
    """`key` is that of the record; a round robin has the key of its team, or the people of a list in `members`."""

    kind: TargetKind
    key: int | None = None
    members: tuple[int, ...] = ()

    @property
    def ref(self) -> str:
        """The name of the target in states and explanations, such as `schedule:4`."""
        if self.kind is not TargetKind.ROUND_ROBIN:
            return f"{self.kind}:{self.key}"
        return f"round_robin:{self._source}" if self.key else "round_robin:list:" + ",".join(map(str, self.members))

    @property
    def asks(self) -> tuple[str, ...]:
        """The keys of `Facts.people` that it is resolved by."""
        if self.kind is not TargetKind.ROUND_ROBIN:
            return (self.ref,)
        return (self._source,) if self.key else tuple(map(person_ref, self.members))

    @property
    def _source(self) -> str:
        return f"team:{self.key}"


def person_ref(person: int) -> str:
    return f"person:{person}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true at the instant of a decision, collected beforehand.

    `people` has for every ref in `Target.asks` the people behind it, in a steady order: those on call, the members, the
    person. A ref that is missing was deleted. A webhook that exists stands there with no people.
    """

    people: Mapping[str, Sequence[int]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # by ref, for explanations
    priority: int | None = None
    service_ids: frozenset[int] = frozenset()
    unreachable: frozenset[int] = frozenset()  # people without a working contact method

    def person(self, person: int) -> str:
        return self.names.get(person_ref(person)) or say("person {key}", key=person)

    def persons(self, people: Sequence[int]) -> str:
        return listed(self.person(person) for person in people)

    def target(self, target: Target) -> str:
        """The target, as a name before a colon or in a list."""
        if target.kind is TargetKind.PERSON and target.key:
            return self.person(target.key)
        if target.kind is TargetKind.ROUND_ROBIN and not target.key:
            return say("{names}, in turn", names=self.persons(target.members))
        ref = target.asks[0]
        return say(_NAMED[target.kind], name=self.names.get(ref, str(target.key)))


_NAMED: Mapping[TargetKind, str] = {
    TargetKind.SCHEDULE: marked("Schedule {name}"),
    TargetKind.TEAM: marked("Team {name}"),
    TargetKind.ROUND_ROBIN: marked("Team {name}, in turn"),
    TargetKind.WEBHOOK: marked("Webhook {name}"),
    TargetKind.POLICY: marked("Everybody of policy {name}"),
}
