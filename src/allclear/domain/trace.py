"""The explanation that a rule returns beside its result: steps that matched or did not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from allclear.kernel import words


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a rule looked at. `because` is a plain sentence; `matched` None means: it only informs."""

    text: str
    because: str = ""
    matched: bool | None = None

    def as_data(self) -> dict[str, Any]:
        data = {"text": self.text, "because": self.because, "matched": self.matched}
        return {**data, **_said(text=self.text, because=self.because)}


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a value is as it is: the rule, its version, one sentence, and the steps."""

    rule: str
    summary: str
    version: int | None = None
    steps: Sequence[Step] = field(default_factory=tuple)

    def as_data(self) -> Mapping[str, Any]:
        return {
            "rule": self.rule,
            "version": self.version,
            "summary": self.summary,
            "steps": [step.as_data() for step in self.steps],
            **_said(summary=self.summary),
        }


def _said(**texts: str) -> dict[str, Any]:
    """How the texts were made, under `said`, for readers of another language; nothing for plain texts."""
    said = {name: data for name, text in texts.items() if (data := words.as_data(text))}
    return {"said": said} if said else {}
