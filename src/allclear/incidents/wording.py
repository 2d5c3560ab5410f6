"""Fields and their values, points in time and spans, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from allclear.catalog.policies import in_force
from allclear.domain.terms import LinkKind, in_sentence
from allclear.kernel.localised import localised

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from allclear.incidents.timeline import Sources

RULES: Mapping[str, StrOrPromise] = {
    "priority_matrix": gettext_lazy("Priority matrix"),
    "routing": gettext_lazy("Routing"),
    "lifecycle": gettext_lazy("Lifecycle"),
    "cascade": gettext_lazy("Cascade"),
    "service level": gettext_lazy("Service level"),
}
FIELDS: Mapping[str, StrOrPromise] = {
    "offered_team_id": gettext_lazy("offered to team"),
    "offered_to_id": gettext_lazy("offered to"),
    "offered_by_id": gettext_lazy("offered by"),
    "team_id": gettext_lazy("team"),
    "assignee_id": gettext_lazy("assignee"),
    "service_id": gettext_lazy("service"),
    "organisation_id": gettext_lazy("organisation"),
    "supplier_id": gettext_lazy("supplier"),
    "requester_id": gettext_lazy("requester"),
    "on_behalf_of_id": gettext_lazy("affected person"),
    "category_id": gettext_lazy("category"),
    "first_category_id": gettext_lazy("first category"),
    "final_category_id": gettext_lazy("final category"),
    "security_class_id": gettext_lazy("security class"),
    "is_impending": gettext_lazy("impending"),
    "predicted_impact_at": gettext_lazy("predicted impact"),
    "occurred_at": gettext_lazy("occurred"),
    "detected_at": gettext_lazy("detected"),
    "restored_at": gettext_lazy("restored"),
    "acknowledged_at": gettext_lazy("acknowledged"),
    "acknowledged_by_id": gettext_lazy("acknowledged by"),
    "resolved_at": gettext_lazy("resolved"),
    "resolved_by_id": gettext_lazy("resolved by"),
    "verified_at": gettext_lazy("verified"),
    "verified_by_id": gettext_lazy("verified by"),
    "closed_at": gettext_lazy("closed"),
    "closed_by_id": gettext_lazy("closed by"),
    "cancelled_at": gettext_lazy("cancelled"),
    "followed_up_at": gettext_lazy("followed up"),
    "followed_up_by_id": gettext_lazy("followed up by"),
    "status": gettext_lazy("status"),
    "kind": gettext_lazy("kind"),
    "impact": gettext_lazy("impact"),
    "urgency": gettext_lazy("urgency"),
    "priority": gettext_lazy("priority"),
    "severity": gettext_lazy("severity"),
    "channel": gettext_lazy("channel"),
    "location": gettext_lazy("location"),
    "cost": gettext_lazy("cost"),
    "currency": gettext_lazy("currency"),
    "cause_code": gettext_lazy("cause"),
    "resolution_code": gettext_lazy("resolution code"),
    "downtime_minutes": gettext_lazy("downtime in minutes"),
    "has_data_loss": gettext_lazy("data loss"),
    "hold_reason": gettext_lazy("waits for"),
    "hold_until": gettext_lazy("hold until"),
    "custom": gettext_lazy("custom fields"),
    "process_effectiveness": gettext_lazy("handling was effective"),
    "is_workaround_in_place": gettext_lazy("workaround in place"),
    "is_cascade_opted_out": gettext_lazy("not resolved with its parent"),
    "parent_id": gettext_lazy("parent"),
    "merged_into_id": gettext_lazy("merged into"),
    "completeness": gettext_lazy("completeness"),
    "reopen_count": gettext_lazy("times reopened"),
    "reassignment_count": gettext_lazy("reassignment count"),
    "matrix_version": gettext_lazy("matrix version"),
    "routing_version": gettext_lazy("routing version"),
    "is_vip": gettext_lazy("VIP"),
    "criticality": gettext_lazy("criticality"),
    "promised_at": gettext_lazy("agreements as of"),
}
TEXTS: Mapping[str, StrOrPromise] = {
    "title": gettext_lazy("the title"),
    "description": gettext_lazy("the description"),
    "answers": gettext_lazy("the answers"),
    "workaround": gettext_lazy("the workaround"),
    "permanent_fix": gettext_lazy("the permanent fix"),
    "resolution": gettext_lazy("the resolution"),
    "verification": gettext_lazy("the verification"),
    "harm": gettext_lazy("the harm"),
    "diagnosis": gettext_lazy("the diagnosis"),
    "reason": gettext_lazy("the reason"),
    "follow_up": gettext_lazy("the follow-up"),
    "documents": gettext_lazy("the documents to update"),
}
LINKS: Mapping[str, StrOrPromise] = {
    LinkKind.RELATED: gettext_lazy("related to {number}"),
    LinkKind.DUPLICATE_OF: gettext_lazy("duplicate of {number}"),
    LinkKind.HAS_DUPLICATE: gettext_lazy("has the duplicate {number}"),
    LinkKind.SPLIT_FROM: gettext_lazy("split from {number}"),
    LinkKind.SPLIT_INTO: gettext_lazy("split into {number}"),
    LinkKind.CAUSED_BY: gettext_lazy("caused by {number}"),
    LinkKind.CAUSES: gettext_lazy("causes {number}"),
}


def field_label(name: str) -> str:
    """A field for the eye, as it stands inside a sentence."""
    return str(FIELDS.get(name) or name.removesuffix("_id").removesuffix("_at").replace("_", " "))


def value_words(name: str, value: Any, sources: Sources) -> str:
    """A value of a field for the eye; "nothing" when it is empty."""
    if value in (None, "", {}, []):
        return gettext("nothing")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "parent_id":
        return sources.numbers.get(value) or gettext("another incident")
    if name in ("resolution_code", "cause_code") and (code := sources.names.code(name.removesuffix("_code"), value)):
        return code
    if name.endswith("_id"):
        return sources.names.of(name, value) or gettext("unknown")
    if name == "priority":
        return f"P{value}"
    if name in ("impact", "urgency"):
        levels = in_force().matrix.impacts if name == "impact" else in_force().matrix.urgencies
        return localised(next((level.name for level in levels if level.value == value), str(value)))
    if name == "hold_until" or name.endswith("_at"):
        return instant_words(value)
    if name == "custom" and isinstance(value, dict):
        return ", ".join(f"{key} {v}" for key, v in value.items())
    is_term = name.endswith(("_code", "reason", "channel", "status", "kind", "effectiveness"))
    return localised(in_sentence(str(value)).lower()) if is_term else str(value)


def instant_words(value: str | datetime) -> str:
    """The date and the time to the minute, in the reader's zone."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    # Translators: letters of Django's date format, not words: Sun 22 Nov 2026, 14:07
    return date_format(timezone.localtime(at), gettext("D j M Y, H:i"))


def span_words(seconds: float) -> str:
    """A span of time: 45 s, 7 min, 3 h 20 min, 2 d 4 h."""
    if seconds < 60:
        return gettext("{seconds} s").format(seconds=int(seconds))
    minutes = int(seconds // 60)
    if minutes < 60:
        return gettext("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        template = gettext("{hours} h {minutes} min") if minutes else gettext("{hours} h")
        return template.format(hours=hours, minutes=minutes)
    days, hours = divmod(hours, 24)
    return (gettext("{days} d {hours} h") if hours else gettext("{days} d")).format(days=days, hours=hours)
