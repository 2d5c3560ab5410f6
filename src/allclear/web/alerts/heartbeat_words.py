"""What screens say about heartbeats."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from allclear.alerts.models import HeartbeatMonitor
from allclear.domain.alerts.heartbeat import HeartbeatState, ReportKind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STATES: dict[HeartbeatState, tuple[StrOrPromise, str]] = {
    HeartbeatState.NEW: (pgettext_lazy("state of a heartbeat", "no report yet"), ""),
    HeartbeatState.UP: (pgettext_lazy("state of a heartbeat", "up"), "ok"),
    HeartbeatState.STARTED: (pgettext_lazy("state of a heartbeat", "running"), "info"),
    HeartbeatState.LATE: (pgettext_lazy("state of a heartbeat", "late"), "warn"),
    HeartbeatState.DOWN: (pgettext_lazy("state of a heartbeat", "down"), "danger"),
    HeartbeatState.PAUSED: (pgettext_lazy("state of a heartbeat", "paused"), ""),
}
REPORTS = {ReportKind.SUCCESS: "ok", ReportKind.START: "info", ReportKind.FAIL: "danger", ReportKind.LOG: ""}
SEVERITIES: list[tuple[str, StrOrPromise]] = [
    ("critical", pgettext_lazy("severity of an alert", "Critical")),
    ("error", pgettext_lazy("severity of an alert", "Error")),
    ("warning", pgettext_lazy("severity of an alert", "Warning")),
    ("info", pgettext_lazy("severity of an alert", "Information")),
]
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def span_exact(span: timedelta) -> str:
    """All of it, in as many units as it takes: "1 h 30 min"."""
    rest, parts = int(span.total_seconds()), []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def schedule(row: HeartbeatMonitor) -> str:
    """When it reports."""
    if row.period is not None:
        return _("every {span}").format(span=span_exact(row.period))
    return _("{cron}, by the clock of {zone}").format(cron=row.cron, zone=row.time_zone)
