"""The views that everybody has, such as "Assigned to me": what belongs to each, and how many, in one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from allclear.accounts.permissions import Viewer
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.terms import OPEN, HoldReason, Status
from allclear.incidents.models import Incident

IS_OPEN = Q(status__in=sorted(OPEN))


@dataclass(frozen=True, slots=True)
class Preset:
    """A view with a name; `query` is what the address says after `?`."""

    key: str
    label: str
    icon: str
    wanted: Q


def presets_for(viewer: Viewer, policy: LifecyclePolicy, now: datetime) -> list[Preset]:
    """The views of this person, in the order of the side bar."""
    open_, resolved = IS_OPEN, Q(status=Status.RESOLVED)
    if not viewer.is_staff:
        return [
            Preset("open", _("Open reports"), "inbox", open_),
            Preset(
                "answer", _("Waiting for you"), "message-square", _waits_for_requester() | (resolved & _unverified())
            ),
            Preset("done", _("Done"), "circle-check", ~open_),
        ]
    return [
        Preset("open", _("All open"), "inbox", open_),
        Preset("mine", _("Assigned to me"), "circle-user", open_ & Q(assignee=viewer.user_id)),
        Preset("teams", _("My teams"), "users", open_ & Q(team__in=sorted(viewer.team_ids))),
        Preset("offered", _("Offered to my teams"), "hand", open_ & Q(offered_team__in=sorted(viewer.team_ids))),
        Preset("nobody", _("Nobody yet"), "user-plus", open_ & Q(assignee=None)),
        Preset("requester", _("On hold: requester"), "circle-pause", _waits_for_requester()),
        Preset("verify", _("Resolved, to verify"), "clipboard-check", resolved & _unverified()),
        Preset("ageing", _("Stalled or ageing"), "hourglass", is_stalled(policy, now) | is_aged(policy, now)),
    ]


def _waits_for_requester() -> Q:
    return Q(status=Status.ON_HOLD, hold_reason=HoldReason.REQUESTER)


def _unverified() -> Q:
    return Q(verified_at=None)


def is_stalled(policy: LifecyclePolicy, now: datetime) -> Q:
    """As `domain.upkeep.marks` reckons it, for many rows at once."""
    still = Q(last_progress_at__lt=now - policy.stalled_after)
    return IS_OPEN & still & ~Q(status=Status.ON_HOLD, hold_until__gt=now)


def is_aged(policy: LifecyclePolicy, now: datetime) -> Q:
    return IS_OPEN & Q(logged_at__lt=now - policy.aged_after)


def counts(viewer: Viewer, presets: Sequence[Preset]) -> Mapping[str, int]:
    """How many incidents that the viewer may see belong to each; one query. "Done" is not counted: it only grows."""
    rows = Incident.objects.visible_to(viewer).filter(status__in=sorted({*OPEN, Status.RESOLVED})).order_by()
    counted = [p for p in presets if p.key != "done"]
    return rows.aggregate(**{p.key: Count("pk", filter=p.wanted) for p in counted})
