"""A person's own rules, and what they make of one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from allclear.accounts.models import User
from allclear.domain import notifying as rules
from allclear.notifications.models import ContactMethod, Profile


@dataclass(frozen=True, slots=True)
class Planned:
    """One message by one contact method, due at `at`."""

    method_id: int
    kind: str
    at: datetime
    why: str


def methods_for(user_id: int) -> list[rules.ContactMethod]:
    """The contact methods as the rules know them. A number without a gateway is as good as none."""
    rows = ContactMethod.objects.filter(user=user_id)
    unserved = set(rows.unserved().values_list("pk", flat=True))
    return [
        rules.ContactMethod(
            key=row.pk,
            kind=rules.MethodKind(row.kind),
            is_verified=row.verified_at is not None,
            is_enabled=row.is_enabled,
            is_bad=row.bad_since is not None or row.pk in unserved,
        )
        for row in rows.order_by("pk")
    ]


def rules_for(user_id: int, methods: Sequence[rules.ContactMethod]) -> rules.PersonalRules:
    """What the person has set; who has set nothing is paged at once by every method that works, loudest first."""
    row = Profile.objects.filter(user=user_id).first()
    return rules.rules_from(row.rules) if row and row.rules is not None else usual_rules(methods)


def usual_rules(methods: Sequence[rules.ContactMethod]) -> rules.PersonalRules:
    """At once by every method that works; notices by the first of them."""
    order = list(rules.MethodKind)
    working = sorted((one for one in methods if one.is_working), key=lambda one: (order.index(one.kind), one.key))
    at_once = tuple(rules.Rule(timedelta(), one.key) for one in working)
    return rules.PersonalRules(high=at_once, low=at_once[:1])


def plan_for(
    user: User, *, is_page: bool, priority: int | None, now: datetime, until: datetime | None = None
) -> list[Planned]:
    """When and by what a message reaches them. Empty: they cannot be reached, or want none of this kind.

    `until`: the message is worth nothing from then on, so that it does not wait for a digest that comes later.
    """
    methods = methods_for(user.pk)
    urgency = rules.Urgency.HIGH if is_page else rules.Urgency.LOW
    own = rules_for(user.pk, methods)
    found = rules.plan(own, methods, urgency, priority, now, user.time_zone)
    if until is not None and any(one.is_digest and one.at >= until for one in found.planned):
        found = rules.plan(replace(own, digest_at=None), methods, urgency, priority, now, user.time_zone)
    kinds = {one.key: str(one.kind) for one in methods}
    return [Planned(one.method, kinds[one.method], one.at, one.why) for one in found.planned]
