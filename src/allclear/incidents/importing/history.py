"""The rows of one incident as events with their true instants. Pure, but for the names that `Masters` knows.

A log of updates shows the record as it was after each update. The first row becomes `logged`, at the instant of
opening, with what was reported; and an event for what had been done to it by then. Each later row becomes one event.
What the source fills in backwards is believed only when it has come true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allclear.domain.incident import IncidentState, evolve
from allclear.domain.incident.completeness import of as completeness_of
from allclear.domain.incident.draft import data, is_empty
from allclear.domain.incident.state import NO_OFFER
from allclear.domain.terms import OPEN, Slot, Status
from allclear.incidents.importing.cells import SourceRow
from allclear.incidents.importing.kinds import kind_of
from allclear.incidents.importing.masters import Masters
from allclear.incidents.texts import Texts
from allclear.kernel.facts import NewEvent

WORKED = frozenset({Status.RESOLVED, Status.CLOSED})
_DESCRIBED = ("channel", "location", "impact", "urgency", "priority", "occurred_at")
_KEYED = ("organisation", "service")
_BLANK = {"channel": "", "location": ""}
_UNRESOLVED: Mapping[str, Any] = {
    "restored_at": None,
    "resolved_at": None,
    "resolved_by_id": None,
    "verified_at": None,
    "verified_by_id": None,
    "closed_at": None,
    "closed_by_id": None,
    "cancelled_at": None,
    "resolution_code": "",
    "cause_code": "",
    "final_category_id": None,
    "completeness": None,
}


@dataclass(frozen=True, slots=True)
class Told:
    """An event, the row that told it, and the state after it."""

    event: NewEvent
    row: SourceRow
    actor_id: int | None
    state: IncidentState


@dataclass(slots=True)
class Story:
    """An incident as the log tells it: the events to add, the state after them, the texts."""

    before: IncidentState
    state: IncidentState
    texts: Texts
    told: list[Told] = field(default_factory=list)
    unchanged: int = 0  # rows that changed nothing


class Teller:
    """Makes stories by one mapping. `present` are our fields that the file has a column for."""

    def __init__(self, source: str, masters: Masters, present: Iterable[str], back_filled: Iterable[str]) -> None:
        self.source = source
        self.masters = masters
        self.present = frozenset(present)
        self.back_filled = frozenset(back_filled)
        self.custom_keys = frozenset(kept.key for kept in masters.mapping.custom.values())

    def tell(self, before: IncidentState, rows: list[SourceRow], number: str, now: datetime) -> Story:
        """The story from `before` (a blank state with its id for a new incident) through these rows."""
        story = Story(before, before, Texts(now))
        if before.version == 0:
            self._log(story, rows[0], number, now)
        for row in rows:
            self._update(story, row)
        return story

    def _log(self, story: Story, row: SourceRow, number: str, now: datetime) -> None:
        """`now`: the agreements that are in force when it is brought in are those that apply to it."""
        opened = row.facts.get("opened_at", row.at)
        described = self._described(story.state, row)
        logged_by = self.masters.person(row.facts.get("opened_by"))
        new = described | {
            "number": number,
            "external_source": self.source,
            "external_key": row.number,
            "first_category_id": described.get("category_id"),
            "logged_by_id": logged_by,
            "logged_at": opened,
            "detected_at": described.get("occurred_at") or opened,
            "last_progress_at": opened,
            "promised_at": now,
        }
        body = data(story.state, set_=new, added={"ci_ids": self._cis(row)}, texts=self._texts(story, row))
        self._add(story, NewEvent("logged", body, (), min(opened, row.at)), row, logged_by)

    def _update(self, story: Story, row: SourceRow) -> None:
        state = story.state
        actor = self.masters.person(row.facts.get("updated_by"))
        status = row.status or state.status
        new = self._described(state, row) | self._worked(state, row)
        new |= {"status": status, "hold_reason": row.hold_reason if row.status else state.hold_reason}
        new["last_progress_at"] = max(state.last_progress_at or row.at, row.at)
        if status not in (Status.NEW, Status.ASSIGNED) and not state.acknowledged_at:
            new |= {"acknowledged_at": row.at, "acknowledged_by_id": actor}
        if status not in OPEN or new.get("team_id", state.team_id) != state.team_id:
            new |= {**NO_OFFER, "coordinator_called_at": None}
        if status not in OPEN:
            new["answered_at"] = None
        inferred = self._ending(state, row, status, actor, new)
        parts: dict[str, Any] = {"set_": new, "texts": self._texts(story, row)}
        if "ci" in self.present:
            cis = self._cis(row)
            parts |= {"added": {"ci_ids": cis - state.ci_ids}, "removed": {"ci_ids": state.ci_ids - cis}}
        body = data(state, **parts)
        if status == Status.CLOSED != state.status:
            closed = evolve(state, NewEvent("closed", body))
            body = data(state, **parts | {"set_": new | {"completeness": completeness_of(closed).score}})
        if is_empty(body):
            story.unchanged += 1
            return
        if inferred:
            body["inferred"] = inferred
        self._add(story, NewEvent(kind_of(state, status, body), body, (), row.at), row, actor)

    def _add(self, story: Story, event: NewEvent, row: SourceRow, actor: int | None) -> None:
        story.state = evolve(story.state, event)
        story.told.append(Told(event, row, actor, story.state))

    def _described(self, state: IncidentState, row: SourceRow) -> dict[str, Any]:
        """What was reported. A column that is there and empty empties the field."""
        facts, masters = row.facts, self.masters
        new: dict[str, Any] = {n: facts.get(n, _BLANK.get(n)) for n in _DESCRIBED if n in self.present}
        new |= {f"{n}_id": masters.id(n, facts.get(n)) for n in _KEYED if n in self.present}
        new |= {f"{n}_id": masters.person(facts.get(n)) for n in ("requester", "on_behalf_of") if n in self.present}
        if "category" in self.present:
            new["category_id"] = masters.category(facts.get("category"), facts.get("subcategory"))
            new["first_category_id"] = state.first_category_id or new["category_id"]
        return {**new, **self._pinned(state, row, new)}

    def _pinned(self, state: IncidentState, row: SourceRow, new: Mapping[str, Any]) -> dict[str, Any]:
        """What promises depend on beside what the row says: whether a VIP is affected, and how critical it is."""
        held = {name: getattr(state, name) for name in ("on_behalf_of_id", "requester_id", "service_id")}
        held.update(new)
        cis = self._cis(row) if "ci" in self.present else state.ci_ids
        return {
            "is_vip": (held["on_behalf_of_id"] or held["requester_id"]) in self.masters.vips,
            "criticality": self.masters.criticality(held["service_id"], cis),
        }

    def _worked(self, state: IncidentState, row: SourceRow) -> dict[str, Any]:
        """Who has it, and the columns that are kept as they are."""
        facts, new = row.facts, {}
        if "team" in self.present:
            new["team_id"] = self.masters.id("team", facts.get("team"))
        if "assignee" in self.present:
            new["assignee_id"] = self.masters.person(facts.get("assignee"))
        if "supplier" in self.present:
            new["supplier_id"] = self.masters.id("supplier", facts.get("supplier"))
        if "reassignment_count" in facts:
            new["reassignment_count"] = facts["reassignment_count"]
        elif state.team_id and new.get("team_id") not in (None, state.team_id):
            new["reassignment_count"] = state.reassignment_count + 1
        own = {key: value for key, value in state.custom.items() if key not in self.custom_keys}
        return new | {"custom": own | row.custom}

    def _ending(
        self, state: IncidentState, row: SourceRow, status: str, actor: int | None, new: dict[str, Any]
    ) -> list[str]:
        """What is known of resolving and closing at this row; gives the instants that the row had to stand for."""
        if status in OPEN and state.status not in OPEN:
            new |= _UNRESOLVED
            if state.status in WORKED:
                new["reopen_count"] = state.reopen_count + 1
        if status == Status.CANCELLED != state.status:
            new["cancelled_at"] = row.at
        if status not in WORKED:
            return []
        new["final_category_id"] = new.get("category_id", state.category_id)
        inferred = self._resolved(state, row, status, actor, new)
        if status == Status.CLOSED:
            closed = self._believed(row, status, "closed_at")
            if state.status != Status.CLOSED:
                new["closed_by_id"] = actor
            new["closed_at"] = closed or state.closed_at or row.at
            inferred += [] if closed or state.closed_at else ["closed_at"]
        elif state.status == Status.CLOSED:
            new |= {"closed_at": None, "closed_by_id": None, "completeness": None}
        return inferred

    def _resolved(
        self, state: IncidentState, row: SourceRow, status: str, actor: int | None, new: dict[str, Any]
    ) -> list[str]:
        resolved = self._believed(row, status, "resolved_at")
        at = resolved or state.resolved_at or (row.at if status == Status.RESOLVED else None)
        new |= {"resolved_at": at, "restored_at": at}
        if "resolved_by" not in self.present and state.status not in WORKED:
            new["resolved_by_id"] = actor
        elif person := self._believed(row, status, "resolved_by"):
            new["resolved_by_id"] = self.masters.person(person)
        for list_ in ("resolution", "cause"):
            if code := self._believed(row, status, f"{list_}_code"):
                new[f"{list_}_code"] = self.masters.code(list_, code)
        return ["resolved_at"] if at and not (resolved or state.resolved_at) else []

    def _believed(self, row: SourceRow, status: str, name: str) -> Any:
        """A fact about the ending, unless the source filled it in backwards and it was not true yet."""
        if name not in self.back_filled or name not in row.facts:
            return row.facts.get(name)
        if name == "closed_at":
            return row.facts[name] if row.facts[name] <= row.at else None
        if "resolved_at" not in row.facts and status != Status.CLOSED:
            return None
        known_from = row.facts.get("resolved_at") or row.facts.get("closed_at") or row.at
        return row.facts[name] if known_from <= row.at else None

    def _cis(self, row: SourceRow) -> frozenset[int]:
        found = self.masters.id("ci", row.facts.get("ci"))
        return frozenset({found} if found else ())

    def _texts(self, story: Story, row: SourceRow) -> dict[str, Any]:
        """The texts that differ from what stands there. A title is made up once when the log has none."""
        state, facts = story.state, row.facts
        given = {Slot.TITLE: facts.get("title"), Slot.DESCRIPTION: facts.get("description")}
        if state.version == 0 and not given[Slot.TITLE]:
            given[Slot.TITLE] = row.title
        if row.status in WORKED and state.version:
            given[Slot.RESOLUTION] = self._believed(row, row.status, "resolution")
        texts: dict[str, Any] = {}
        for slot, text in given.items():
            if not text:
                continue
            ref = story.texts.add(slot, text)
            held = state.texts.get(slot)
            if ref and held and held.sha256 == ref.sha256:
                story.texts.rows.pop()
            elif ref:
                texts[str(slot)] = ref
        return texts
