"""The page of an incident: everything on one screen."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.catalog.models import CustomField
from allclear.catalog.policies import in_force
from allclear.domain.handover import may_answer
from allclear.domain.incident import completeness
from allclear.domain.lifecycle import Verb, is_allowed
from allclear.domain.terms import TaskStatus
from allclear.domain.upkeep import marks, next_action
from allclear.incidents import panels, timeline
from allclear.incidents.gather import Gathered, code_names, gather, stands_on
from allclear.incidents.models import Incident
from allclear.incidents.path import hops_of, open_offer
from allclear.incidents.projection import state_of
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.incidents import offers
from allclear.web.incidents.common import find
from allclear.web.incidents.rows import owner_name, portal_label, status_label

LONGEST = 150  # events shown at first


@signed_in
def detail(request: Page, number: str) -> HttpResponse:
    row = find(request, number)
    body = "incidents/_incident.html" if request.viewer.is_staff else "incidents/_report_of_requester.html"
    context = context_of(request, row) | {"body_template": body}
    return render(request, body if wants_fragment(request) else "incidents/detail.html", context)


def context_of(request: Page, row: Incident) -> dict[str, Any]:
    """What the page shows. A requester's context is made apart: what is not read cannot leak."""
    gathered = gather(row, request.viewer)
    return _for_staff(request, gathered) if request.viewer.is_staff else _for_requester(request, gathered)


def _shared(request: Page, gathered: Gathered, entries: list[timeline.Entry]) -> dict[str, Any]:
    row, viewer = gathered.row, request.viewer
    open_tasks = sum(task.status == TaskStatus.OPEN for task in gathered.tasks)
    bar, more = offers.buttons(row, viewer, request.now, open_tasks=open_tasks)
    shown = entries if "all" in request.GET else entries[-LONGEST:]
    return {
        "incident": row,
        "status_label": status_label(row) if viewer.is_staff else portal_label(row),
        "bar": bar,
        "more": more,
        "entries": shown,
        "hidden_entries": len(entries) - len(shown),
        "files": gathered.attachments,
        "answers": panels.answers(gathered.words),
        "may_reply": viewer.may("incident.reply") and is_allowed(Verb.REPLY, row.status),
        "is_staff": viewer.is_staff,
        "report_url": reverse("incidents:report", args=[row.number]),
    }


def _for_staff(request: Page, gathered: Gathered) -> dict[str, Any]:
    row, names, viewer = gathered.row, gathered.names, request.viewer
    policy = in_force().lifecycle
    entries = timeline.for_staff(gathered.events, gathered.sources)
    cis, impacted = stands_on(row, viewer)
    action = next_action(row, policy, request.now)
    fields = list(CustomField.objects.filter(key__in=row.custom)) if row.custom else []
    return _shared(request, gathered, entries) | {
        "priority_why": timeline.newest_trace(gathered.events, "priority_matrix"),
        "routing_why": timeline.newest_trace(gathered.events, "routing"),
        "marks": marks(row, policy, request.now),
        "turn": owner_name(row, action),
        "offer": open_offer(gathered),
        "offer_for": _side(row, viewer),
        "offer_buttons": offers.answers(row, viewer, request.now),
        "path": hops_of(gathered, request.now),
        "next_action": action,
        "instants": panels.instants(row, names),
        "facts": panels.facts(row, names),
        "ending": panels.ending(row, code_names(row)),
        "custom": panels.custom(row, fields),
        "texts": {slot: gathered.words.slot(slot) for slot in ("diagnosis", "workaround", "permanent_fix", "harm")},
        "follow_up": panels.follow_up(row, names, gathered.words),
        "cis": cis,
        "impacted": impacted[:8],
        "impacted_more": impacted[8:],
        "responders": _people(names.users, row.responder_ids),
        "watchers": _people(names.users, row.watcher_ids),
        "tasks": gathered.tasks,
        "tasks_done": sum(task.status != TaskStatus.OPEN for task in gathered.tasks),
        "may_work": viewer.may("incident.work"),
        "may_tasks": viewer.may("incident.work") and is_allowed(Verb.FINISH_TASK, row.status),
        "may_note": viewer.may("incident.note"),
        "relatives": gathered.relatives,
        "completeness": completeness.of(state_of(row, gathered.tasks)),
        "readers": _readers(row),
    }


def _side(row: Incident, viewer: Viewer) -> str:
    """On which side of an open offer somebody stands: receiver, sender, or empty."""
    if may_answer(row, viewer.team_ids):
        return "receiver"
    is_sender = viewer.user_id in (row.assignee_id, row.offered_by_id) or row.team_id in viewer.team_ids
    return "sender" if is_sender else ""


def _people(users: Any, ids: list[int]) -> list[User]:
    return sorted((users[pk] for pk in ids if pk in users), key=lambda user: user.name)


def _readers(row: Incident) -> str:
    """Who reads a public reply, in words."""
    people = {p.pk: p.name for p in (row.requester, row.on_behalf_of) if p}
    watchers = len(set(row.watcher_ids) - people.keys())
    parts = list(people.values())
    if watchers:
        parts.append(ngettext("{count} watcher", "{count} watchers", watchers).format(count=watchers))
    if not parts:
        return _("Nobody outside the desk follows this yet. Name a requester or a watcher first.")
    return _("Read by {people}").format(people=get_text_list(parts, _("and")))


def _for_requester(request: Page, gathered: Gathered) -> dict[str, Any]:
    row, viewer = gathered.row, request.viewer
    entries = timeline.for_requester(gathered.events, gathered.sources, viewer.user_id)
    is_own = viewer.user_id in (row.requester_id, row.on_behalf_of_id)
    return _shared(request, gathered, entries) | {
        "is_own": is_own,
        "asks_for_answer": row.status == "on_hold" and row.hold_reason == "requester" and is_own,
        "asks_whether_it_works": row.status == "resolved" and not row.verified_at and is_own,
        "resolution": gathered.words.slot("resolution") if row.resolved_at else "",
    }
