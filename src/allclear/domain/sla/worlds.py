"""What a what-if plays in: the scenes of an incident's past, and the promises that hold in a world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from allclear.domain.priority import Matrix
from allclear.domain.sla.agreement import Agreement
from allclear.domain.sla.choose import Book, Choice, choose
from allclear.domain.sla.clock import Counting, Slot
from allclear.domain.sla.facts import Facts
from allclear.domain.sla.terms import AgreementKind, Metric


@dataclass(frozen=True, slots=True)
class Weight:
    """Impact and urgency as they were used (a VIP has raised the urgency already), and the matrix that weighed them."""

    impact: int | None = None
    urgency: int | None = None
    matrix_version: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What held from an instant on: what clocks look at, who had it, and what its priority was made of."""

    at: datetime
    facts: Facts
    assignee_id: int | None = None
    weight: Weight = Weight()


class _Chooser:
    """`choose` with a memory: of what conditions never ask for it need not know."""

    MOST = 20_000  # answers that are remembered

    def __init__(self, book: Book) -> None:
        targets = [target.when for one in book.agreements for target in one.targets]
        self._answers: dict[object, Mapping[Slot, Choice]] = {}
        self._asks_category = any(when.category_ids for when in targets)
        self._asks_customer = any(when.organisation_ids for when in targets) or any(
            one.party_ids for one in book.agreements if one.kind == AgreementKind.SLA
        )
        self._asks_service = any(when.service_ids for when in targets)
        self._asks_team = any(one.kind != AgreementKind.SLA for one in book.agreements)

    def __call__(self, book: Book, facts: Facts, slots: Iterable[Slot]) -> Mapping[Slot, Choice]:
        key = (
            facts.priority,
            facts.kind,
            facts.criticality,
            facts.is_vip,
            facts.category_ids if self._asks_category else (),
            facts.organisation_ids if self._asks_customer else (),
            facts.service_id if self._asks_service else None,
            (facts.team_id, facts.waits_for_supplier) if self._asks_team else None,
            tuple(slots),
        )
        found = self._answers.get(key)
        if found is None:
            if len(self._answers) >= self.MOST:
                self._answers.clear()
            found = self._answers[key] = choose(book, facts, slots)
        return found


@dataclass(frozen=True)
class World:
    """What is tried: agreements, the hours of each calendar by its key, and the matrix.

    `former` are matrices by version: those that the priorities of the past were decided under. The one under None is
    for priorities that came from elsewhere.
    """

    book: Book
    hours: Mapping[int, Counting]
    matrix: Matrix
    former: Mapping[int | None, Matrix] = field(default_factory=dict)
    led: frozenset[int] = frozenset()  # teams that somebody leads
    chooser: _Chooser = field(init=False, compare=False, repr=False)
    watches_silence: bool = field(init=False, compare=False)
    agreements: Mapping[int, Agreement] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        targets = [target for one in self.book.agreements for target in one.targets]
        object.__setattr__(self, "chooser", _Chooser(self.book))
        object.__setattr__(self, "watches_silence", any(one.metric == Metric.PROGRESS for one in targets))
        object.__setattr__(self, "agreements", {one.id: one for one in self.book.agreements})

    def priority(self, scene: Scene) -> int | None:
        """What the matrix makes of its weight. What was set otherwise than its matrix says keeps the difference.

        So one that a threshold raised by one stays one above. Without impact and urgency it is as it was.
        """
        weight, held = scene.weight, scene.facts.priority
        if held is None or weight.impact is None or weight.urgency is None:
            return held
        then = self.former.get(weight.matrix_version, self.matrix)
        if then is self.matrix or then.cells == self.matrix.cells:
            return held
        moved = _cell(self.matrix, weight.impact, weight.urgency) - _cell(then, weight.impact, weight.urgency)
        return min(max(held + moved, 1), 5)

    def facts(self, scene: Scene) -> Facts:
        priority = self.priority(scene)
        return scene.facts if priority == scene.facts.priority else replace(scene.facts, priority=priority)


def _cell(matrix: Matrix, impact: int, urgency: int) -> int:
    """A level that is not on this matrix counts as its lowest."""
    return matrix.cells[min(impact, matrix.size), min(urgency, matrix.size)]
