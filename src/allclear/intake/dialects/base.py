"""What a dialect is: one small file that knows how a kind of source speaks, and nothing of tables or HTTP servers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from allclear.domain.alerts import Event
from allclear.domain.alerts.kinds import Example, Option, Step

Fetch = Callable[[str], bytes]  # gets what a URL of https gives, from a cache where it can; blocking; OSError else


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived. `path` is what follows the mount and the key; header names are in lower case."""

    method: str
    path: str
    body: bytes
    received_at: datetime
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)  # the integration's


@dataclass(frozen=True, slots=True)
class Answer:
    """What the source gets once everything is on disk. `body` is JSON; a text is sent as it is, as text/plain."""

    status: int = 202
    body: Any = field(default_factory=lambda: {"status": "success"})
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: events in the order of the body, and the answer. No event is fine: a test message, an empty list.

    `request_id`: under which the source may ask later what became of it. `confirm_url`: to be fetched once after the
    commit, to tell the source that its messages are wanted here (Amazon SNS); the dialect has checked whose it is.
    `left_out`: which alerts of the body could not be read and why, while the others were; the screen lists it.
    """

    events: Sequence[Event]
    answer: Answer = Answer()
    request_id: UUID | None = None
    confirm_url: str = ""
    left_out: str = ""


def taken(events: Sequence[Event], left_out: str) -> Reading:
    """202, and in words what of the body was left out."""
    said = {"status": "success", **({"left_out": left_out} if left_out else {})}
    return Reading(events, Answer(202, said), left_out=left_out)


class Unreadable(Exception):
    """The body cannot be used: nothing of it enters, the payload is kept, the integration's screen lists the reason.

    `reason` says in words what is wrong and what to do; `answer` is in the source's own form (None: the dialect's
    `refuse(status, reason)`).
    """

    def __init__(self, reason: str, answer: Answer | None = None, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = answer
        self.status = status


@dataclass(frozen=True, slots=True)
class Preview:
    """How a body would be read, for a screen: the reading, or what is wrong, and what each setting found."""

    reading: Reading | None
    problems: Mapping[str, str] = field(default_factory=dict)  # by the setting's name; "" for the body itself
    found: Mapping[str, Any] = field(default_factory=dict)  # by the setting's name, of the first alert


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of source speaks.

    `read` is pure and raises `Unreadable`. `key_of` finds the integration's key where this kind puts it, besides
    those that every mount knows (the path of /webhooks/KEY, Authorization: Bearer, Basic's password).
    `refuse(status, reason)` is an error in the source's own form (401, 413, 429, 503 and what `read` raised).
    `verify` checks before `read` whose signature it is. It may ask the network, so it runs in a thread; raises
    `Unreadable` with status 401 for what is forged, which is never read, not even by hand.
    `methods`: those that mean something; OPTIONS and GET only where they are named here.
    `problems(options)` says what is wrong with settings that are well-formed, by their names.
    `longest` is the most bytes of a body; longer ones are refused, but for those whose beginning is enough.
    """

    kind: str
    name: str
    read: Callable[[Received], Reading]
    setup: Sequence[Step] = ()
    options: Sequence[Option] = ()
    example: Example | None = None
    key_of: Callable[[Received], str | None] = lambda received: None
    refuse: Callable[[int, str], Answer] = lambda status, reason: Answer(status, {"error": reason})
    verify: Callable[[Received, Fetch], None] | None = None
    problems: Callable[[Mapping[str, Any]], Mapping[str, str]] = lambda options: {}
    preview: Callable[[Mapping[str, Any], bytes], Preview] | None = None
    methods: Collection[str] = ("POST",)
    longest: int = 1024 * 1024
    is_beginning_enough: bool = False
