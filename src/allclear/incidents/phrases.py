"""An event as a sentence: what happened, in the words of the glossary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from allclear.catalog.policies import in_force
from allclear.domain.terms import LinkKind, label
from allclear.kernel.models import Event

if TYPE_CHECKING:
    from allclear.incidents.timeline import Sources

RULES = {
    "priority_matrix": "Priority matrix", "routing": "Routing", "lifecycle": "Lifecycle", "cascade": "Cascade",
    "retention": "Retention",
}  # fmt: skip
ICONS: Mapping[str, str] = {
    "logged": "inbox",
    "prioritised": "flag", "routed": "users", "assigned": "user-plus", "handed_over": "users", "accepted": "play",
    "acknowledged": "eye", "held": "pause", "resumed": "play", "edited": "pencil", "categorised": "tag",
    "attached": "paperclip", "related": "link", "unrelated": "link", "parent_linked": "git-branch",
    "parent_unlinked": "git-branch", "merged": "merge", "duplicate_merged": "merge", "task_added": "list-checks",
    "task_finished": "check", "task_reopened": "rotate-ccw", "task_cancelled": "x", "task_changed": "list-checks",
    "responder_added": "user-plus", "responder_removed": "user", "watcher_added": "eye", "watcher_removed": "eye-off",
    "workaround_found": "life-buoy", "resolved": "check", "verified": "circle-check", "verification_failed": "circle-x",
    "closed": "lock", "closed_automatically": "lock", "reopened": "rotate-ccw", "cancelled": "ban",
    "followed_up": "clipboard-check", "converted": "refresh-cw", "cascaded": "git-branch", "imported": "download",
    "handover_offered": "users", "handover_accepted": "check", "handover_refused": "undo-2",
    "handover_withdrawn": "x", "handover_unanswered": "hourglass", "coordinator_called": "megaphone",
    "texts_erased": "trash-2", "retention_held": "shield", "retention_released": "shield",
}  # fmt: skip

FIELDS: Mapping[str, str] = {
    "offered_team_id": "offered to team", "offered_to_id": "offered to", "offered_by_id": "offered by",
    "team_id": "team", "assignee_id": "assignee", "service_id": "service", "organisation_id": "organisation",
    "supplier_id": "supplier", "requester_id": "requester", "on_behalf_of_id": "affected person",
    "category_id": "category", "security_class_id": "security class", "is_impending": "impending",
    "predicted_impact_at": "predicted impact", "occurred_at": "occurred", "detected_at": "detected",
    "cause_code": "cause", "resolution_code": "resolution code", "downtime_minutes": "downtime in minutes",
    "has_data_loss": "data loss", "hold_reason": "waits for", "hold_until": "hold until", "custom": "custom fields",
    "process_effectiveness": "handling was effective",
    "is_cascade_opted_out": "not resolved with its parent", "parent_id": "parent", "restored_at": "restored",
}  # fmt: skip
LINKS: Mapping[str, str] = {
    LinkKind.RELATED: "related to", LinkKind.DUPLICATE_OF: "duplicate of", LinkKind.HAS_DUPLICATE: "has the duplicate",
    LinkKind.SPLIT_FROM: "split from", LinkKind.SPLIT_INTO: "split into", LinkKind.CAUSED_BY: "caused by",
    LinkKind.CAUSES: "causes",
}  # fmt: skip
CHANNELS: Mapping[str, str] = {
    "portal": "through the portal", "phone": "by phone", "email": "by e-mail", "chat": "by chat",
    "walk_up": "at the desk", "monitoring": "from monitoring", "api": "over the API", "import": "through an import",
}  # fmt: skip


def field_label(name: str) -> str:
    """A field for the eye, in lower case."""
    return FIELDS.get(name) or name.removesuffix("_id").removesuffix("_at").replace("_", " ")


def value_words(name: str, value: Any, sources: Sources) -> str:
    """A value of a field for the eye; "nothing" when it is empty."""
    if value in (None, "", {}, []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "parent_id":
        return sources.numbers.get(value, "another incident")
    if name.endswith("_id"):
        return sources.names.of(name, value) or "unknown"
    if name == "priority":
        return f"P{value}"
    if name in ("impact", "urgency"):
        levels = in_force().matrix.impacts if name == "impact" else in_force().matrix.urgencies
        return next((level.name for level in levels if level.value == value), str(value))
    if name == "hold_until" or name.endswith("_at"):
        return instant_words(value)
    if name == "custom" and isinstance(value, dict):
        return ", ".join(f"{key} {v}" for key, v in value.items())
    return label(str(value)).lower() if name.endswith(("_code", "reason", "channel")) else str(value)


def instant_words(value: str | datetime) -> str:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return date_format(timezone.localtime(at), "D j M Y, H:i")


def span_words(seconds: float) -> str:
    """A span of time: 45 s, 7 min, 3 h 20 min, 2 d 4 h."""
    if seconds < 60:
        return f"{int(seconds)} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


Phrase = Callable[[Event, "Sources"], str]


def _new(event: Event, name: str) -> Any:
    return event.data.get("changes", {}).get(name, [None, None])[1]


def _logged(event: Event, sources: Sources) -> str:
    how = CHANNELS.get(sources.row.channel, "")
    requester = sources.row.requester_id
    if requester and requester != event.actor_id:
        return f"logged for {sources.names.person(requester)} {how}".rstrip()
    return f"reported {how}".rstrip()


def _to(event: Event, sources: Sources) -> str:
    changes = event.data.get("changes", {})
    team = sources.names.team(_new(event, "team_id")) if "team_id" in changes else ""
    person = sources.names.person(_new(event, "assignee_id")) if "assignee_id" in changes else ""
    if not team and not person:
        return "nobody"
    return ", ".join(part for part in (team, person) if part)


def _since(event: Event, sources: Sources) -> str:
    begun = sources.row.logged_at
    seconds = (event.occurred_at - begun).total_seconds()
    return f" after {span_words(seconds)}" if seconds > 0 else ""


def _held(event: Event, sources: Sources) -> str:
    until = _new(event, "hold_until")
    reason = _new(event, "hold_reason") or sources.row.hold_reason
    words = f"put it on hold, waiting for {_waits(reason)}" if reason else "changed the hold"
    return words + (f" until {instant_words(until)}" if until else "")


def _waits(reason: str) -> str:
    words = {"requester": "the requester", "supplier": "the supplier", "change": "a change", "problem": "a problem"}
    return words.get(reason, reason)


def _edited(event: Event, sources: Sources) -> str:
    changes = {n: pair for n, pair in event.data.get("changes", {}).items() if n != "last_progress_at"}
    parts = [
        f"{field_label(name)} from {value_words(name, old, sources)} to {value_words(name, new, sources)}"
        for name, (old, new) in changes.items()
    ]
    parts += [f"the {label(slot).lower()}" for slot in event.data.get("texts", {})]
    if any("ci_ids" in event.data.get(part, {}) for part in ("added", "removed")):
        parts.append("the configuration items")
    return "changed " + (", ".join(parts) or "nothing")


def _resolved(event: Event, sources: Sources) -> str:
    code = label(str(_new(event, "resolution_code") or "")).lower()
    cascade = ", with its parent" if event.data.get("cascaded_from") else ""
    return f"resolved it{_since(event, sources)}{f': {code}' if code else ''}{cascade}"


def _link(event: Event, sources: Sources) -> str:
    part = "added" if event.data.get("added") else "removed"
    links = event.data.get(part, {}).get("links", [])
    words = [f"{LINKS.get(k, k)} {sources.numbers.get(other, 'another incident')}" for k, other in links]
    return ("linked it: " if part == "added" else "removed the link: ") + ", ".join(words)


def _member(event: Event, sources: Sources) -> str:
    field, word = ("responder_ids", "responder") if "responder" in event.kind else ("watcher_ids", "watcher")
    part = "added" if event.kind.endswith("added") else "removed"
    members = event.data.get(part, {}).get(field, [])
    if members == [event.actor_id]:
        return "watches it" if part == "added" else "watches it no longer"
    return f"{part} {', '.join(map(sources.names.person, members))} as {word}"


def _task(event: Event, sources: Sources) -> str:
    words = {"task_added": "added the task", "task_finished": "finished", "task_reopened": "opened again"}
    words |= {"task_cancelled": "cancelled the task", "task_changed": "changed the task"}
    titles = [sources.tasks.get(task["id"], "a task") for task in event.data.get("tasks", [])]
    return f"{words[event.kind]} “{'”, “'.join(titles)}”"


def _weighed(event: Event, _: Sources) -> str:
    words = str(event.trace[0]["summary"]) if event.trace else f"priority is P{_new(event, 'priority')}"
    return words if event.position <= 3 else f"weighed it anew: {words}"


def _routed(event: Event, sources: Sources) -> str:
    return str(event.trace[0]["summary"]) if event.trace else f"routed to {_to(event, sources)}"


def _summary(event: Event) -> str:
    """The sentence of the rule that decided."""
    return str(event.trace[0]["summary"]) if event.trace else label(event.kind).lower()


def _offered(event: Event, sources: Sources) -> str:
    team, person = sources.names.team(_new(event, "offered_team_id")), _new(event, "offered_to_id")
    if person:
        words = gettext("offered it to %(team)s, asking for %(person)s")
        return words % {"team": team, "person": sources.names.person(person)}
    return gettext("offered it to %(team)s") % {"team": team}


def _answered(event: Event, sources: Sources) -> str:
    """Refused or withdrawn: the team that it was offered to stands in the old value."""
    team = sources.names.team(event.data.get("changes", {}).get("offered_team_id", [None])[0])
    if event.kind == "handover_withdrawn":
        return gettext("withdrew the offer to %(team)s") % {"team": team}
    return gettext("refused it for %(team)s: it goes back to the sender") % {"team": team}


def _taken(event: Event, sources: Sources) -> str:
    team, person = sources.names.team(_new(event, "team_id")), _new(event, "assignee_id")
    if person and person != event.actor_id:
        words = gettext("accepted it for %(team)s and gave it to %(person)s")
        return words % {"team": team, "person": sources.names.person(person)}
    return gettext("accepted it for %(team)s") % {"team": team}


def _parent(event: Event, sources: Sources) -> str:
    parent = _new(event, "parent_id") or sources.row.parent_id
    return f"made it a child of {sources.numbers.get(parent or 0, 'another incident')}"


def _merged(event: Event, sources: Sources) -> str:
    return f"merged it into {sources.numbers.get(sources.row.merged_into_id or 0, 'another incident')}"


def _followed_up(event: Event, _: Sources) -> str:
    words = {
        "yes": "followed it up: the handling was effective",
        "partly": "followed it up: the handling was partly effective",
        "no": "followed it up: the handling was not effective",
    }
    return words.get(_new(event, "process_effectiveness"), "rewrote the follow-up")


def _erased(event: Event, _: Sources) -> str:
    """How much of what was emptied, and why."""
    counts = {key: event.data.get("erased", {}).get(key, 0) for key in ("texts", "replies", "notes", "files")}
    parts = [
        ngettext("%(count)s text", "%(count)s texts", counts["texts"]) % {"count": counts["texts"]},
        ngettext("%(count)s reply", "%(count)s replies", counts["replies"]) % {"count": counts["replies"]},
        ngettext("%(count)s note", "%(count)s notes", counts["notes"]) % {"count": counts["notes"]},
        ngettext("%(count)s file", "%(count)s files", counts["files"]) % {"count": counts["files"]},
    ]
    what = ", ".join(words for words, count in zip(parts, counts.values(), strict=True) if count)
    if event.data.get("because") == "person":
        return gettext("erased on request of the person: %(what)s") % {"what": what}
    return gettext("Erased under the retention rules: %(what)s") % {"what": what}


_STAFF: Mapping[str, Phrase] = {
    "logged": _logged, "prioritised": _weighed, "routed": _routed, "held": _held, "edited": _edited,
    "resolved": _resolved, "related": _link, "unrelated": _link, "duplicate_merged": _link, "merged": _merged,
    "parent_linked": _parent, "responder_added": _member, "responder_removed": _member, "watcher_added": _member,
    "watcher_removed": _member, "task_added": _task, "task_finished": _task, "task_reopened": _task,
    "task_cancelled": _task, "task_changed": _task,
    "acknowledged": lambda e, s: f"acknowledged{_since(e, s)}",
    "accepted": lambda e, s: f"accepted it and began{_since(e, s)}",
    "assigned": lambda e, s: f"assigned it to {_to(e, s)}",
    "handover_offered": _offered, "handover_accepted": _taken, "handover_refused": _answered,
    "handover_withdrawn": _answered, "handover_unanswered": lambda e, s: _summary(e),
    "coordinator_called": lambda e, s: _summary(e),
    "handed_over": lambda e, s: f"handed it over to {_to(e, s)}",
    "resumed": lambda e, s: "resumed the work" if e.actor_id else _summary(e),
    "cascaded": lambda e, s: _summary(e),
    "replied": lambda e, s: "replied to the requester" if e.actor_id != s.row.affected_id else "replied",
    "noted": lambda e, s: "internal note, seen by staff only",
    "categorised": lambda e, s: f"categorised it as {s.names.category(_new(e, 'category_id')) or 'unknown'}",
    "parent_unlinked": lambda e, s: "removed it from its parent",
    "workaround_found": lambda e, s: "found a workaround" + (", service is back" if _new(e, "restored_at") else ""),
    "verified": lambda e, s: "verified that it works",
    "verification_failed": lambda e, s: "found that it still does not work",
    "closed": lambda e, s: "closed it",
    "closed_automatically": lambda e, s: "Closed by itself: nobody objected",
    "followed_up": _followed_up,
    "reopened": lambda e, s: "reopened it",
    "cancelled": lambda e, s: "cancelled it",
    "texts_erased": _erased,
    "retention_held": lambda e, s: gettext("placed a legal hold: nothing is erased"),
    "retention_released": lambda e, s: gettext("lifted the legal hold: the retention rules apply again"),
    "imported": lambda e, s: "updated it in the system it came from",
    "converted": lambda e, s: f"made it {'an incident' if _new(e, 'kind') == 'incident' else 'a service request'}",
}  # fmt: skip


def staff(event: Event, sources: Sources, file: str = "") -> str:
    """The sentence for staff; reads after the actor's name."""
    if event.kind == "attached":
        return f"attached {file or 'a file'}"
    if phrase := _STAFF.get(event.kind):
        return phrase(event, sources)
    if event.trace:
        return str(event.trace[0]["summary"])
    has_changes = bool(set(event.data.get("changes", {})) - {"last_progress_at"})
    return _edited(event, sources) if has_changes else label(event.kind).lower()


_REQUESTER: Mapping[str, str] = {
    "acknowledged": "has seen your report",
    "accepted": "is working on it",
    "resumed": "is working on it again",
    "resolved": "says it is solved",
    "verified": "confirmed that it works",
    "verification_failed": "said that it still does not work",
    "closed": "closed it",
    "closed_automatically": "Closed, because nobody objected",
    "reopened": "opened it again",
    "cancelled": "cancelled it",
    "merged": "joined it with another report about the same fault",
    "converted": "filed it as another kind of report",
    "replied": "wrote",
}


def requester(event: Event, sources: Sources, file: str = "") -> str:
    """The sentence for the requester: plain words, nothing internal."""
    if event.kind == "logged":
        return _logged(event, sources)
    if event.kind == "attached":
        return f"attached {file}"
    if event.kind == "held":
        asked = _new(event, "hold_reason") == "requester"
        return "needs an answer from you" if asked else "is waiting for something before going on"
    return _REQUESTER.get(event.kind, "")
