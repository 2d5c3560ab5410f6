"""What an incident shows of paging: one sentence for each escalation, and its entries as lines of the timeline.

For staff only: a requester never reads whom a page woke.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.domain import escalation as rules
from allclear.domain.escalation.state import STOPPED
from allclear.incidents.models import Incident
from allclear.incidents.timeline import SYSTEM, Entry
from allclear.kernel.localised import localised, retold
from allclear.kernel.words import say
from allclear.oncall.models import Escalation, EscalationEntry
from allclear.oncall.policies import Choice, why_none
from allclear.oncall.reading import Paged, next_target, targets_in

_ICONS = {"paged": "bell-ring", "exhausted": "siren", "acknowledged": "check", "snoozed": "alarm-clock"}


def why_nobody(row: Incident) -> str:
    """Why an open incident pages nobody, in words."""
    if reason := why_none(Choice(row.priority, row.service_id, row.team_id)):
        return localised(reason)
    if row.acknowledged_at is not None:
        return _("Somebody had it before anybody was to be paged.")
    return _("The escalation policy that is for it was made after it was logged.")


def at_words(at: datetime | None, now: datetime) -> str:
    """An hour of today, else the day as well."""
    if at is None:
        return ""
    there = localtime(at)
    return date_format(there, "H:i" if there.date() == localtime(now).date() else "j M, H:i")


def sentence(row: Escalation, paged: Paged, now: datetime) -> str:
    """How one escalation stands: paging, acknowledged, snoozed, everybody paged, or ended and why."""
    state = rules.state_from(row.state)
    if state.is_stopped:
        return localised(say(STOPPED[state.stopped_because or rules.StopReason.BY_HAND]))
    parts = [_acknowledged(state, paged, now)] if state.acknowledged_by else []
    if state.snoozed_until is not None:
        who = paged.facts.person(state.snoozed_by) if state.snoozed_by else _("Somebody")
        until = at_words(state.snoozed_until, now)
        parts.append(_("Snoozed until {at} by {person}.").format(at=until, person=localised(who)))
    elif state.is_acknowledged:
        if state.due_at:
            parts.append(_("It begins again at {at} if nothing happens.").format(at=at_words(state.due_at, now)))
    elif state.exhausted_at:
        parts.append(_("Everybody was paged, and nobody has acknowledged."))
    else:
        parts.append(_coming(row, state, paged, now))
    return " ".join(parts)


def _acknowledged(state: rules.State, paged: Paged, now: datetime) -> str:
    said = [
        _("{person} at {at}").format(person=localised(paged.facts.person(person)), at=at_words(at, now))
        for person, at in state.acknowledged_by.items()
    ]
    text = _("Acknowledged by {people}.").format(people=_listed(said))
    missing = max(1, state.policy.acks_needed) - len(state.acknowledged_by)
    if missing <= 0:
        return text
    more = ngettext("{count} more must acknowledge.", "{count} more must acknowledge.", missing).format(count=missing)
    return f"{text} {more}"


def _coming(row: Escalation, state: rules.State, paged: Paged, now: datetime) -> str:
    """ "Paging, step 1 of 2. Next at 14:05: Ben"."""
    whom = _listed([localised(paged.facts.target(target)) for target in targets_in(next_target(row))])
    steps = len(state.policy.steps)
    told = _("Paging, step {step} of {steps}.").format(step=min(state.step, steps) or 1, steps=steps)
    if state.round > 1:
        told = _("Paging, round {round}, step {step} of {steps}.").format(
            round=state.round, step=min(state.step, steps) or 1, steps=steps
        )
    return f"{told} " + _("Next at {at}: {whom}.").format(at=at_words(state.next_at, now), whom=whom)


def title(row: Escalation) -> str:
    """The policy, as it was called when it began."""
    return str(row.state.get("policy", {}).get("name", ""))


def lines(paged: Paged) -> list[Entry]:
    """The entries of all escalations as lines of the timeline."""
    found, has_paged = [], set[int]()
    for entry in paged.entries:
        text = _line(entry, paged, is_first=entry.escalation_id not in has_paged)
        if entry.kind in ("paged", "exhausted"):
            has_paged.add(entry.escalation_id)
        if text:
            found.append(_entry(entry, text, paged))
    return found


def woven(entries: Sequence[Entry], paged: Paged) -> list[Entry]:
    """The timeline with the lines of paging where they belong in time."""
    more = lines(paged)
    if not more:
        return list(entries)
    woven_: list[Entry] = []
    position, rest = 0, list(more)
    for entry in entries:
        while rest and rest[0].recorded_at < entry.recorded_at:
            woven_.append(replace(rest.pop(0), after=position))
        woven_.append(entry)
        position = entry.position
    return woven_ + [replace(one, after=position) for one in rest]


def _entry(entry: EscalationEntry, text: str, paged: Paged) -> Entry:
    by = localised(paged.facts.person(entry.by_id)) if entry.by_id else ""
    return Entry(
        id=f"paged-{entry.pk}",
        kind=SYSTEM,
        event="paging",
        at=entry.at,
        recorded_at=entry.at,
        actor=by,
        summary=text,
        icon=_ICONS.get(entry.kind, "bell"),
        trace=steps_of(entry),
        actor_id=entry.by_id,
        paging_id=entry.pk,
        after=entry.escalation_id,
    )


def steps_of(entry: EscalationEntry) -> list[Mapping[str, Any]]:
    """The explanation of one entry, in the reader's language."""
    trace = entry.trace[0] if entry.trace else {}
    return [
        {"text": retold(step, "text"), "detail": retold(step, "because"), "matched": step.get("matched")}
        for step in trace.get("steps", ())
    ]


def summary_of(entry: EscalationEntry) -> str:
    return retold(entry.trace[0], "summary") if entry.trace else ""


def _line(entry: EscalationEntry, paged: Paged, *, is_first: bool) -> str:
    if entry.kind in ("paged", "exhausted"):
        return _paged(entry, paged, is_first=is_first)
    if entry.kind == "started":
        row = next(one for one in paged.escalations if one.pk == entry.escalation_id)
        return _started(row)
    said = {
        "acknowledged": _("acknowledged the page"),
        "snoozed": _("snoozed the paging"),
        "resumed": _("ended the snooze of the paging"),
        "re_escalated": _("let the paging begin again"),
        "hurried": _("did not wait for the next step"),
        "stopped": _("ended the paging") if entry.by_id else _("The paging ended"),
    }
    return said.get(entry.kind, "")


def _started(row: Escalation) -> str:
    """What somebody began by hand; one target is named by the step that pages it."""
    if not row.started_by_hand:
        return ""
    return _("carried out {policy} by hand").format(policy=title(row)) if row.policy_id else _("paged by hand")


def _paged(entry: EscalationEntry, paged: Paged, *, is_first: bool) -> str:
    sent = paged.channels_of(entry)
    people = _listed([_by_what(person, sent, paged) for person in entry.people])
    if entry.kind == "exhausted":
        if not people:
            return _("Nobody acknowledged, and the catch-all reached nobody")
        return _("Nobody acknowledged, paged the catch-all: {people}").format(people=people)
    if not people:
        return _("Told a program")
    words = _("Paged {people}") if is_first or entry.by_id else _("Nobody acknowledged, paged {people}")
    return words.format(people=people)


def _by_what(person: int, sent: Mapping[int, Sequence[Any]], paged: Paged) -> str:
    name = localised(paged.facts.person(person))
    by = list(dict.fromkeys(str(one.get_channel_display()) for one in sent.get(person, ())))
    if not by:
        return _("{person} (no way to reach them)").format(person=name)
    return _("{person} by {channels}").format(person=name, channels=_listed(by))


def _listed(words: Sequence[str]) -> str:
    return get_text_list(list(words), _("and"))
