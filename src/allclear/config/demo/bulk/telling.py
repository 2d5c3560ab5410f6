"""One incident being made up: commands go through the real rules, and what they decide is kept for COPY."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from allclear.catalog.policies import Policies
from allclear.domain.incident import IncidentState, TaskState, TextRef, decide, evolve
from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context
from allclear.kernel.facts import NewEvent
from allclear.kernel.ids import new_id, sha256


@dataclass(frozen=True, slots=True)
class Told:
    """An event with who and when."""

    event: NewEvent
    actor_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """A text row: of the incident (with its slot), a reply or a note (with its author)."""

    ref: TextRef
    body: str
    at: datetime
    slot: str = ""
    author_id: int | None = None
    by_requester: bool = False


@dataclass(slots=True)
class Telling:
    policies: Policies
    state: IncidentState
    events: list[Told] = field(default_factory=list)
    contents: list[Words] = field(default_factory=list)
    replies: list[Words] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)
    task_titles: dict[str, str] = field(default_factory=dict)

    def do(
        self, command: c.Command | c.Log, actor_id: int | None, at: datetime, team_ids: frozenset[int] = frozenset()
    ) -> None:
        """Decide and fold; who and when go along. Refusals surface: a made-up story has to be a possible one."""
        context = Context(at, actor_id, policy=self.policies.lifecycle, team_ids=team_ids)
        before = None if isinstance(command, c.Log) else self.state
        for event in decide(before, command, context).events:
            self.state = evolve(self.state, event)
            self.events.append(Told(event, actor_id, at))

    def text(self, slot: str, body: str, at: datetime) -> TextRef:
        ref = TextRef(str(new_id()), sha256(body))
        self.contents.append(Words(ref, body, at, slot))
        return ref

    def note(self, body: str, author_id: int, at: datetime) -> None:
        ref = TextRef(str(new_id()), sha256(body))
        self.do(c.Speak(is_public=False, entry=ref, entry_id=ref.id), author_id, at)
        self.notes.append(Words(ref, body, at, author_id=author_id))

    def reply(self, body: str, author_id: int, at: datetime, *, by_requester: bool = False) -> None:
        ref = TextRef(str(new_id()), sha256(body))
        self.do(c.Speak(is_public=True, entry=ref, entry_id=ref.id, by_requester=by_requester), author_id, at)
        self.replies.append(Words(ref, body, at, author_id=author_id, by_requester=by_requester))

    def task(self, title: str, owner_id: int, at: datetime) -> str:
        key = str(new_id())
        self.task_titles[key] = title
        self.do(c.AddTask(TaskState(key, self.text("task", title, at), owner_id=owner_id)), owner_id, at)
        return key

    @property
    def title(self) -> str:
        ref = self.state.texts["title"]
        return next(words.body for words in self.contents if words.ref == ref)
