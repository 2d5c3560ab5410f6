"""An incident as a row of the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allclear.accounts import queries as people
from allclear.accounts.models import User
from allclear.catalog.policies import in_force
from allclear.domain.handover import is_offered
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.terms import HoldReason, Status, label
from allclear.domain.upkeep import Marks, NextAction, OwnerKind, marks, next_action
from allclear.incidents.models import Incident
from allclear.incidents.promised import Promise, foremost
from allclear.web.said import localised
from allclear.web.templatetags._words import inside_sentence

HOLDS = {
    HoldReason.REQUESTER: gettext_lazy("On hold: requester"),
    HoldReason.SUPPLIER: gettext_lazy("On hold: supplier"),
    HoldReason.CHANGE: gettext_lazy("On hold: a change"),
    HoldReason.PROBLEM: gettext_lazy("On hold: a problem"),
    HoldReason.EVIDENCE: gettext_lazy("On hold: evidence"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What a row shows besides the columns of the incident."""

    incident: Incident
    status_label: str
    about: str
    turn: str  # whose turn it is
    what: str  # what is to be done
    due_at: datetime | None
    marks: Marks
    offered: str = ""  # that an answer is asked of the reader's team, or that another team was asked
    bounced: str = ""
    promise: Promise | None = None  # that a list shows


def rows_of(
    found: Iterable[Incident],
    now: datetime,
    *,
    is_staff: bool = True,
    team_ids: frozenset[int] = frozenset(),
    promises: Mapping[int, Sequence[Promise]] = MappingProxyType({}),
) -> list[Row]:
    """`team_ids` are the reader's: an offer to one of these says so. `promises`: by incident."""
    policy = in_force().lifecycle
    return [
        row_of(
            incident, policy, now, is_staff=is_staff, team_ids=team_ids, promise=foremost(promises.get(incident.pk, ()))
        )
        for incident in found
    ]


def row_of(
    incident: Incident,
    policy: LifecyclePolicy,
    now: datetime,
    *,
    is_staff: bool = True,
    team_ids: frozenset[int] = frozenset(),
    promise: Promise | None = None,
) -> Row:
    action = next_action(incident, policy, now)
    return Row(
        incident=incident,
        status_label=status_label(incident) if is_staff else portal_label(incident),
        about=about(incident),
        turn=owner_name(incident, action),
        what=localised(action.what),
        due_at=action.due_at,
        marks=marks(incident, policy, now),
        offered=_offered(incident, team_ids),
        bounced=_bounced(incident),
        promise=promise,
    )


def _offered(incident: Incident, team_ids: frozenset[int]) -> str:
    if not is_offered(incident):
        return ""
    if incident.offered_team_id in team_ids:
        return _("offered to you")
    return _("offered to {team}").format(team=people.team_names.get().get(incident.offered_team_id or 0, ""))


def _bounced(incident: Incident) -> str:
    """That it went back, while it is open: later it is history."""
    times = incident.bounce_count if incident.is_open else 0
    return ngettext("bounced {count} time", "bounced {count} times", times).format(count=times) if times else ""


def status_label(incident: Incident) -> str:
    """The status in words; on hold says for what, merged says so."""
    if incident.status == Status.ON_HOLD and incident.hold_reason:
        return str(HOLDS[HoldReason(incident.hold_reason)])
    if incident.merged_into_id:
        return _("Merged")
    return ""


_PORTAL = {
    Status.NEW: gettext_lazy("Received"),
    Status.ASSIGNED: gettext_lazy("Received"),
    Status.IN_PROGRESS: gettext_lazy("Being worked on"),
    Status.RESOLVED: gettext_lazy("Solved"),
    Status.CLOSED: gettext_lazy("Done"),
    Status.CANCELLED: gettext_lazy("Withdrawn"),
}


def portal_label(incident: Incident) -> str:
    """The status as a requester reads it."""
    if incident.status == Status.ON_HOLD:
        return _("Waiting for you") if incident.hold_reason == HoldReason.REQUESTER else _("Waiting")
    return str(_PORTAL[Status(incident.status)])


def about(incident: Incident) -> str:
    affected = incident.on_behalf_of or incident.requester
    parts = [
        incident.service.name if incident.service else "",
        affected.name if affected else "",
        incident.organisation.name if incident.organisation else "",
        inside_sentence(localised(label(incident.channel))) if incident.channel else "",
    ]
    return " · ".join(part for part in parts if part)


def owner_name(incident: Incident, action: NextAction) -> str:
    """The owner of the next action by name; the row's own relations are enough for it."""
    if action.owner_kind == OwnerKind.PERSON:
        return _person_name(incident, action.owner_id)
    if action.owner_kind == OwnerKind.TEAM:
        return people.team_names.get().get(action.owner_id or 0) or _("A team")
    if action.owner_kind == OwnerKind.TEAM_LEAD:
        return _("Lead of {team}").format(team=people.team_names.get().get(action.owner_id or 0) or _("a team"))
    if action.owner_kind == OwnerKind.REQUESTER:
        reporter = next((p for p in (incident.on_behalf_of, incident.requester) if p and p.pk == action.owner_id), None)
        return reporter.name if reporter else _("The requester")
    if action.owner_kind == OwnerKind.SUPPLIER:
        return incident.supplier.name if incident.supplier else _("The supplier")
    return _("Incident manager") if action.owner_kind == OwnerKind.COORDINATORS else ""


def _person_name(incident: Incident, pk: int | None) -> str:
    """The assignee, or the coordinator who was called."""
    if incident.assignee and incident.assignee_id == pk:
        return incident.assignee.name
    return User.objects.filter(pk=pk or 0).values_list("name", flat=True).first() or _("Somebody")
