"""How a body would be read under settings that somebody is writing, for a screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from allclear.intake.dialects.base import Answer, Preview, Reading, Received, Unreadable
from allclear.intake.dialects.reading.mapping import Mapped
from allclear.kernel import clock


def previewed(
    options: Mapping[str, Any],
    body: bytes,
    wrong: Mapping[str, str],
    alerts: Callable[[Received], list[Any]],
    read: Callable[[Received], Reading],
) -> Preview:
    """`options`: all settings. `wrong`: what is wrong with them by themselves. `found` is of the first alert."""
    received = Received("POST", "", body, clock.now(), options=options)
    try:
        found = alerts(received)
    except Unreadable as error:
        return Preview(None, {**wrong, "split" if "split" in wrong else "": error.reason})
    if not found:
        return Preview(Reading([], Answer(202)), wrong)
    first = Mapped(options, found[0])
    problems = {**first.problems, **wrong}
    try:
        reading = read(received)
        return Preview(reading, problems or ({"": reading.left_out} if reading.left_out else {}), first.found)
    except Unreadable as error:
        return Preview(None, problems or {"": error.reason}, first.found)
