"""What clients of PagerDuty's Events API put into `custom_details`; Alertmanager writes its labels there as a text."""

from __future__ import annotations

import re
from typing import Any

from allclear.intake.dialects.reading.labels import MOST_LABELS, flat, source_in

_ALERTMANAGERS = ("firing", "resolved", "num_firing", "num_resolved")
_LINE = re.compile(r"^ *- ([a-zA-Z_][a-zA-Z0-9_]*) = (.*)$", re.M)


def described(custom: Any) -> str:
    """Alertmanager says all it knows in `firing`; other clients in `description` or `body`."""
    if isinstance(custom, str):
        return custom
    found = [custom.get(name) for name in ("description", "body", "firing")] if isinstance(custom, dict) else []
    return next((text for text in found if isinstance(text, str) and text.strip()), "")


def source_of(given: str, client: str, labels: dict[str, str]) -> str:
    """Alertmanager names itself as the source: the labels know better."""
    return source_in(labels) or given if given == client else given


def labels_in(custom: Any) -> list[dict[str, Any]]:
    """What can be a label: no long text, no lines, no counts. Alertmanager has its labels in a text of their own."""
    if not isinstance(custom, dict):
        return []
    told = next((text for name in ("firing", "resolved") if isinstance(text := custom.get(name), str) and text), "")
    short = {n: v for n, v in custom.items() if not isinstance(v, str) or (len(v) <= 200 and "\n" not in v)}
    return [dict(_written_out(told)), {n: v for n, v in short.items() if n not in _ALERTMANAGERS}]


def _written_out(text: str) -> dict[str, str]:
    """The labels that all alerts have in a text as Alertmanager writes it: "Labels:", then ` - name = value`."""
    blocks = [block.partition("Annotations:")[0] for block in text.split("Labels:")[1 : MOST_LABELS + 1]]
    alerts = [dict(_LINE.findall(block)) for block in blocks]
    first = alerts[0] if alerts else {}
    return flat({name: value for name, value in first.items() if all(alert.get(name) == value for alert in alerts)})
