"""What an escalation is about. The nouns above register here how their records are told; this one knows none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from allclear.accounts.models import User


@dataclass(frozen=True, slots=True)
class Told:
    """A record in words for one reader, in their language. What they may not know is not in it."""

    title: str
    text: str
    url: str = ""
    thread: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    is_hidden: bool = False  # the reader may not know its words


@dataclass(frozen=True, slots=True)
class Standing:
    """What the steps of a policy ask for, as it is now. `is_open`: whether anybody must still be paged."""

    is_open: bool
    priority: int | None = None
    service_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """`tell(key, user)`: the words for a reader (None: a program). `stand(key)`: how it stands."""

    tell: Callable[[int, User | None], Told]
    stand: Callable[[int], Standing]


SUBJECTS: dict[str, Subject] = {}  # by kind; filled by config/wiring.py only
