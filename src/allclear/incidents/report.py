"""The closure report: everything that is known of an incident as one document, the same for page, PDF and JSON."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_lazy

from allclear.accounts.permissions import Viewer
from allclear.domain.incident import completeness
from allclear.domain.terms import ENDED, TaskStatus, label
from allclear.incidents import panels, report_promises, timeline
from allclear.incidents.gather import Gathered, Relative, code_names, gather, stands_on
from allclear.incidents.models import Incident
from allclear.incidents.path import Hop, hops_of
from allclear.incidents.projection import state_of
from allclear.incidents.wording import instant_words, span_words
from allclear.kernel.localised import localised

Data = dict[str, Any]
TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = Path(__file__).with_name("fonts")

_SPANS = (
    (gettext_lazy("Time to acknowledge"), "logged_at", "acknowledged_at"),
    (gettext_lazy("Time to restore"), "occurred_at", "restored_at"),
    (gettext_lazy("Time to resolve"), "logged_at", "resolved_at"),
    (gettext_lazy("Time to close"), "logged_at", "closed_at"),
)
_PEOPLE = (
    (gettext_lazy("Requester"), "requester_id"),
    (gettext_lazy("On behalf of"), "on_behalf_of_id"),
    (gettext_lazy("Logged by"), "logged_by_id"),
    (gettext_lazy("Acknowledged by"), "acknowledged_by_id"),
    (gettext_lazy("Assignee"), "assignee_id"),
    (gettext_lazy("Resolved by"), "resolved_by_id"),
    (gettext_lazy("Verified by"), "verified_by_id"),
    (gettext_lazy("Closed by"), "closed_by_id"),
)


def report_of(row: Incident, viewer: Viewer, now: datetime) -> Data:
    """The report as plain data, times as ISO 8601 in UTC beside words in the reader's zone.

    A requester gets what was told to them; notes, people of the desk, cause, cost and completeness are for staff.
    """
    gathered = gather(row, viewer)
    is_staff = viewer.may("incident.read_internal")
    shared = _shared(gathered, viewer, now, is_staff=is_staff)
    return shared | (_internal(gathered, viewer, now) if is_staff else {})


def _shared(gathered: Gathered, viewer: Viewer, now: datetime, *, is_staff: bool) -> Data:
    row, words = gathered.row, gathered.words
    if is_staff:
        entries = timeline.for_staff(gathered.events, gathered.sources)
    else:
        entries = timeline.for_requester(gathered.events, gathered.sources, viewer.user_id)
    return {
        "number": row.number,
        "title": row.title,
        "kind": localised(label(row.kind)),
        "status": localised(label(row.status)),
        "is_draft": row.status not in ENDED,
        "generated_at": _at(now),
        "zone": timezone.get_current_timezone_name(),
        "description": words.slot("description"),
        "service": row.service.name if row.service else "",
        "organisation": row.organisation.name if row.organisation else "",
        "location": row.location,
        "channel": localised(label(row.channel)) if row.channel else "",
        "answers": [{"question": q, "answer": a} for q, a in panels.answers(words)],
        "times": [_time(i, is_staff) for i in panels.instants(row, gathered.names)],
        "spans": _spans(row),
        "resolution": {"code": row.resolution_code, "name": _code(row, "resolution"), "text": words.slot("resolution")},
        "timeline": [_line(entry) for entry in entries],
        "attachments": [{"name": a.name, "bytes": a.size, "sha256": a.sha256} for a in gathered.attachments],
        "completeness": None,
    }


def _internal(gathered: Gathered, viewer: Viewer, now: datetime) -> Data:
    row, names, words = gathered.row, gathered.names, gathered.words
    cis, impacted = stands_on(row, viewer)
    facts = dict(panels.facts(row, names))
    people = [
        {"role": str(role), "name": names.person(getattr(row, field))} for role, field in _PEOPLE if getattr(row, field)
    ]
    people += [{"role": gettext("Responder"), "name": names.person(pk)} for pk in row.responder_ids]
    return {
        "facts": [{"name": name, "value": value} for name, value in facts.items()],
        "priority": row.priority,
        "why": _why(gathered),
        "configuration_items": [ci.name for ci in cis],
        "affected": [item.name for item in impacted],
        "team": names.team(row.team_id),
        "path": [_hop(hop) for hop in hops_of(gathered, now)],
        "people": people,
        "promises": report_promises.promises(row, now),
        "cause": {"code": row.cause_code, "name": _code(row, "cause")},
        "diagnosis": words.slot("diagnosis"),
        "workaround": words.slot("workaround"),
        "permanent_fix": words.slot("permanent_fix"),
        "verification": {"at": _at(row.verified_at), "note": words.slot("verification")},
        "cost_and_harm": [{"name": n, "value": v} for n, v in panels.cost(row)],
        "harm": words.slot("harm"),
        "follow_up": _follow_up(gathered),
        "tasks": [
            {"title": t.title, "status": localised(label(t.status)), "is_open": t.status == TaskStatus.OPEN}
            for t in gathered.tasks
        ],
        "links": [_link(relative) for relative in gathered.relatives],
        "completeness": _completeness(gathered),
    }


def _link(relative: Relative) -> Data:
    other = relative.incident
    status = localised(label(other.status))
    return {"how": relative.how, "number": other.number, "title": other.title, "status": status}


def _completeness(gathered: Gathered) -> Data:
    """The score kept at closure, else that of now; and what it is made of."""
    kept, found = gathered.row.completeness, completeness.of(state_of(gathered.row, gathered.tasks))
    items = [{"name": localised(i.name), "is_there": i.is_there, "hint": localised(i.hint)} for i in found.items]
    return {"score": found.score if kept is None else kept, "items": items}


def _hop(hop: Hop) -> Data:
    """A team on the path: `outcome` is empty for one that had it, else how the offer to it ended."""
    names = ("team", "outcome", "words", "who", "reason")
    return {name: getattr(hop, name) for name in names} | {"at": _at(hop.at)}


def _follow_up(gathered: Gathered) -> Data | None:
    said = panels.follow_up(gathered.row, gathered.names, gathered.words)
    if said is None:
        return None
    return {
        "effectiveness": said.effectiveness,
        "improvement": said.improvement,
        "documents": said.documents,
        "who": said.who,
        "at": _at(said.at),
    }


def _code(row: Incident, list_: str) -> str:
    key = row.resolution_code if list_ == "resolution" else row.cause_code
    return code_names(row).get((list_, key), localised(label(key))) if key else ""


def _why(gathered: Gathered) -> list[str]:
    found = [timeline.newest_trace(gathered.events, rule) for rule in ("priority_matrix", "routing")]
    return [str(trace["summary"]) for trace in found if trace]


def _at(at: datetime | None) -> Data | None:
    return (
        {"iso": at.astimezone(timezone.get_default_timezone()).isoformat(), "words": instant_words(at)} if at else None
    )


def _time(item: panels.Instant, is_staff: bool) -> Data:
    return {"name": item.label, "at": _at(item.at), "span": item.span, "who": item.who if is_staff else ""}


def _spans(row: Incident) -> list[Data]:
    """Real time between two instants; to restore counts from when it occurred, or from when it was detected."""
    found: list[Data] = []
    for name, begin, end in _SPANS:
        begun = getattr(row, begin) or (row.detected_at if begin == "occurred_at" else None)
        ended = getattr(row, end)
        seconds = (ended - begun).total_seconds() if begun and ended else None
        shown = span_words(max(0, seconds)) if seconds is not None else ""
        found.append({"name": str(name), "seconds": seconds, "words": shown})
    return found


def _line(entry: timeline.Entry) -> Data:
    return {
        "at": _at(entry.at),
        "kind": entry.kind,
        "who": entry.actor,
        "what": entry.summary,
        "text": entry.body,
    }


def _headings(data: Data) -> dict[str, str]:
    """What stands around the facts in the PDF, in the reader's language."""
    verified = data.get("verification", {}).get("at")
    complete = data.get("completeness") or {}
    return {
        "language": (get_language() or "en").split("-")[0],
        "draft": gettext("DRAFT: the incident has not ended yet"),
        "report": gettext("CLOSURE REPORT"),
        "made": gettext("made {when} ({zone})").format(when=data["generated_at"]["words"], zone=data["zone"]),
        "page": gettext("{page} of {pages}").format(page="{page}", pages="{pages}"),
        "what_happened": gettext("What happened"),
        "no_description": gettext("No description was written."),
        "service": gettext("Service"),
        "organisation": gettext("Organisation"),
        "location": gettext("Location"),
        "channel": gettext("Channel"),
        "kind": gettext("Kind"),
        "items": gettext("Items"),
        "affects": gettext("Affects"),
        "team": gettext("Team"),
        "why": gettext("Why"),
        "times": gettext("Times"),
        "instant": gettext("Instant"),
        "when": gettext("When"),
        "after_logging": gettext("After logging"),
        "by": gettext("By"),
        "path": gettext("Path from team to team"),
        "people": gettext("People"),
        "cause": gettext("Cause"),
        "workaround": gettext("Workaround"),
        "permanent_fix": gettext("Permanent fix"),
        "resolution": gettext("Resolution"),
        "verification": gettext("Verification"),
        "verified": gettext("Verified {when}.").format(when=verified["words"]) if verified else "",
        "cost_and_harm": gettext("Cost and harm"),
        "tasks": gettext("Tasks"),
        "links": gettext("Linked incidents"),
        "files": gettext("Files"),
        "completeness": gettext("Completeness: {score} %").format(score=complete.get("score", "")),
        "nothing_missing": gettext("Nothing is missing."),
        "timeline": gettext("Timeline"),
    } | report_promises.headings()


def pdf_of(data: Data) -> bytes:
    """The report as PDF. Everything goes in as JSON data, so no text can be read as markup."""
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=[FONTS] if FONTS.is_dir() else [],
        sys_inputs={"data": json.dumps({**data, "words": _headings(data)}, ensure_ascii=False)},
        format="pdf",
    )
