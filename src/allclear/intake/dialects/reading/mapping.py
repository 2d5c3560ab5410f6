"""Fields of any JSON by expressions: what the kind `json` makes alerts of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.domain.alerts import Action, Event, Image, KeyKind, Link, Severity
from allclear.intake.dialects.reading.expressions import BadExpression, found
from allclear.intake.dialects.reading.finish import finished
from allclear.intake.dialects.reading.instants import instant
from allclear.intake.dialects.reading.labels import flat, source_in, tagged
from allclear.intake.dialects.reading.part import plain
from allclear.intake.dialects.reading.severity import severity_of
from allclear.kernel.words import say

NEEDED = ("title", "key", "status")  # where one of these fails, nothing is made of the alert


class Mapped:
    """One alert of a body. `found` and `problems` are by setting; `event` is None where a needed one fails."""

    def __init__(self, options: Mapping[str, Any], alert: Any) -> None:
        self.options = options
        self.found: dict[str, Any] = {}
        self.problems: dict[str, str] = {}
        for name in ("title", "description", "key", "severity", "status", "source", "time", "labels", "link", "image"):
            try:
                self.found[name] = found(str(options.get(name) or ""), alert)
            except BadExpression as bad:
                self.problems[name] = bad.reason
        if not self.text("title") and "title" not in self.problems:
            self.problems["title"] = say("It finds no text here. Name the field that says what is wrong.")
        self.event = None if any(name in self.problems for name in NEEDED) else self._event(alert)

    def text(self, name: str) -> str:
        """What a setting found, as text; lists become one."""
        value = self.found.get(name)
        words = value if isinstance(value, list) else [value]
        return ", ".join(text.strip() for word in words if (text := plain(word)) and text.strip())

    def _event(self, alert: Any) -> Event:
        labels = self._labels()
        title, source = self.text("title"), self.text("source") or source_in(labels)
        key = self.text("key")
        return finished(
            self._action(),
            key or (f"{title}@{source}" if source else title),
            title,
            key_kind=KeyKind.GIVEN if key else KeyKind.DERIVED,
            severity=self._severity(),
            description=self.text("description"),
            source=source,
            labels=labels,
            details=dict(alert) if isinstance(alert, dict) else {},
            links=[Link(self.text("link"))],
            images=[Image(self.text("image"))],
            occurred_at=instant(self.found.get("time")),
        )

    def _labels(self) -> dict[str, str]:
        value = self.found.get("labels")
        labels = flat(value) if isinstance(value, dict) else {}
        if isinstance(value, str):
            value = value.split(",")
        if isinstance(value, list):
            tagged(labels, [tag for tag in value if plain(tag)])
            for pair in value:  # [{"key": ..., "value": ...}]
                if isinstance(pair, dict) and (name := plain(pair.get("key") or pair.get("name"))):
                    labels = flat(labels, {name: pair.get("value")})
        return labels

    def _action(self) -> Action:
        word = self.text("status").lower()
        if word in _words(self.options, "resolved_words"):
            return Action.RESOLVE
        return Action.ACKNOWLEDGE if word in _words(self.options, "acknowledged_words") else Action.TRIGGER

    def _severity(self) -> Severity:
        own = self.options.get("severity_words") or {}
        words = {word.strip().lower(): Severity(meaning) for word, meaning in own.items() if meaning in set(Severity)}
        return severity_of(self.text("severity"), words)


def _words(options: Mapping[str, Any], name: str) -> set[str]:
    return {str(word).strip().lower() for word in options.get(name) or ()}
