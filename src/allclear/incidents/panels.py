"""The cards beside the timeline: instants, facts, answers, cost and harm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from allclear.catalog.models import CustomField
from allclear.catalog.policies import in_force
from allclear.domain.terms import label
from allclear.incidents.models import Incident
from allclear.incidents.names import Names
from allclear.incidents.wording import instant_words, span_words
from allclear.incidents.words import Words
from allclear.kernel.localised import localised


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in the life of the incident; `span` is how long after it was logged (before: with a minus)."""

    label: str
    at: datetime | None
    span: str = ""
    who: str = ""
    name: str = ""  # of the field


_INSTANTS = (
    (gettext_lazy("Occurred"), "occurred_at", ""),
    (gettext_lazy("Detected"), "detected_at", ""),
    (gettext_lazy("Logged"), "logged_at", "logged_by_id"),
    (gettext_lazy("Acknowledged"), "acknowledged_at", "acknowledged_by_id"),
    (gettext_lazy("Restored"), "restored_at", ""),
    (gettext_lazy("Resolved"), "resolved_at", "resolved_by_id"),
    (gettext_lazy("Closed"), "closed_at", "closed_by_id"),
)


def instants(row: Incident, names: Names) -> list[Instant]:
    """From the first sign to the end; what has not come yet is there without a time."""
    found: list[Instant] = []
    for text, name, who in _INSTANTS:
        at = getattr(row, name)
        if name == "closed_at" and row.cancelled_at:
            text, at, who = gettext_lazy("Cancelled"), row.cancelled_at, ""
        person = names.person(getattr(row, who), "") if who else ""
        found.append(Instant(str(text), at, _span(row, name, at), person, name))
    return found


def _span(row: Incident, name: str, at: datetime | None) -> str:
    if at is None or name == "logged_at":
        return ""
    seconds = (at - row.logged_at).total_seconds()
    if abs(seconds) < 1:
        return gettext("at once")
    template = gettext("after {span}") if seconds > 0 else gettext("{span} before")
    return template.format(span=span_words(abs(seconds)))


def facts(row: Incident, names: Names) -> list[tuple[str, str]]:
    """What is known of it, without what stands elsewhere on the page."""
    return [(words, value) for _, words, value in every_fact(row, names) if value]


def every_fact(row: Incident, names: Names) -> list[tuple[str, str, str]]:
    """Name, label and value of every fact, known or not. The value is in words, empty when nothing is known."""
    matrix = in_force().matrix
    level = {("impact", v.value): localised(v.name) for v in matrix.impacts} | {
        ("urgency", v.value): localised(v.name) for v in matrix.urgencies
    }
    bands = {band.key: localised(band.name) for band in matrix.bands}
    first = names.category(row.first_category_id)
    category = names.category(row.category_id)
    severity = bands.get(row.severity, localised(label(row.severity)) if row.severity else "")
    predicted = instant_words(row.predicted_impact_at) if row.predicted_impact_at else ""
    return [
        ("kind", gettext("Kind"), localised(label(row.kind))),
        ("category", gettext("Category"), category),
        ("first_category", gettext("First category"), first if first != category else ""),
        ("impact", gettext("Impact"), level.get(("impact", row.impact or 0), "")),
        ("urgency", gettext("Urgency"), level.get(("urgency", row.urgency or 0), "")),
        ("severity", gettext("Severity"), severity),
        ("channel", gettext("Channel"), localised(label(row.channel)) if row.channel else ""),
        ("location", gettext("Location"), row.location),
        ("organisation", gettext("Organisation"), row.organisation.name if row.organisation else ""),
        ("supplier", gettext("Supplier"), row.supplier.name if row.supplier else ""),
        ("security_class", gettext("Security class"), row.security_class.name if row.security_class else ""),
        ("predicted_impact_at", gettext("Predicted"), predicted),
        ("reopened", gettext("Reopened"), _times(row.reopen_count)),
        ("reassigned", gettext("Reassigned"), _times(row.reassignment_count) if row.reassignment_count > 1 else ""),
        ("source", gettext("Source"), f"{row.external_source} {row.external_key}".strip()),
    ]


def _times(count: int) -> str:
    if count < 2:
        return gettext("once") if count else ""
    return gettext("{count} times").format(count=count)


def ending(row: Incident, codes: Mapping[tuple[str, str], str]) -> list[tuple[str, str]]:
    """How it ended and what it cost."""
    pairs = [
        (gettext("Resolution"), codes.get(("resolution", row.resolution_code), localised(label(row.resolution_code)))),
        (gettext("Cause"), codes.get(("cause", row.cause_code), localised(label(row.cause_code)))),
    ]
    return [(name, value) for name, value in pairs if value] + cost(row)


def cost(row: Incident) -> list[tuple[str, str]]:
    """Cost and harm in figures."""
    pairs = [
        (gettext("Cost"), f"{row.cost:,} {row.currency}".strip() if row.cost is not None else ""),
        (gettext("Downtime"), span_words(row.downtime_minutes * 60) if row.downtime_minutes is not None else ""),
        (gettext("Data loss"), gettext("Yes") if row.has_data_loss else ""),
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
    return [(names[k].name if k in names else k, custom_words(v)) for k, v in row.custom.items()]


def custom_words(value: Any) -> str:
    """The value of an own field, in the reader's words."""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    try:
        return (
            date_format(date.fromisoformat(value), gettext("j M Y"))
            if isinstance(value, str) and len(value) == 10
            else str(value)
        )
    except ValueError:
        return str(value)
