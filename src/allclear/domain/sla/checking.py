"""Checks of an agreement against what there is: calendars, teams, suppliers, and circles of hand-overs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from allclear.domain.sla.agreement import Agreement, Target
from allclear.domain.sla.terms import AgreementKind, Do
from allclear.kernel.words import marked, say

_PARTY = {
    AgreementKind.SLA: marked("There is no organisation with the key {key}."),
    AgreementKind.OLA: marked("There is no team in use with the key {key}; choose another."),
    AgreementKind.UC: marked("The organisation with the key {key} is no supplier; choose one that is."),
}
_WHEN = {
    "category_ids": marked("There is no category with the key {key}."),
    "service_ids": marked("There is no service with the key {key}."),
    "organisation_ids": marked("There is no organisation with the key {key}."),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What there is, of what an agreement names. `calendars`: in use and in force when the agreement begins.

    `hand_overs` are those of the other agreements between teams: from a team to those that its targets hand over to.
    """

    calendars: Collection[int] = ()
    parties: Collection[int] = ()
    category_ids: Collection[int] = ()
    service_ids: Collection[int] = ()
    organisation_ids: Collection[int] = ()
    people: Collection[int] = ()
    policies: Collection[int] = ()
    tiers: Mapping[int, int] = field(default_factory=dict)  # of teams in use
    teams: Mapping[int, str] = field(default_factory=dict)  # names, of all
    hand_overs: Mapping[int, Collection[int]] = field(default_factory=dict)


def problems(agreement: Agreement, known: Known) -> dict[str, str]:
    """What is wrong, by place, such as `targets.2.calendar_id`; empty: nothing."""
    wrong: dict[str, str] = {}
    if missing := sorted(agreement.party_ids - set(known.parties)):
        wrong["party_ids"] = say(_PARTY[agreement.kind], key=missing[0])
    if agreement.penalty is not None and agreement.kind == AgreementKind.OLA:
        wrong["penalty"] = say("Between teams nothing is paid: take the penalty out.")
    for place, target in enumerate(agreement.targets):
        for name, text in _of_target(agreement, target, known):
            wrong.setdefault(f"targets.{place}.{name}", text)
    for where, text in _circles(agreement, known):
        wrong.setdefault(where, text)
    return wrong


def _of_target(agreement: Agreement, target: Target, known: Known) -> Iterator[tuple[str, str]]:
    if target.calendar_id not in known.calendars:
        yield "calendar_id", say("There is no such calendar in use when the agreement begins; choose another.")
    for name, text in _WHEN.items():
        if missing := sorted(getattr(target.when, name) - set(getattr(known, name))):
            yield f"when.{name}", say(text, key=missing[0])
    for n, threshold in enumerate(target.thresholds):
        for m, action in enumerate(threshold.actions):
            place = f"thresholds.{n}.actions.{m}"
            if action.user_id is not None and action.user_id not in known.people:
                yield f"{place}.user_id", say("This person does not work here or has no log-in; choose another.")
            if action.policy_id is not None and action.policy_id not in known.policies:
                yield f"{place}.policy_id", say("There is no such escalation policy in use; choose another.")
            if action.team_id is not None and action.team_id not in known.tiers:
                yield f"{place}.team_id", say("There is no such team in use; choose another.")
    yield from _of_tiers(agreement, target, known)


def _of_tiers(agreement: Agreement, target: Target, known: Known) -> Iterator[tuple[str, str]]:
    """Each hand-over goes to a higher tier than the one before, and never to a team that has it already."""
    own = agreement.party_ids if agreement.kind == AgreementKind.OLA else frozenset()
    before: list[int] = []
    for place, team in _steps(target):
        if team in own:
            yield place, say("This team has it already: choose one of a higher tier.")
        elif team in before:
            yield place, say("An earlier threshold hands over to this team already: this would go in a circle.")
        elif before and known.tiers.get(team, 9) <= known.tiers.get(before[-1], 0):
            names = {"team": known.teams.get(team, str(team)), "other": known.teams.get(before[-1], str(before[-1]))}
            text = marked("{team} is of no higher tier than {other}, which an earlier threshold hands over to.")
            yield place, say(text, **names)
        before.append(team)


def _steps(target: Target) -> list[tuple[str, int]]:
    """Where a target hands over, in the order in which it would."""
    found = [
        (threshold.percent, f"thresholds.{n}.actions.{m}.team_id", action.team_id)
        for n, threshold in enumerate(target.thresholds)
        for m, action in enumerate(threshold.actions)
        if action.do == Do.HIGHER_TIER and action.team_id is not None
    ]
    return [(place, team) for _percent, place, team in sorted(found)]


def hand_overs(agreement: Agreement) -> dict[int, set[int]]:
    """From each team of an agreement between teams to those that its targets hand over to."""
    if agreement.kind != AgreementKind.OLA:
        return {}
    to = {team for target in agreement.targets for _place, team in _steps(target)}
    return {party: set(to) for party in agreement.party_ids} if to else {}


def _circles(agreement: Agreement, known: Known) -> Iterator[tuple[str, str]]:
    if agreement.kind != AgreementKind.OLA:
        return
    for place, target in enumerate(agreement.targets):
        for step, team in _steps(target):
            for party in sorted(agreement.party_ids - {team}):
                if way := _way(team, party, known.hand_overs):
                    names = " → ".join(known.teams.get(one, str(one)) for one in (party, *way))
                    text = marked("With other agreements this goes in a circle: {names}. Choose another team.")
                    yield f"targets.{place}.{step}", say(text, names=names)


def _way(start: int, goal: int, edges: Mapping[int, Collection[int]]) -> Sequence[int]:
    """The teams from `start` to `goal` along the hand-overs; empty when there is no way."""
    ways: list[list[int]] = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        for team in sorted(edges.get(way[-1], ())):
            if team == goal:
                return [*way, team]
            if team not in seen:
                seen.add(team)
                ways.append([*way, team])
    return ()
