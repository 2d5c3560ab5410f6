"""Which target applies: of all that match an incident, the most specific one, and the trace that says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from allclear.domain.sla.agreement import Agreement, Conditions, Target
from allclear.domain.sla.clock import Slot
from allclear.domain.sla.facts import Facts
from allclear.domain.sla.terms import AgreementKind, Metric
from allclear.domain.terms import in_sentence
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import marked, say


@dataclass(frozen=True, slots=True)
class Book:
    """All versions that apply to an incident: agreements, and the version of each calendar by its key."""

    agreements: Sequence[Agreement] = ()
    calendar_versions: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """The target that applies in a slot."""

    agreement: Agreement
    target: Target


@dataclass(frozen=True, slots=True)
class _Candidate:
    choice: Choice
    misses: str  # the first condition that does not hold, as words to say; empty: it matches
    weight: tuple[int, ...] = ()


def choose(book: Book, facts: Facts, slots: Iterable[Slot] = ()) -> dict[Slot, Choice]:
    """The target of each slot that these facts ask for; `slots` are those that clocks are kept in already.

    An OLA's clock stays while another team has the incident, and one of a supplier while it does not wait for it:
    they only pause. So slots that are there are asked too, not only those of the present team and supplier.
    """
    found: dict[Slot, Choice] = {}
    for slot in dict.fromkeys((*slots, *_asked(book, facts))):
        matching = [one for one in _candidates(book, facts, slot) if not one.misses]
        if matching:
            found[slot] = max(matching, key=lambda one: one.weight).choice
    return found


def explain(book: Book, facts: Facts, slot: Slot) -> Trace:
    """Why this target applies in a slot, and why each other one does not."""
    candidates = list(_candidates(book, facts, slot))
    matching = [one for one in candidates if not one.misses]
    best = max(matching, key=lambda one: one.weight) if matching else None
    steps = [_step(one, best, facts) for one in candidates]
    if best is None:
        return Trace("service level", say("No target applies"), None, tuple(steps))
    agreement, target = best.choice.agreement, best.choice.target
    text = marked("Target “{target}” of {agreement}: the most specific of {count} that match")
    if len(matching) == 1:
        text = marked("Target “{target}” of {agreement}: the only one that matches")
    summary = say(text, target=target.key, agreement=agreement.name, count=len(matching))
    return Trace("service level", summary, agreement.version, tuple(steps))


def _step(one: _Candidate, best: _Candidate | None, facts: Facts) -> Step:
    text = say("{agreement}, target “{target}”", agreement=one.choice.agreement.name, target=one.choice.target.key)
    if one.misses:
        return Step(text, say(one.misses, kind=in_sentence(facts.kind)), matched=False)
    if one is best:
        return Step(text, say("It matches."), matched=True)
    return Step(text, say("It matches too, but the other one asks for more."), matched=False)


def _asked(book: Book, facts: Facts) -> Iterator[Slot]:
    """Slots that the present facts fill."""
    for agreement in book.agreements:
        for metric in dict.fromkeys(target.metric for target in agreement.targets):
            for party in _parties(agreement, facts):
                yield Slot(agreement.kind, metric, party)


def _parties(agreement: Agreement, facts: Facts) -> tuple[int, ...]:
    if agreement.kind == AgreementKind.SLA:
        return (0,)
    party = facts.team_id if agreement.kind == AgreementKind.OLA else facts.waits_for_supplier
    return (party,) if party in agreement.party_ids and party is not None else ()


def _candidates(book: Book, facts: Facts, slot: Slot) -> Iterator[_Candidate]:
    for order, agreement in enumerate(book.agreements):
        if agreement.kind != slot.kind:
            continue
        if slot.kind != AgreementKind.SLA and slot.party not in agreement.party_ids:
            continue
        depth = _depth(agreement.party_ids, facts.organisation_ids) if slot.kind == AgreementKind.SLA else 0
        other = _CUSTOMER if depth is None else ""
        for place, target in enumerate(agreement.targets):
            if target.metric == slot.metric:
                misses = other or _misses(target.when, facts)
                weight = () if misses else (*_weight(target.when, facts, depth or 0), -order, -place)
                yield _Candidate(Choice(agreement, target), misses, weight)


def _depth(asked: frozenset[int], path: Sequence[int]) -> int | None:
    """How deep in the path the asked one stands, from 1; 0 when nothing is asked, None when it is not there."""
    if not asked:
        return 0
    return max((place for place, key in enumerate(path, start=1) if key in asked), default=None)


_PRIORITY = marked("Not matched: the priority is another.")
_KIND = marked("Not matched: the kind is {kind}.")
_CATEGORY = marked("Not matched: the category is another.")
_SERVICE = marked("Not matched: the service is another.")
_CRITICALITY = marked("Not matched: the criticality is another.")
_ORGANISATION = marked("Not matched: the organisation is another.")
_VIP = marked("Not matched: the requester is not a VIP.")
_CUSTOMER = marked("Not matched: it is with another organisation.")


def _misses(when: Conditions, facts: Facts) -> str:
    """The first condition that does not hold, as words to say; empty when all hold."""
    if when.priorities and facts.priority not in when.priorities:
        return _PRIORITY
    if when.kinds and facts.kind not in when.kinds:
        return _KIND
    if when.category_ids and _depth(when.category_ids, facts.category_ids) is None:
        return _CATEGORY
    if when.service_ids and facts.service_id not in when.service_ids:
        return _SERVICE
    if when.criticalities and facts.criticality not in when.criticalities:
        return _CRITICALITY
    if when.organisation_ids and _depth(when.organisation_ids, facts.organisation_ids) is None:
        return _ORGANISATION
    return _VIP if when.vip_only and not facts.is_vip else ""


def _weight(when: Conditions, facts: Facts, party_depth: int) -> tuple[int, ...]:
    """More conditions weigh more; then the customer, the service and so on decide, a deeper branch before a higher."""
    organisation = _depth(when.organisation_ids, facts.organisation_ids) or 0
    category = _depth(when.category_ids, facts.category_ids) or 0
    asked = (party_depth, organisation, when.service_ids, category, when.criticalities, when.vip_only, when.kinds)
    count = sum(bool(one) for one in (*asked, when.priorities))
    flags = (when.service_ids, when.criticalities, when.vip_only, when.kinds, when.priorities)
    service, criticality, vip, kind, priority = (int(bool(one)) for one in flags)
    return (count, organisation, party_depth, service, category, criticality, vip, kind, priority)


METRICS_OF: Mapping[AgreementKind, frozenset[Metric]] = {
    AgreementKind.SLA: frozenset(Metric),
    AgreementKind.OLA: frozenset(Metric),
    AgreementKind.UC: frozenset({Metric.RESOLUTION}),  # a supplier holds no incident here that it could acknowledge
}
