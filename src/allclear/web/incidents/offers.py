"""Which verbs a page offers: only what lifecycle and rights allow, the next sensible one first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.accounts.permissions import Viewer
from allclear.catalog.policies import in_force
from allclear.domain.handover import is_offered as is_handed_over
from allclear.domain.handover import may_answer, may_withdraw
from allclear.domain.incident import completeness
from allclear.domain.lifecycle import SENIOR, is_allowed, require_reopen
from allclear.domain.terms import Status
from allclear.incidents.models import Incident
from allclear.kernel.errors import Refused
from allclear.slas.queries import is_newer
from allclear.web.incidents.verbs import BAR, OFFER, VERBS, Spec


@dataclass(frozen=True, slots=True)
class Button:
    """A verb as it is drawn. `disabled` is the reason why it cannot be used just now."""

    name: str
    label: str
    key: str
    url: str
    how: str
    icon: str
    style: str = ""
    disabled: str = ""


def is_offered(name: str, spec: Spec, row: Incident, viewer: Viewer, now: datetime) -> bool:
    """Whether it exists for this person and this incident."""
    if not viewer.may(spec.permission) or not is_allowed(spec.verb, row.status):
        return False
    if not viewer.is_staff and not (spec.for_requester and _is_own(name, row, viewer)):
        return False
    if viewer.is_staff and name in ("works", "fails"):
        return False
    return _makes_sense(name, row, viewer, now)


def _is_own(name: str, row: Incident, viewer: Viewer) -> bool:
    """A colleague may follow and attach; only the person concerned confirms."""
    return name in ("watch", "unwatch", "attach") or viewer.user_id in (row.requester_id, row.on_behalf_of_id)


def _makes_sense(name: str, row: Incident, viewer: Viewer, now: datetime) -> bool:
    if name in ("accept_handover", "refuse_handover"):
        return may_answer(row, viewer.team_ids)
    if name == "withdraw_handover":
        is_asked = may_answer(row, viewer.team_ids) and row.team_id not in viewer.team_ids
        return not is_asked and may_withdraw(row, viewer.user_id, viewer.roles, viewer.team_ids)
    if name == "hand_over":
        return not is_handed_over(row)
    if name == "accept":
        if may_answer(row, viewer.team_ids):
            return False  # they answer the offer first
        return row.status != Status.IN_PROGRESS or row.assignee_id is None
    if name == "acknowledge":
        return row.acknowledged_at is None
    if name == "rebase":
        return row.promised_at is None or is_newer(row.promised_at, now)
    if name in ("place_retention_hold", "lift_retention_hold"):
        return (row.retention_hold_at is not None) == (name == "lift_retention_hold")
    if name in ("watch", "unwatch"):
        return (viewer.user_id in row.watcher_ids) == (name == "unwatch")
    if name in ("verify", "works"):
        return row.verified_at is None
    if name == "reopen":
        return _may_reopen(row, viewer, now)
    if name == "follow_up":
        return row.merged_into_id is None
    return name != "fails" or row.verified_at is None


def _may_reopen(row: Incident, viewer: Viewer, now: datetime) -> bool:
    if row.merged_into_id or (not viewer.is_staff and row.verified_at is None):
        return False  # a requester says "it still does not work" while it waits for their word
    try:
        require_reopen(
            in_force().lifecycle,
            status=row.status,
            roles=viewer.roles,
            resolved_at=row.resolved_at,
            closed_at=row.closed_at,
            now=now,
        )
    except Refused:
        return False
    return True


def buttons(row: Incident, viewer: Viewer, now: datetime, *, open_tasks: int = 0) -> tuple[list[Button], list[Button]]:
    """The bar, and what is under "More"."""
    offered = {
        name: spec for name, spec in VERBS.items() if name not in OFFER and is_offered(name, spec, row, viewer, now)
    }
    names = (
        [n for n in BAR if n in offered] if viewer.is_staff else [n for n in offered if n not in ("watch", "unwatch")]
    )
    names.sort(key=lambda name: name != _next(row, viewer, names))
    is_asked = may_answer(row, viewer.team_ids)  # then accepting the offer is the next thing to do
    bar = [
        _button(n, offered[n], row, "primary" if i == 0 and n != "attach" and not is_asked else "", open_tasks)
        for i, n in enumerate(names)
    ]
    more = [_button(n, s, row, s.style, open_tasks) for n, s in offered.items() if n not in names]
    return bar, more


def answers(row: Incident, viewer: Viewer, now: datetime) -> list[Button]:
    """The buttons beside a hand-over that waits for an answer."""
    names = [name for name in OFFER if is_offered(name, VERBS[name], row, viewer, now)]
    return [_button(n, VERBS[n], row, "primary" if n == "accept_handover" else "", 0) for n in names]


def _asks_for_follow_up(row: Incident) -> bool:
    return row.priority in completeness.FOLLOWED_UP and row.followed_up_at is None


def _next(row: Incident, viewer: Viewer, names: list[str]) -> str:
    """The verb that is most likely wanted now."""
    if row.coordinator_called_at and viewer.roles & SENIOR and "assign" in names:
        return "assign"  # the coordinator decides which team has it
    wanted = {
        Status.NEW: ("accept",),
        Status.ASSIGNED: ("accept",) if row.assignee_id in (None, viewer.user_id) else ("assign",),
        Status.IN_PROGRESS: ("resolve",),
        Status.ON_HOLD: ("resume",),
        Status.RESOLVED: ("works",) if not viewer.is_staff else ("close",) if row.verified_at else ("verify",),
        Status.CLOSED: ("follow_up",) if _asks_for_follow_up(row) else ("reopen",),
    }.get(Status(row.status), ())
    return next((name for name in wanted if name in names), names[0] if names else "")


def _button(name: str, spec: Spec, row: Incident, style: str, open_tasks: int) -> Button:
    url = reverse("incidents:verb", args=[row.number, name.replace("_", "-")])
    is_direct = spec.form is None
    label = str(spec.label)
    if name == "convert":
        label = _("Make it a service request") if row.kind == "incident" else _("Make it an incident")
    blocked = ""
    if name == "resolve" and open_tasks:
        blocked = ngettext(
            "{count} task is still open. Finish or cancel first.",
            "{count} tasks are still open. Finish or cancel first.",
            open_tasks,
        ).format(count=open_tasks)
    return Button(
        name, label, spec.key, f"{url}?version={row.version}" if is_direct else url, "post" if is_direct else "dialog",
        spec.icon, style, blocked,
    )  # fmt: skip
