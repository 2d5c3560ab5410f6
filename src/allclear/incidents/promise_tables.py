"""The words of promises: how they stand, what they measure, why they pause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from allclear.domain.sla import AgreementKind, Metric, Standing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STANDINGS: Mapping[Standing, StrOrPromise] = {
    Standing.ON_TRACK: gettext_lazy("On track"),
    Standing.AT_RISK: gettext_lazy("At risk"),
    Standing.OVERDUE: gettext_lazy("Overdue"),
    Standing.PAUSED: gettext_lazy("Paused"),
    Standing.MET: gettext_lazy("Met"),
    Standing.BREACHED: gettext_lazy("Breached"),
    Standing.VOID: gettext_lazy("Not measured"),
}
METRICS: Mapping[Metric, StrOrPromise] = {
    Metric.RESPONSE: gettext_lazy("Response"),
    Metric.RESOLUTION: gettext_lazy("Resolution"),
    Metric.PROGRESS: gettext_lazy("Progress"),
}
KINDS: Mapping[AgreementKind, StrOrPromise] = {
    AgreementKind.SLA: gettext_lazy("Service level agreement"),
    AgreementKind.OLA: gettext_lazy("Operational level agreement"),
    AgreementKind.UC: gettext_lazy("Underpinning contract"),
}
BY: Mapping[Metric, StrOrPromise] = {
    Metric.RESPONSE: gettext_lazy("Respond by {when}"),
    Metric.RESOLUTION: gettext_lazy("Resolve by {when}"),
    Metric.PROGRESS: gettext_lazy("Next entry by {when}"),
}
WAS: Mapping[Metric, StrOrPromise] = {
    Metric.RESPONSE: gettext_lazy("The response was due {when}"),
    Metric.RESOLUTION: gettext_lazy("The resolution was due {when}"),
    Metric.PROGRESS: gettext_lazy("An entry was due {when}"),
}
PAUSED: Mapping[Metric, StrOrPromise] = {
    Metric.RESPONSE: gettext_lazy("The time to respond is paused"),
    Metric.RESOLUTION: gettext_lazy("The time to resolve is paused"),
    Metric.PROGRESS: gettext_lazy("The time until the next entry is paused"),
}
MET: Mapping[Metric, StrOrPromise] = {
    Metric.RESPONSE: gettext_lazy("Answered in time"),
    Metric.RESOLUTION: gettext_lazy("Resolved in time"),
    Metric.PROGRESS: gettext_lazy("Moved on in time"),
}
BREACHED: Mapping[Metric, StrOrPromise] = {
    Metric.RESPONSE: gettext_lazy("Answered too late"),
    Metric.RESOLUTION: gettext_lazy("Resolved too late"),
    Metric.PROGRESS: gettext_lazy("Moved on too late"),
}
WAITS: Mapping[str, StrOrPromise] = {
    "requester": gettext_lazy("it waits for the requester"),
    "supplier": gettext_lazy("it waits for the supplier"),
    "change": gettext_lazy("it waits for a change"),
    "problem": gettext_lazy("it waits for a problem"),
    "evidence": gettext_lazy("it waits for evidence"),
}
PAUSED_FOR: Mapping[str, StrOrPromise] = {
    "requester": gettext_lazy("paused {span} for the requester"),
    "supplier": gettext_lazy("paused {span} for the supplier"),
    "change": gettext_lazy("paused {span} for a change"),
    "problem": gettext_lazy("paused {span} for a problem"),
    "evidence": gettext_lazy("paused {span} for evidence"),
}
VOID: Mapping[str, StrOrPromise] = {
    "cancelled": gettext_lazy("it was cancelled"),
    "merged": gettext_lazy("it was merged into another incident"),
    "no_target": gettext_lazy("no target applies to it any more"),
}
