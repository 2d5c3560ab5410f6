"""The page of an incident: everything on one screen."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.catalog.policies import in_force
from allclear.domain.handover import may_answer
from allclear.domain.incident import completeness
from allclear.domain.lifecycle import Verb, is_allowed
from allclear.domain.terms import TaskStatus, label
from allclear.domain.upkeep import marks, next_action
from allclear.incidents import panels, timeline
from allclear.incidents.gather import Gathered, code_names, gather, stands_on
from allclear.incidents.models import Incident
from allclear.incidents.paging import KIND
from allclear.incidents.paging_words import woven
from allclear.incidents.path import hops_of, open_offer
from allclear.incidents.projection import state_of
from allclear.oncall.reading import paged_for
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.incidents import alerts, facts, offers, paging, promises, timelines, undo
from allclear.web.incidents.common import find
from allclear.web.incidents.files import is_picture
from allclear.web.incidents.rows import owner_name, portal_label, status_label
from allclear.web.oncall.beside import on_call_lines
from allclear.web.said import localised

TEXTS = ("description", "diagnosis", "workaround", "permanent_fix", "harm")
CARDS = (
    "alerts",
    "requester",
    "service",
    "people",
    "paging",
    "tasks",
    "relatives",
    "around",
    "files",
    "ending",
    "facts",
    "complete",
)


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
    return timelines.context(request, row, entries) | {
        "incident": row,
        "status_label": status_label(row) if viewer.is_staff else portal_label(row),
        "bar": bar,
        "verbs": {button.name: button for button in (*bar, *more)},
        "more": more,
        "undo": undo.offered(request, gathered),
        "files": gathered.attachments,
        "pictures": {file.pk for file in gathered.attachments if is_picture(file)},
        "folded": folded(request),
        "report_url": reverse("incidents:report", args=[row.number]),
        "answers": panels.answers(gathered.words),
        "may_reply": viewer.may("incident.reply") and is_allowed(Verb.REPLY, row.status),
        "is_staff": viewer.is_staff,
    }


def folded(request: Page) -> set[str]:
    """The cards beside the timeline that this person has closed on this device."""
    kept = request.COOKIES.get(f"cards-{request.viewer.user_id or 0}", "").split(".")
    return {name for name in kept if name in CARDS}


def _for_staff(request: Page, gathered: Gathered) -> dict[str, Any]:
    row, names, viewer = gathered.row, gathered.names, request.viewer
    policy = in_force().lifecycle
    paged = paged_for(KIND, row.pk)
    entries = woven(timeline.for_staff(gathered.events, gathered.sources), paged)
    action = next_action(row, policy, request.now)
    return (
        _shared(request, gathered, entries)
        | _explained(entries, gathered)
        | _known(request, gathered)
        | _beside(request, gathered)
        | {
            "marks": marks(row, policy, request.now),
            "turn": owner_name(row, action),
            "offer": open_offer(gathered),
            "offer_for": _side(row, viewer),
            "offer_buttons": offers.answers(row, viewer, request.now),
            "path": hops_of(gathered, request.now),
            "next_action": action,
            "instants": panels.instants(row, names),
            "texts": {slot: gathered.words.slot(slot) for slot in TEXTS},
            "follow_up": panels.follow_up(row, names, gathered.words),
            "may_note": viewer.may("incident.note"),
            "readers": _readers(row),
            "paging": paging.card(row, paged, viewer, request.now),
            "promises": promises.card(row, request.now),
            "alerts": alerts.card(row, gathered.events, viewer, request.now),
        }
    )


def _explained(entries: list[timeline.Entry], gathered: Gathered) -> dict[str, Any]:
    """Why priority, team and status are what they are."""
    weight, owner = ("priority", "impact", "urgency"), ("team_id",)
    return {
        "priority_why": timeline.why_of(weight, "priority_matrix", entries, gathered.events),
        "routing_why": timeline.why_of(owner, "routing", entries, gathered.events),
        "status_words": status_label(gathered.row) or localised(label(gathered.row.status)),
        "status_why": timeline.why_of(("status",), "lifecycle", entries, gathered.events),
        "is_described_anew": any("description" in e.data.get("texts", {}) for e in gathered.events[1:]),
    }


def _known(request: Page, gathered: Gathered) -> dict[str, Any]:
    """Every fact, and which of them this person may change."""
    row, viewer = gathered.row, request.viewer
    editing = facts.Editing(row, viewer, request.now)
    usual = facts.facts_of(row, gathered.names, editing)
    weights = ("impact", "urgency", "severity")
    own = facts.own_facts(row, editing)
    plain = [fact for fact in usual if fact.name not in weights]
    return {
        "edit": editing.all(),
        "weights": [fact for fact in usual if fact.name in weights],
        "facts": facts.known(plain),
        "own_facts": facts.known(own),
        "unsaid": facts.unknown([*plain, *own, *facts.unnamed(row, gathered.words, editing)]),
        "ending": panels.ending(row, code_names(row)),
    }


def _beside(request: Page, gathered: Gathered) -> dict[str, Any]:
    """The cards beside the timeline."""
    row, names, viewer = gathered.row, gathered.names, request.viewer
    cis, impacted = stands_on(row, viewer)
    affected = row.on_behalf_of or row.requester
    return {
        "cis": cis,
        "impacted": impacted[:6],
        "impacted_more": impacted[6:],
        "responders": _people(names.users, row.responder_ids),
        "watchers": _people(names.users, row.watcher_ids),
        "on_call": on_call_lines(viewer, row.team_id, request.now),
        "tasks": gathered.tasks,
        "tasks_done": sum(task.status != TaskStatus.OPEN for task in gathered.tasks),
        "may_work": viewer.may("incident.work"),
        "may_tasks": viewer.may("incident.work") and is_allowed(Verb.FINISH_TASK, row.status),
        "relatives": gathered.relatives,
        "completeness": completeness.of(state_of(row, gathered.tasks)),
        "local_time": _local_time(affected, request.now),
    }


def _local_time(who: User | None, now: datetime) -> str:
    """The hour where somebody is, when it is another than here."""
    try:
        there = now.astimezone(ZoneInfo(who.time_zone)) if who else None
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    if there is None or there.utcoffset() == timezone.localtime(now).utcoffset():
        return ""
    return time_format(there, "H:i")


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
        "happens_now": _happens_now(row),
        "promised": promises.to_requester(row, request.now) if row.is_open else "",
        "last_word_at": _last_word(gathered) if row.is_open else None,
        "asks_for_answer": row.status == "on_hold" and row.hold_reason == "requester" and is_own,
        "asks_whether_it_works": row.status == "resolved" and not row.verified_at and is_own,
        "resolution": gathered.words.slot("resolution") if row.resolved_at else "",
    }


def _last_word(gathered: Gathered) -> datetime | None:
    """When the service desk last wrote to the requester."""
    theirs = {gathered.row.requester_id, gathered.row.on_behalf_of_id}
    said = (e.occurred_at for e in reversed(gathered.events) if e.kind == "replied" and e.actor_id not in theirs)
    return next(said, None)


def _happens_now(row: Incident) -> str:
    """Where the report stands, in plain words."""
    if row.merged_into_id:
        return _("We had a report of the same trouble already. It goes on there, and you will hear how it ends.")
    return {
        "new": _("We have your report. Nobody has begun to work on it yet."),
        "assigned": _("We have your report. A team has it and will begin soon."),
        "in_progress": _("Somebody is working on it."),
        "on_hold": _("It waits for something that we asked for elsewhere. You need not do anything."),
        "resolved": _("It is solved."),
        "closed": _("It is solved and finished."),
        "cancelled": _("It was withdrawn. Nobody works on it."),
    }[row.status]
