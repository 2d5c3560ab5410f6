"""A verb that meets a newer version of its incident: merged field by field, or refused with both sides side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from allclear.domain.incident import IncidentState, fold
from allclear.domain.incident.codec import encode
from allclear.domain.incident.commands import Command
from allclear.domain.incident.merge import TEXT, Met, changed_by, meet, wishes
from allclear.domain.incident.merge import field as field_of
from allclear.domain.incident.state import KEPT_ALONG, TextRef
from allclear.domain.merging import Clash
from allclear.incidents.models import Content, Incident
from allclear.incidents.texts import Texts
from allclear.kernel.errors import Conflict
from allclear.kernel.events import stream
from allclear.kernel.models import Event
from allclear.kernel.words import say

if TYPE_CHECKING:
    from allclear.incidents.actions.run import Request

STREAM = "incident"


@dataclass(slots=True)
class Merger:
    """What stands between the version that a person saw (`base`) and the one that is there (`now`)."""

    request: Request
    row: Incident
    base: IncidentState
    now: IncidentState
    since: list[Event]
    is_settled: bool = False
    mine: set[str] = field(default_factory=set)  # fields that only this person changed
    said: list[Met] = field(default_factory=list)

    @property
    def theirs(self) -> Mapping[str, Event]:
        """Fields that others changed meanwhile and that stay, each with the event that changed it last."""
        return {name: event for name, event in changed_by(self.since).items() if name not in self.mine}

    def settle(self, command: Command, texts: Texts) -> Command | None:
        """The command as it is to be carried out now; None when nothing of it is left to do. Raises `Conflict`."""
        met = meet(command, self.base, self.now, self.since, self.request.viewer.user_id)
        if not self.request.merge or not met.is_clean:
            raise self.conflict(met, wishes(command), texts)
        self.is_settled = True
        self.mine |= met.merged.mine
        texts.drop({name.removeprefix(TEXT) for name in met.merged.theirs if name.startswith(TEXT)})
        return met.command

    def conflict(
        self, met: Met | None = None, wished: Mapping[str, Any] | None = None, texts: Texts | None = None
    ) -> Conflict:
        """What changed, by whom and when; and, for those who may read it, both values of what clashes."""
        extra: dict[str, Any] = {"changes": [_change(event) for event in self.since], "version": self.row.version}
        if met is not None and self.request.viewer.may("incident.read_internal"):
            extra["conflicts"] = self._conflicts(met, wished or {}, texts)
            merged = met.merged
            extra["merged"] = {
                side: sorted(map(_name, names))
                for side, names in (("mine", merged.mine), ("theirs", merged.theirs), ("agreed", merged.agreed))
            }
        text = say("Somebody changed this incident since you opened it. Look at the changes and try again.")
        return Conflict(text, **extra)

    def _conflicts(self, met: Met, wished: Mapping[str, Any], texts: Texts | None) -> list[dict[str, Any]]:
        by = changed_by(self.since)
        words = _Words(texts, [c.name for c in met.merged.clashes], (self.base, self.now))
        found = [
            {"field": _name(clash.name), **words.sides(clash, self.base, self.now, wished), **_who(by.get(clash.name))}
            for clash in met.merged.clashes
        ]
        return found + [self._unsettled(name, by) for name in met.unsettled]

    def _unsettled(self, name: str, by: Mapping[str, Event]) -> dict[str, Any]:
        """Something that the verb took for granted: it has no value of mine to choose."""
        event, sides = by.get(name), {}
        if name in ("reply", "task"):
            kinds = ("replied",) if name == "reply" else ("task_",)
            event = next((e for e in reversed(self.since) if e.kind.startswith(kinds)), None)
        else:
            sides = {"base": encode(getattr(self.base, name)), "theirs": encode(getattr(self.now, name))}
        return {"field": name, "is_verb": True, **sides, **_who(event)}


class _Words:
    """The words behind the references of clashing texts, in one query."""

    def __init__(self, texts: Texts | None, names: list[str], states: tuple[IncidentState, ...]) -> None:
        self.texts = texts
        refs = [field_of(state, name) for state in states for name in names if name.startswith(TEXT)]
        keys = [ref.id for ref in refs if ref]
        rows = Content.objects.filter(pk__in=keys).values_list("pk", "body") if keys else ()
        self.bodies = {str(pk): body for pk, body in rows}

    def of(self, value: Any) -> Any:
        if isinstance(value, TextRef):
            return self.bodies.get(value.id) or (self.texts.body(value) if self.texts else "")
        return encode(value)

    def sides(self, clash: Clash, base: IncidentState, now: IncidentState, wished: Mapping[str, Any]) -> dict[str, Any]:
        if not clash.name.startswith(TEXT):
            sides = {"base": clash.base, "mine": clash.mine, "theirs": clash.theirs}
        else:
            sides = {
                "base": field_of(base, clash.name),
                "mine": wished.get(clash.name),
                "theirs": field_of(now, clash.name),
            }
        return {side: self.of(value) if value is not None else None for side, value in sides.items()}


def _name(name: str) -> str:
    return name.removeprefix(TEXT)


def _who(event: Event | None) -> dict[str, Any]:
    return {"by": event.actor_id if event else None, "at": event.recorded_at.isoformat() if event else None}


def _change(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "by": event.actor_id,
        "at": event.recorded_at.isoformat(),
        "fields": sorted(event.data.get("changes", {}).keys() - KEPT_ALONG),
    }


def newer(request: Request, row: Incident, now: IncidentState) -> Merger | None:
    """What happened since the version that the person had seen; None when it is the newest, or they did not say."""
    expected = request.expected_version
    if expected is None or expected == row.version:
        return None
    if expected > row.version or expected < 1:
        text = say(
            "This record has version {version}; version {expected} was never there.",
            version=row.version,
            expected=expected,
        )
        raise Conflict(text, changes=[])
    events = stream(STREAM, row.pk)
    base = fold(row.pk, events[:expected])
    return Merger(request, row, base, now, events[expected:])
