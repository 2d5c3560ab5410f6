"""The cards beside the timeline: instants, facts, answers, cost and harm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format

from allclear.catalog.models import CustomField
from allclear.catalog.policies import in_force
from allclear.domain.terms import label
from allclear.incidents.models import Incident
from allclear.incidents.names import Names
from allclear.incidents.phrases import span_words
from allclear.incidents.words import Words


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in the life of the incident; `span` is how long after it was logged (before: with a minus)."""

    label: str
    at: datetime | None
    span: str = ""
    who: str = ""
    is_next: bool = False


_INSTANTS = (
    ("Occurred", "occurred_at", ""),
    ("Detected", "detected_at", ""),
    ("Logged", "logged_at", "logged_by_id"),
    ("Acknowledged", "acknowledged_at", "acknowledged_by_id"),
    ("Restored", "restored_at", ""),
    ("Resolved", "resolved_at", "resolved_by_id"),
    ("Closed", "closed_at", "closed_by_id"),
)


def instants(row: Incident, names: Names) -> list[Instant]:
    """From the first sign to the end; what has not come yet is there without a time."""
    found: list[Instant] = []
    for text, name, who in _INSTANTS:
        at = getattr(row, name)
        if name == "closed_at" and row.cancelled_at:
            text, at, who = "Cancelled", row.cancelled_at, ""
        person = names.person(getattr(row, who), "") if who else ""
        found.append(Instant(text, at, _span(row, name, at), person))
    return found


def _span(row: Incident, name: str, at: datetime | None) -> str:
    if at is None or name == "logged_at":
        return ""
    seconds = (at - row.logged_at).total_seconds()
    if abs(seconds) < 1:
        return "at once"
    return f"after {span_words(seconds)}" if seconds > 0 else f"{span_words(-seconds)} before"


def facts(row: Incident, names: Names) -> list[tuple[str, str]]:
    """What is known of it, without what stands elsewhere on the page."""
    matrix = in_force().matrix
    level = {("impact", v.value): v.name for v in matrix.impacts} | {
        ("urgency", v.value): v.name for v in matrix.urgencies
    }
    bands = {band.key: band.name for band in matrix.bands}
    first = names.category(row.first_category_id)
    category = names.category(row.category_id)
    pairs = [
        ("Kind", label(row.kind)),
        ("Category", category),
        ("First category", first if first != category else ""),
        ("Impact", level.get(("impact", row.impact or 0), "")),
        ("Urgency", level.get(("urgency", row.urgency or 0), "")),
        ("Severity", bands.get(row.severity, label(row.severity) if row.severity else "")),
        ("Channel", label(row.channel) if row.channel else ""),
        ("Location", row.location),
        ("Organisation", row.organisation.name if row.organisation else ""),
        ("Supplier", row.supplier.name if row.supplier else ""),
        ("Security class", row.security_class.name if row.security_class else ""),
        ("Predicted", date_format(row.predicted_impact_at, "D j M, H:i") if row.predicted_impact_at else ""),
        ("Reopened", f"{row.reopen_count} times" if row.reopen_count > 1 else "once" if row.reopen_count else ""),
        ("Reassigned", f"{row.reassignment_count} times" if row.reassignment_count > 1 else ""),
        ("Source", f"{row.external_source} {row.external_key}".strip()),
    ]
    return [(name, value) for name, value in pairs if value]


def ending(row: Incident, codes: Mapping[tuple[str, str], str]) -> list[tuple[str, str]]:
    """How it ended and what it cost."""
    pairs = [
        ("Resolution", codes.get(("resolution", row.resolution_code), label(row.resolution_code))),
        ("Cause", codes.get(("cause", row.cause_code), label(row.cause_code))),
    ]
    return [(name, value) for name, value in pairs if value] + cost(row)


def cost(row: Incident) -> list[tuple[str, str]]:
    """Cost and harm in figures."""
    pairs = [
        ("Cost", f"{row.cost:,} {row.currency}".strip() if row.cost is not None else ""),
        ("Downtime", span_words(row.downtime_minutes * 60) if row.downtime_minutes is not None else ""),
        ("Data loss", "Yes" if row.has_data_loss else ""),
    ]
    return [(name, value) for name, value in pairs if value]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was said when somebody looked back: `effectiveness` is yes, partly or no."""

    effectiveness: str
    improvement: str
    documents: list[str]
    who: str
    at: datetime


def follow_up(row: Incident, names: Names, words: Words) -> FollowUp | None:
    """The follow-up as it stands now; None while nobody has looked back."""
    if row.followed_up_at is None:
        return None
    documents = [line.strip() for line in words.slot("documents").splitlines() if line.strip()]
    who = names.person(row.followed_up_by_id)
    return FollowUp(row.process_effectiveness, words.slot("follow_up"), documents, who, row.followed_up_at)


def answers(words: Words) -> list[tuple[str, str]]:
    """The questions of the category and what was answered."""
    try:
        found = json.loads(words.slot("answers") or "[]")
        return [(str(item["question"]), str(item["answer"])) for item in found]
    except (ValueError, TypeError, KeyError):
        return []


def custom(row: Incident, fields: Sequence[CustomField]) -> list[tuple[str, str]]:
    """The company's own fields; a value whose field is gone keeps its key as name."""
    names = {field.key: field for field in fields}
    return [(names[k].name if k in names else k, _custom_words(v)) for k, v in row.custom.items()]


def _custom_words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    try:
        return (
            date_format(date.fromisoformat(value), "j M Y")
            if isinstance(value, str) and len(value) == 10
            else str(value)
        )
    except ValueError:
        return str(value)
