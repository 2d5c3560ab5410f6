"""Labels: flat texts that rules match and group by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from allclear.intake.dialects.reading.part import plain

MOST_LABELS = 100  # more tell nothing; the payload keeps them
LONGEST_NAME = 200
LONGEST_VALUE = 1000


_SOURCES = ("instance", "host", "hostname", "node", "nodename", "device", "pod", "container", "service", "job")


def put(labels: dict[str, str], name: Any, value: Any) -> None:
    """Add it where it says something and nothing of that name is there. Lists of words become one text."""
    if isinstance(value, str):
        text: str | None = value
    else:
        text = ", ".join(filter(None, map(plain, value))) if isinstance(value, list) else plain(value)
    if text and (text := text.strip()):
        name = str(name).strip()[:LONGEST_NAME]
        if name and name not in labels and len(labels) < MOST_LABELS:
            labels[name] = text[:LONGEST_VALUE]


def flat(*sources: Mapping[str, Any]) -> dict[str, str]:
    """What is flat in these objects; the first of a name counts."""
    labels: dict[str, str] = {}
    for source in sources:
        for name, value in source.items():
            put(labels, name, value)
    return labels


def tagged(labels: dict[str, str], tags: Iterable[Any], name: str = "tags") -> None:
    """Tags such as `env:prod` are labels of their own, the others one label together."""
    words = []
    for tag in tags:
        text = (plain(tag) or "").strip()
        before, colon, after = text.partition(":")
        if colon and before.strip() and after.strip() and not after.startswith("//"):
            put(labels, before, after)
        elif text:
            words.append(text)
    put(labels, name, words)


def source_in(labels: Mapping[str, str]) -> str:
    """What is sick, going by the names that labels usually have."""
    return next((labels[name] for name in _SOURCES if labels.get(name)), "")
