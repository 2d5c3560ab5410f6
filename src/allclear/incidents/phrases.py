"""An event as a sentence: what happened, in the words of the glossary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, gettext_lazy, ngettext

from allclear.domain.incident.state import KEPT_ALONG
from allclear.domain.terms import in_sentence
from allclear.incidents import promise_phrases, sentences
from allclear.incidents.wording import LINKS, TEXTS, field_label, instant_words, span_words, value_words
from allclear.kernel.localised import localised, retold
from allclear.kernel.models import Event

if TYPE_CHECKING:
    from allclear.incidents.timeline import Sources

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
    "texts_erased": "trash-2", "contacted": "phone", "retention_held": "shield", "retention_released": "shield",
    "answer_found": "message-square", "threshold_reached": "timer", "rebased": "refresh-cw",
    "alerts_joined": "bell-ring", "alerts_cleared": "circle-check",
}  # fmt: skip

Phrase = Callable[[Event, "Sources"], str]


def _new(event: Event, name: str) -> Any:
    return event.data.get("changes", {}).get(name, [None, None])[1]


def _logged(event: Event, sources: Sources) -> str:
    requester = sources.row.requester_id
    if requester and requester != event.actor_id:
        template = sentences.LOGGED_FOR.get(sources.row.channel) or gettext_lazy("logged for {name}")
        return str(template).format(name=sources.names.person(requester))
    return str(sentences.REPORTED.get(sources.row.channel) or gettext_lazy("reported"))


def _to(event: Event, sources: Sources) -> str:
    changes = event.data.get("changes", {})
    team = sources.names.team(_new(event, "team_id")) if "team_id" in changes else ""
    person = sources.names.person(_new(event, "assignee_id")) if "assignee_id" in changes else ""
    return ", ".join(part for part in (team, person) if part) or gettext("nobody")


def _since(event: Event, sources: Sources) -> str:
    """How long after it was logged; empty when it was at once."""
    seconds = (event.occurred_at - sources.row.logged_at).total_seconds()
    return span_words(seconds) if seconds > 0 else ""


def _acknowledged(event: Event, sources: Sources) -> str:
    span = _since(event, sources)
    return gettext("acknowledged after {span}").format(span=span) if span else gettext("acknowledged")


def _accepted(event: Event, sources: Sources) -> str:
    span = _since(event, sources)
    return gettext("accepted it and began after {span}").format(span=span) if span else gettext("accepted it and began")


def _held(event: Event, sources: Sources) -> str:
    until = _new(event, "hold_until")
    reason = _new(event, "hold_reason") or sources.row.hold_reason
    template = (sentences.HELD_UNTIL if until else sentences.HELD).get(reason)
    if template is None:
        template = gettext_lazy("changed the hold until {until}") if until else gettext_lazy("changed the hold")
    return str(template).format(until=instant_words(until) if until else "")


def _edited(event: Event, sources: Sources) -> str:
    changes = {n: pair for n, pair in event.data.get("changes", {}).items() if n not in KEPT_ALONG}
    parts = [
        gettext("{field} from {old} to {new}").format(
            field=field_label(name), old=value_words(name, old, sources), new=value_words(name, new, sources)
        )
        for name, (old, new) in changes.items()
    ]
    parts += [str(TEXTS.get(slot, slot)) for slot in event.data.get("texts", {})]
    if any("ci_ids" in event.data.get(part, {}) for part in ("added", "removed")):
        parts.append(gettext("the configuration items"))
    return gettext("changed {what}").format(what=", ".join(parts)) if parts else gettext("changed nothing")


def _resolved(event: Event, sources: Sources) -> str:
    span, key = _since(event, sources), str(_new(event, "resolution_code") or "")
    code = (sources.names.code("resolution", key) or localised(in_sentence(key))) if key else ""
    if event.data.get("cascaded_from"):
        template = gettext("resolved it with its parent: {code}") if code else gettext("resolved it with its parent")
    elif span:
        template = gettext("resolved it after {span}: {code}") if code else gettext("resolved it after {span}")
    else:
        template = gettext("resolved it: {code}") if code else gettext("resolved it")
    return template.format(span=span, code=code)


def _link(event: Event, sources: Sources) -> str:
    part = "added" if event.data.get("added") else "removed"
    other = gettext("another incident")
    links = ", ".join(
        str(LINKS.get(kind, "{number}")).format(number=sources.numbers.get(pk) or other)
        for kind, pk in event.data.get(part, {}).get("links", [])
    )
    template = gettext("linked it: {links}") if part == "added" else gettext("removed the link: {links}")
    return template.format(links=links)


def _member(event: Event, sources: Sources) -> str:
    field = "responder_ids" if "responder" in event.kind else "watcher_ids"
    part = "added" if event.kind.endswith("added") else "removed"
    members = event.data.get(part, {}).get(field, [])
    if members == [event.actor_id] and field == "watcher_ids":
        return gettext("watches it") if part == "added" else gettext("watches it no longer")
    return str(sentences.MEMBERS[event.kind]).format(names=", ".join(map(sources.names.person, members)))


def _contacted(event: Event, sources: Sources) -> str:
    """Who reported it again, and how many times it was reported by now."""
    who, count = event.data.get("person"), int(event.data.get("count") or 2)
    if who is None:
        template = gettext("took another report of it: contact {count}")
    elif who in (sources.row.requester_id, sources.row.on_behalf_of_id):
        template = gettext("heard from {name} again: contact {count}")
    else:
        template = gettext("heard from {name}, who is affected too: contact {count}")
    return template.format(name=sources.names.person(who) if who else "", count=count)


def _task(event: Event, sources: Sources) -> str:
    unknown = gettext("a task")
    titles = [sources.tasks.get(task["id"]) or unknown for task in event.data.get("tasks", [])]
    # Translators: the quotation marks between two titles; the sentence around has the outer ones.
    return str(sentences.TASKS[event.kind]).format(titles=gettext("”, “").join(titles))


def _weighed(event: Event, _: Sources) -> str:
    words = gettext("priority is P{priority}").format(priority=_new(event, "priority"))
    if event.trace:
        words = retold(event.trace[0], "summary")
    return words if event.position <= 3 else gettext("weighed it anew: {why}").format(why=words)


def _routed(event: Event, sources: Sources) -> str:
    if event.trace:
        return retold(event.trace[0], "summary")
    return gettext("routed to {whom}").format(whom=_to(event, sources))


def _summary(event: Event) -> str:
    """The sentence of the rule that decided."""
    return retold(event.trace[0], "summary") if event.trace else localised(in_sentence(event.kind))


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
    number = sources.numbers.get(parent or 0) or gettext("another incident")
    return gettext("made it a child of {number}").format(number=number)


def _merged(event: Event, sources: Sources) -> str:
    number = sources.numbers.get(sources.row.merged_into_id or 0) or gettext("another incident")
    return gettext("merged it into {number}").format(number=number)


def _followed_up(event: Event, _: Sources) -> str:
    return str(sentences.FOLLOWED_UP.get(_new(event, "process_effectiveness")) or gettext_lazy("rewrote the follow-up"))


def _categorised(event: Event, sources: Sources) -> str:
    name = sources.names.category(_new(event, "category_id")) or gettext("unknown")
    return gettext("categorised it as {category}").format(category=name)


def _converted(event: Event, _: Sources) -> str:
    is_incident = _new(event, "kind") == "incident"
    return gettext("made it an incident") if is_incident else gettext("made it a service request")


def _workaround(event: Event, _: Sources) -> str:
    is_back = _new(event, "restored_at")
    return gettext("found a workaround, service is back") if is_back else gettext("found a workaround")


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


def _undone(event: Event, _: Sources) -> str:
    """What was taken back, by the kind that names the verb."""
    kinds = event.data.get("undoes", {}).get("kinds", ())
    found = next((sentences.TAKEN_BACK[kind] for kind in reversed(kinds) if kind in sentences.TAKEN_BACK), None)
    return str(found or gettext_lazy("took back the last step"))


_STAFF: Mapping[str, Phrase] = {
    "undone": _undone,
    "logged": _logged, "prioritised": _weighed, "routed": _routed, "held": _held, "edited": _edited,
    "resolved": _resolved, "related": _link, "unrelated": _link, "duplicate_merged": _link, "merged": _merged,
    "parent_linked": _parent, "responder_added": _member, "responder_removed": _member, "watcher_added": _member,
    "watcher_removed": _member, "task_added": _task, "task_finished": _task, "task_reopened": _task,
    "task_cancelled": _task, "task_changed": _task, "contacted": _contacted,
    "acknowledged": _acknowledged,
    "accepted": _accepted,
    "assigned": lambda e, s: gettext("assigned it to {whom}").format(whom=_to(e, s)),
    "handover_offered": _offered, "handover_accepted": _taken, "handover_refused": _answered,
    "handover_withdrawn": _answered, "handover_unanswered": lambda e, s: _summary(e),
    "coordinator_called": lambda e, s: _summary(e),
    "handed_over": lambda e, s: gettext("handed it over to {whom}").format(whom=_to(e, s)),
    "resumed": lambda e, s: gettext("resumed the work") if e.actor_id else _summary(e),
    "cascaded": lambda e, s: _summary(e),
    "replied": lambda e, s: (
        gettext("replied to the requester") if e.actor_id != s.row.affected_id else gettext("replied")
    ),
    "answer_found": lambda e, s: gettext("Found that the requester waits for an answer"),
    "noted": lambda e, s: gettext("internal note, seen by staff only"),
    "categorised": _categorised,
    "parent_unlinked": lambda e, s: gettext("removed it from its parent"),
    "workaround_found": _workaround,
    "verified": lambda e, s: gettext("verified that it works"),
    "verification_failed": lambda e, s: gettext("found that it still does not work"),
    "closed": lambda e, s: gettext("closed it"),
    "closed_automatically": lambda e, s: gettext("Closed by itself: nobody objected"),
    "followed_up": _followed_up,
    "reopened": lambda e, s: gettext("reopened it"),
    "cancelled": lambda e, s: gettext("cancelled it"),
    "texts_erased": _erased,
    "retention_held": lambda e, s: gettext("placed a legal hold: nothing is erased"),
    "retention_released": lambda e, s: gettext("lifted the legal hold: the retention rules apply again"),
    "imported": lambda e, s: gettext("updated it in the system it came from"),
    "converted": _converted,
    "threshold_reached": promise_phrases.threshold,
    "alerts_joined": lambda e, s: _summary(e), "alerts_cleared": lambda e, s: _summary(e),
    "rebased": promise_phrases.rebased,
}  # fmt: skip


def staff(event: Event, sources: Sources, file: str = "") -> str:
    """The sentence for staff; reads after the actor's name."""
    if event.kind == "attached":
        return gettext("attached {file}").format(file=file) if file else gettext("attached a file")
    if phrase := _STAFF.get(event.kind):
        return phrase(event, sources)
    if event.trace:
        return retold(event.trace[0], "summary")
    has_changes = bool(set(event.data.get("changes", {})) - KEPT_ALONG)
    return _edited(event, sources) if has_changes else localised(in_sentence(event.kind))


def requester(event: Event, sources: Sources, file: str = "") -> str:
    """The sentence for the requester: plain words, nothing internal."""
    if event.kind == "logged":
        return _logged(event, sources)
    if event.kind == "attached":
        return gettext("attached {file}").format(file=file)
    if event.kind == "held":
        asked = _new(event, "hold_reason") == "requester"
        return gettext("needs an answer from you") if asked else gettext("is waiting for something before going on")
    return str(sentences.REQUESTER.get(event.kind, ""))
