"""The sources' words for how bad it is, in our five steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.domain.alerts import Severity
from allclear.intake.dialects.reading.part import plain

_WORDS = {
    Severity.CRITICAL: "critical crit fatal emergency emerg alert disaster severe blocker highest page p1 sev0 sev1 s1",
    Severity.ERROR: "error err high major failure p2 sev2 s2",
    Severity.WARNING: "warning warn medium moderate average minor p3 sev3 s3",
    Severity.INFO: "info information informational notice low lowest debug trivial p4 p5 sev4 sev5 ok none normal",
}
WORDS: Mapping[str, Severity] = {word: severity for severity, words in _WORDS.items() for word in words.split()}


def severity_of(word: Any, own: Mapping[str, Severity] | None = None) -> Severity:
    """What the word means; `own` are the words of one kind of source, in lower case, and go first."""
    text = (plain(word) or "").strip().lower()
    return (own or {}).get(text) or WORDS.get(text, Severity.UNKNOWN)
