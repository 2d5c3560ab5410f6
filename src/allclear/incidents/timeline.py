"""What the reader sees of events: one line each, in words, with the text that belongs to it.

A requester sees what was said to them and how it goes on; never notes, reasons among staff or traces.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from allclear.incidents import phrases
from allclear.incidents.models import Attachment, Incident
from allclear.incidents.names import Names
from allclear.incidents.wording import RULES, instant_words
from allclear.incidents.words import Words
from allclear.kernel.localised import retold
from allclear.kernel.models import Event
from allclear.kernel.words import as_data, say

PUBLIC, INTERNAL, SYSTEM = "public", "internal", "system"
Why = Mapping[str, Any]  # {summary, steps}: a decision explained


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `at` is when it was true in the world, `recorded_at` when it was written here."""

    id: str
    kind: str  # public, internal or system: who may read it, and its colour
    event: str
    at: datetime
    recorded_at: datetime
    actor: str
    summary: str
    body: str = ""
    icon: str = "zap"
    trace: Sequence[Mapping[str, Any]] = ()
    attachment: Attachment | None = None
    actor_id: int | None = None
    paging_id: int | None = None  # of an entry of an escalation; it stands behind the event before it
    after: int = 0

    @property
    def position(self) -> int:
        """Where it stands in the incident's history."""
        return self.after if self.paging_id else int(self.id)


@dataclass(frozen=True, slots=True)
class Sources:
    """What the lines are made of: read once for the page."""

    row: Incident
    names: Names
    words: Words
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[int, str] = field(default_factory=dict)  # of other incidents that the reader may see


def for_staff(events: Iterable[Event], sources: Sources) -> list[Entry]:
    """Every event; what the program decided right after one step is one line with one explanation."""
    entries: list[Entry] = []
    for event in events:
        entry = _staff_entry(event, sources)
        last = entries[-1] if entries else None
        if last and event.kind == "routed" and last.event == "prioritised" and last.recorded_at == entry.recorded_at:
            entries[-1] = _joined(last, entry)
        else:
            entries.append(entry)
    return entries


def _staff_entry(event: Event, sources: Sources) -> Entry:
    names = sources.names
    file = sources.attachments.get(str(event.data.get("attachment", "")))
    body = _body(event, sources)
    kind = _kind(event, bool(body), file)
    actor = names.person(event.actor_id)
    is_first_step = event.kind in ("prioritised", "routed") and event.position <= 3
    if is_first_step or event.kind in ("cascaded", "coordinator_called"):
        actor = ""
    return Entry(
        id=str(event.position),
        kind=kind,
        event=event.kind,
        at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=actor or ("" if event.actor_kind != "import" else gettext("Import")),
        summary=phrases.staff(event, sources, file.name if file else ""),
        body=body,
        icon=phrases.ICONS.get(event.kind, "zap"),
        trace=steps_of(_told(event, sources)),
        attachment=file,
        actor_id=event.actor_id,
    )


def _kind(event: Event, has_body: bool, file: Attachment | None) -> str:
    if event.kind in ("logged", "replied", "resolved", "verified", "verification_failed") and has_body:
        return PUBLIC
    if file is not None:
        return PUBLIC if file.is_public else INTERNAL
    return INTERNAL if has_body or event.kind == "noted" else SYSTEM


_SLOTS = {
    "logged": "description",
    "resolved": "resolution",
    "verified": "verification",
    "verification_failed": "verification",
    "workaround_found": "workaround",
    "followed_up": "follow_up",
}
_REASONED = (
    "assigned", "handover_offered", "handover_refused",
    "prioritised", "handed_over", "held", "rebased", "reopened", "cancelled", "retention_held", "retention_released",
)  # fmt: skip


def _body(event: Event, sources: Sources) -> str:
    """The words that came with an event."""
    if event.kind in ("replied", "noted"):
        return sources.words.of(event.data.get("entry"))
    slot = _SLOTS.get(event.kind) or ("reason" if event.kind in _REASONED else "")
    ref = event.data.get("texts", {}).get(slot)
    return sources.words.of(ref["id"]) if ref else ""


def _told(event: Event, sources: Sources) -> Iterable[Mapping[str, Any]]:
    """The explanations, without the numbers of children that the reader may not know of."""
    traces: list[Mapping[str, Any]] = list(event.trace)
    if event.kind != "cascaded":
        return traces
    known = set(sources.numbers.values())
    return [{**trace, "steps": [_nameless(step, known) for step in trace["steps"]]} for trace in traces]


def _nameless(step: Mapping[str, Any], known: set[str]) -> Mapping[str, Any]:
    number, _, rest = step["text"].partition(" ")
    if number in known:
        return step
    nobody = say("another incident")
    said = dict(step.get("said", {}))
    if told := said.get("text"):
        said["text"] = {**told, "params": {**told["params"], "number": as_data(nobody)}}
    return {**step, "text": f"{nobody} {rest}", "said": said}


def _joined(first: Entry, second: Entry) -> Entry:
    return replace(first, summary=f"{first.summary} · {second.summary}", trace=[*first.trace, *second.trace])


def steps_of(traces: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The steps of traces as the `why?` component takes them."""
    found: list[dict[str, Any]] = []
    for trace in traces:
        version = trace.get("version")
        rule = RULES.get(trace["rule"], trace["rule"])
        detail = gettext("{rule}, version {version}").format(rule=rule, version=version) if version is not None else ""
        found.append({"text": retold(trace, "summary"), "detail": detail, "matched": None})
        found += [
            {"text": retold(s, "text"), "detail": retold(s, "because"), "matched": s["matched"]} for s in trace["steps"]
        ]
    return found


def why_of(names: Collection[str], rule: str, entries: Sequence[Entry], events: Sequence[Event]) -> Why | None:
    """Why fields have their values: what `rule` said at the step that changed one of them last, else that step."""
    newest = next((e for e in reversed(events) if any(n in e.data.get("changes", {}) for n in names)), None)
    if newest is None:
        return newest_trace(events, rule)
    if any(trace["rule"] == rule for trace in newest.trace):
        return newest_trace([newest], rule)
    entry = next((e for e in reversed(entries) if e.position <= newest.position), None)
    if entry is None:
        return None
    words = f"{entry.actor} {entry.summary}".strip()
    said = {"text": words[:1].upper() + words[1:], "detail": instant_words(entry.at), "matched": True}
    reason = [{"text": entry.body, "detail": "", "matched": None}] if entry.body and entry.event in _REASONED else []
    return {"summary": said["text"], "steps": [said, *reason, *entry.trace]}


def newest_trace(events: Iterable[Event], rule: str) -> Why | None:
    """The last explanation that a rule gave: {summary, steps} for the head of the page."""
    found: Why | None = None
    for event in events:
        for trace in event.trace:
            if trace["rule"] == rule:
                found = {"summary": retold(trace, "summary"), "steps": steps_of([trace])[1:]}
    return found


_SHOWN_TO_REQUESTER = frozenset({
    "logged", "replied", "acknowledged", "accepted", "held", "resumed", "resolved", "verified",
    "verification_failed", "closed", "closed_automatically", "reopened", "cancelled", "merged", "converted",
})  # fmt: skip
_TOLD_TO_REQUESTER = frozenset({"logged", "replied", "resolved"})  # whoever wrote it
_OWN_WORDS = frozenset({"verified", "verification_failed", "reopened"})  # only what they wrote themselves


SHOWN_TO_REQUESTER = _SHOWN_TO_REQUESTER | {"attached"}


def _takes_back_what_was_shown(event: Event) -> bool:
    return event.kind == "undone" and bool(_SHOWN_TO_REQUESTER & set(event.data.get("undoes", {}).get("kinds", ())))


def for_requester(events: Iterable[Event], sources: Sources, reader_id: int | None) -> list[Entry]:
    """What was said to the requester and how it goes on."""
    entries: list[Entry] = []
    for event in events:
        file = sources.attachments.get(str(event.data.get("attachment", "")))
        is_file = event.kind == "attached" and file is not None and file.is_public
        if event.kind not in _SHOWN_TO_REQUESTER and not is_file and not _takes_back_what_was_shown(event):
            continue
        told = event.kind in _TOLD_TO_REQUESTER or (event.kind in _OWN_WORDS and event.actor_id == reader_id)
        entries.append(
            Entry(
                id=str(event.position),
                kind=PUBLIC if told or is_file else SYSTEM,
                event=event.kind,
                at=event.occurred_at,
                recorded_at=event.recorded_at,
                actor=sources.names.person(event.actor_id),
                summary=phrases.requester(event, sources, file.name if is_file and file else ""),
                body=_body(event, sources) if told else "",
                icon=phrases.ICONS.get(event.kind, "zap"),
                attachment=file if is_file else None,
                actor_id=event.actor_id,
            )
        )
    return entries
