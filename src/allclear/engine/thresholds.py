"""Begins the escalation policies whose threshold an incident has missed."""

from __future__ import annotations

from allclear.engine.loop import Loop
from allclear.incidents import thresholds


def loops() -> list[Loop]:
    return [Loop("thresholds", thresholds.policies_due, thresholds.begin_missed)]
