"""The daily round of the retention policy: erase what is due, incident by incident, each in one transaction.

Any number of workers may run it at once: whoever locks an incident erases it, the others pass it by. A run that was
killed half way leaves whole incidents behind, done or not done; the next one goes on with those that are still due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.catalog.policies import in_force
from allclear.domain.retention import Part, Retention
from allclear.engine.loop import beat
from allclear.incidents import actions
from allclear.incidents.actions import Request
from allclear.incidents.actions.keep import remove_unused_files, tell_retention_run
from allclear.incidents.actions.run import claimed
from allclear.incidents.paging import KIND
from allclear.incidents.retention import due, over
from allclear.notifications.actions.forgetting import forget_about
from allclear.notifications.models import Notification

log = logging.getLogger(__name__)

BATCH = 200  # incidents that one query finds
_FILES_SINCE = timedelta(days=30)  # a run may have been killed before the bytes were gone
Progress = Callable[[int], None]


@dataclass(slots=True)
class Report:
    """What a run erased. `passed_by`: somebody else had them just now, or they failed and stand in the log."""

    policy_version: int = 0
    incidents: int = 0
    erased: dict[str, int] = field(default_factory=dict)
    passed_by: int = 0
    files_removed: int = 0
    notifications_removed: int = 0

    def add(self, counts: dict[str, int]) -> None:
        self.incidents += 1
        for part, count in counts.items():
            self.erased[part] = self.erased.get(part, 0) + count

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def run(now: datetime, *, viewer: Viewer = SYSTEM_VIEWER, progress: Progress = lambda _: None) -> Report:
    """Erase all that is due at `now`; safe to run at any time, again, and beside another run."""
    viewer.require("retention.run")
    policy = in_force().retention
    report = Report(policy.version)
    last = 0
    while ids := list(due(policy, now).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        for incident_id in ids:
            _erase(incident_id, now, report)
            progress(report.incidents)
        last = ids[-1]
    report.files_removed = remove_unused_files(now - _FILES_SINCE)
    report.notifications_removed = _forget_notifications(policy, now)
    _forget_sessions()
    if report.incidents:
        tell_retention_run(Request(viewer, now), policy.version, {"incidents": report.incidents, **report.erased})
    beat("retention", now, report.incidents)
    return report


def _erase(incident_id: int, now: datetime, report: Report) -> None:
    try:
        counts = erase(incident_id, now)
    except (OperationalError, InterfaceError):
        raise  # the database is away: that is no fault of the incident
    except Exception:
        log.exception("Retention: incident %s failed and is tried again by the next run", incident_id)
        counts = None
    if counts is None:
        report.passed_by += 1
    else:
        report.add(counts)


def erase(incident_id: int, now: datetime) -> dict[str, int] | None:
    """Erase what is due of one incident; None when somebody else has it, or when it is not due any more."""
    policy = in_force().retention
    with transaction.atomic():
        if claimed(due(policy, now), incident_id) is None:
            return None
        cause = {"rule": "retention", "version": policy.version}
        outcome = actions.erase_texts(Request(SYSTEM_VIEWER, now, cause=cause), incident_id)
        return dict(outcome.events[0].data["erased"]) if outcome.events else {}


def _forget_notifications(policy: Retention, now: datetime) -> int:
    """What people were told has the words of the incident in it, and goes when its texts go."""
    told = Notification.objects.filter(subject_kind=KIND, subject_id__in=over(policy, Part.TEXTS, now).values("pk"))
    gone = 0
    while ids := set(told.order_by("pk").values_list("subject_id", flat=True)[:BATCH]):
        gone += forget_about(KIND, [pk for pk in ids if pk])
    return gone


def _forget_sessions() -> None:
    """Log-ins that are over; what API calls answered forgets itself after a day."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
