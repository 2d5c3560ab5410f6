"""Plain shapes that rules may use: no Django in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that a rule has decided on and nobody has written yet."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    trace: Sequence[Mapping[str, Any]] = ()
    occurred_at: datetime | None = None  # None: the instant of recording
