"""What there is of what an agreement names: what its checks are told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from allclear.accounts.models import Organisation, Team, User
from allclear.accounts.permissions import STAFF
from allclear.catalog.models import Category, Service
from allclear.domain import sla
from allclear.oncall.models import EscalationPolicy
from allclear.slas.models import AgreementVersion, BusinessCalendar
from allclear.slas.queries import agreement_of


def known_for(agreement: sla.Agreement, effective_at: datetime) -> sla.Known:
    """For an agreement that begins at an instant. `agreement.id` is left out of the hand-overs of the others."""
    whens = [target.when for target in agreement.targets]
    actions = [
        action for target in agreement.targets for threshold in target.thresholds for action in threshold.actions
    ]
    calendars = BusinessCalendar.objects.filter(
        pk__in={target.calendar_id for target in agreement.targets},
        is_active=True,
        versions__effective_at__lte=effective_at,
    )
    staff = User.objects.filter(is_active=True, roles__overlap=sorted(STAFF))
    policies = EscalationPolicy.objects.filter(is_active=True)
    teams = list(Team.objects.values_list("pk", "name", "tier", "is_active"))
    return sla.Known(
        calendars=_keys(calendars),
        parties=_parties(agreement),
        category_ids=_keys(Category.objects.filter(pk__in={key for when in whens for key in when.category_ids})),
        service_ids=_keys(Service.objects.filter(pk__in={key for when in whens for key in when.service_ids})),
        organisation_ids=_keys(
            Organisation.objects.filter(pk__in={key for when in whens for key in when.organisation_ids})
        ),
        people=_keys(staff.filter(pk__in={one.user_id for one in actions if one.user_id})),
        policies=_keys(policies.filter(pk__in={one.policy_id for one in actions if one.policy_id})),
        tiers={pk: tier for pk, _name, tier, is_active in teams if is_active},
        teams={pk: name for pk, name, _tier, _is_active in teams},
        hand_overs=_hand_overs(agreement.id) if agreement.kind == sla.AgreementKind.OLA else {},
    )


def newest_versions(kind: str = "") -> list[AgreementVersion]:
    """The last version of each agreement; it may begin later, or end it."""
    rows = AgreementVersion.objects.select_related("agreement").order_by("agreement_id", "-version")
    rows = rows.filter(agreement__kind=kind) if kind else rows
    return list(rows.distinct("agreement_id"))


def _parties(agreement: sla.Agreement) -> Collection[int]:
    if agreement.kind == sla.AgreementKind.OLA:
        return _keys(Team.objects.filter(pk__in=agreement.party_ids, is_active=True))
    rows = Organisation.objects.filter(pk__in=agreement.party_ids)
    return _keys(rows.filter(is_supplier=True) if agreement.kind == sla.AgreementKind.UC else rows)


def _hand_overs(without: int) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in newest_versions(sla.AgreementKind.OLA):
        if row.agreement_id != without and not row.is_ended:
            for team, to in sla.hand_overs(agreement_of(row)).items():
                found.setdefault(team, set()).update(to)
    return found


def _keys(rows: QuerySet[Any]) -> Collection[int]:
    return frozenset(rows.values_list("pk", flat=True))
