"""What people say of alerts: useful, a duplicate, or a false alarm. An empty verdict takes one back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import Alert, AlertDecision
from allclear.domain.alerts.noise import Verdict
from allclear.kernel.announce import announce
from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.words import say

MOST_AT_ONCE = 1000


def judge_alert(viewer: Viewer, pk: int, verdict: str, *, now: datetime) -> bool:
    """Say what an alert was; gives whether that is new. Empty takes the verdict back."""
    return judge_alerts(viewer, [pk], verdict, now=now) == 1


def judge_alerts(viewer: Viewer, pks: Sequence[int], verdict: str, *, now: datetime) -> int:
    """Say the same of many alerts, all or none; gives of how many it is new."""
    viewer.require("alert.work")
    if verdict not in ("", *Verdict):
        raise Invalid({"verdict": say("Choose one of {choices}, or nothing.", choices=", ".join(Verdict))})
    keys = sorted(set(pks))
    if len(keys) > MOST_AT_ONCE:
        raise Invalid({"alert_ids": say("Judge at most {most} alerts at once.", most=MOST_AT_ONCE)})
    with transaction.atomic():
        rows = list(Alert.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
        if len(rows) < len(keys):
            raise NotFound(say("There is no alert {key}.", key=min(set(keys) - {row.pk for row in rows})))
        changed = [row for row in rows if row.verdict != verdict]
        AlertDecision.objects.bulk_create(_decision(row, verdict, viewer, now) for row in changed)
        Alert.objects.filter(pk__in=[row.pk for row in changed]).update(
            verdict=verdict,
            verdict_at=now if verdict else None,
            verdict_by_id=viewer.user_id if verdict else None,
        )
        if changed:
            announce("alerts")
    return len(changed)


def _decision(row: Alert, verdict: str, viewer: Viewer, now: datetime) -> AlertDecision:
    return AlertDecision(
        alert=row,
        decided_at=now,
        kind="verdict",
        outcome=row.outcome,
        incident_id=row.incident_id,
        actor_id=viewer.user_id,
        data={"verdict": [row.verdict, verdict]},
    )
