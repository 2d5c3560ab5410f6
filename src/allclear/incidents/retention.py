"""What is due under the retention policy, read from the tables: the same rule as `domain.retention`, as one query.

The query finds; the verb asks the rule again under the lock before it erases anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import above, below
from allclear.catalog import queries as catalog
from allclear.domain.retention import Facts, Part, Retention, Rule
from allclear.domain.terms import ENDED
from allclear.incidents.models import Attachment, Content, Incident, InternalNote, PublicReply

TABLES: Mapping[Part, type[Any]] = {
    Part.TEXTS: Content,
    Part.REPLIES: PublicReply,
    Part.NOTES: InternalNote,
    Part.FILES: Attachment,
}


def facts_of(row: Incident) -> Facts:
    """What the rule may ask of an incident."""
    node = catalog.category(row.category_id)
    ends = [at for at in (row.closed_at, row.cancelled_at) if at]
    return Facts(
        kind=row.kind,
        status=row.status,
        ended_at=max(ends) if ends else None,
        priority=row.priority,
        base_class=node.base_class if node else "",
        category_path=node.path if node else (),
        organisation_path=above(row.organisation_id),
        is_held=row.retention_hold_at is not None,
    )


def due(policy: Retention, now: datetime) -> QuerySet[Incident]:
    """The incidents of which something is due and not erased yet."""
    rows = _ended()
    wanted = Q(pk__in=[])
    for part in Part:
        if (over := _over(policy, part, now)) is not None:
            wanted |= over & _has(part)
    return rows.filter(wanted)


def over(policy: Retention, part: Part, now: datetime) -> QuerySet[Incident]:
    """The incidents that have ended and whose span for a part is over, whether or not anything of it is left."""
    wanted = _over(policy, part, now)
    return _ended().filter(wanted) if wanted is not None else Incident.objects.none()


@dataclass(frozen=True, slots=True)
class PartDue:
    """How much of one part would go: rows, and the incidents that have them."""

    part: Part
    rows: int
    incidents: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a policy would erase if it ran now, of what the viewer may see."""

    incidents: int = 0
    ended_before: datetime | None = None  # the youngest of them ended then
    oldest: datetime | None = None
    held: int = 0  # due by their age, and kept by a legal hold
    parts: Sequence[PartDue] = field(default_factory=tuple)

    def as_data(self) -> dict[str, Any]:
        parts = {str(p.part): {"rows": p.rows, "incidents": p.incidents} for p in self.parts}
        return {
            "incidents": self.incidents,
            "oldest_end": self.oldest,
            "newest_end": self.ended_before,
            "held": self.held,
            "parts": parts,
        }


def preview(viewer: Viewer, policy: Retention, now: datetime) -> Preview:
    """Count what is due, without touching it. Counts only what the viewer may see, as every other count does."""
    viewer.require("policy.read")
    seen = Incident.objects.visible_to(viewer)
    rows = due(policy, now).filter(pk__in=seen.values("pk")).order_by()
    span = rows.aggregate(first=Min("ended_at"), last=Max("ended_at"))
    parts = []
    for part in Part:
        over = _over(policy, part, now)
        if over is None:
            continue
        found = _ended().filter(over & _has(part), pk__in=seen.values("pk")).order_by()
        kept = TABLES[part].objects.filter(erased_at=None, incident__in=found.values("pk"))
        parts.append(PartDue(part, kept.count(), found.count()))
    return Preview(rows.count(), span["last"], span["first"], _held(policy, seen, now), tuple(parts))


def _held(policy: Retention, seen: QuerySet[Incident], now: datetime) -> int:
    wanted = Q(pk__in=[])
    for part in Part:
        if (over := _over(policy, part, now)) is not None:
            wanted |= over & _has(part)
    return _ended(is_held=True).filter(wanted, pk__in=seen.values("pk")).count()


def _ended(*, is_held: bool = False) -> QuerySet[Incident]:
    rows = Incident.objects.filter(status__in=ENDED, retention_hold_at__isnull=not is_held)
    return rows.annotate(ended_at=Greatest("closed_at", "cancelled_at"))  # PostgreSQL passes over what is empty


def _has(part: Part) -> Q:
    return Q(Exists(TABLES[part].objects.filter(incident=OuterRef("pk"), erased_at=None)))


def _over(policy: Retention, part: Part, now: datetime) -> Q | None:
    """The incidents whose span for a part is over; None when the policy keeps it forever everywhere."""
    wanted: Q | None = None
    rest = Q()
    for rule in policy.rules:
        fits = _fits(rule)
        if (span := rule.keep.get(part)) is not None:
            over = rest & fits & Q(ended_at__lte=now - span)
            wanted = over if wanted is None else wanted | over
        rest &= ~fits
    if (span := policy.keep.get(part)) is not None:
        over = rest & Q(ended_at__lte=now - span)
        wanted = over if wanted is None else wanted | over
    return wanted


def _fits(rule: Rule) -> Q:
    """`Rule.fits` as a condition. A rule without conditions fits all."""
    fits = Q(pk__isnull=False)
    if rule.kinds:
        fits &= Q(kind__in=sorted(rule.kinds))
    if rule.priorities:
        fits &= Q(priority__in=sorted(rule.priorities))
    tree = catalog.category_tree.get().values() if rule.base_classes or rule.category_ids else ()
    if rule.base_classes:
        fits &= Q(category__in=[node.id for node in tree if node.base_class in rule.base_classes])
    if rule.category_ids:
        fits &= Q(category__in=[node.id for node in tree if rule.category_ids & set(node.path)])
    if rule.organisation_ids:
        fits &= Q(organisation__in=sorted(below(sorted(rule.organisation_ids))))
    return fits
