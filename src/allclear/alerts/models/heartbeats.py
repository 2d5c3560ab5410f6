"""Jobs that report by themselves, and their reports."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allclear.alerts.models.integrations import Integration
from allclear.domain.alerts import Severity
from allclear.domain.alerts.heartbeat import ReportKind, Why

KINDS = [
    (ReportKind.SUCCESS.value, pgettext_lazy("report of a job", "Success")),
    (ReportKind.START.value, pgettext_lazy("report of a job", "Started")),
    (ReportKind.FAIL.value, pgettext_lazy("report of a job", "Failure")),
    (ReportKind.LOG.value, pgettext_lazy("report of a job", "Note")),
]
WHYS = [
    (Why.LATE.value, _("It did not report in time")),
    (Why.TOO_LONG.value, _("A run lasts too long")),
    (Why.FAILED.value, _("It reported a failure")),
]


class HeartbeatQuerySet(models.QuerySet["HeartbeatMonitor"]):
    def watched(self) -> Self:
        """Neither paused nor of an integration that is off."""
        return self.filter(is_paused=False, integration__is_active=True)


class HeartbeatMonitor(models.Model):
    """A job that reports at times of a schedule (/ping/UID); when no report comes, that is an alert.

    The columns after `is_paused` are a projection of its reports: domain.alerts.heartbeat.State.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="The secret in its address.")
    integration = models.ForeignKey(Integration, models.PROTECT, related_name="heartbeats", db_index=False)
    name = models.CharField(max_length=120)
    slug = models.CharField(max_length=100, help_text="Its name in /ping/KEY/SLUG, once in an integration.")
    description = models.TextField(blank=True, default="", help_text="What it does, what to do when it is down.")
    period = models.DurationField(null=True, blank=True, help_text="Empty where `cron` says it.")
    cron = models.CharField(max_length=120, blank=True, default="")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Whose wall clock `cron` counts by.")
    grace = models.DurationField(default=timedelta(minutes=5), help_text="How late a report may come.")
    max_run = models.DurationField(null=True, blank=True, help_text="How long a run may last; empty: for the grace.")
    severity = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in Severity], default=Severity.ERROR.value
    )
    created_at = models.DateTimeField(editable=False)

    is_paused = models.BooleanField(default=False, editable=False)
    counted_from = models.DateTimeField(null=True, editable=False)
    last_ping_at = models.DateTimeField(null=True, editable=False)
    runs = models.JSONField(default=dict, blank=True, editable=False, help_text="{name: when it began}.")
    down = models.CharField(max_length=10, choices=WHYS, blank=True, default="", editable=False)
    down_since = models.DateTimeField(null=True, editable=False)
    last_run = models.DurationField(null=True, editable=False)
    expected_at = models.DateTimeField(null=True, editable=False, help_text="When the next report is due.")
    due_at = models.DateTimeField(null=True, editable=False, help_text="When it is down if none comes.")

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        db_table = "alerts_heartbeat"
        verbose_name = _("heartbeat")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint("integration", Lower("slug"), name="heartbeat_slug_once"),
            models.CheckConstraint(condition=Q(period=None) ^ Q(cron=""), name="heartbeat_one_schedule"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="heartbeat_due"),  # engine
        ]

    def __str__(self) -> str:
        return self.name


class HeartbeatPing(models.Model):
    """One report; the newest of each heartbeat are kept."""

    monitor = models.ForeignKey(HeartbeatMonitor, models.CASCADE, related_name="pings", db_index=False)
    delivery_id = models.BigIntegerField()
    position = models.PositiveIntegerField(help_text="Within the delivery.")
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=KINDS)
    exit_status = models.PositiveSmallIntegerField(null=True)
    run = models.CharField(max_length=64, blank=True, default="", help_text="Pairs a beginning with its end.")
    lasted = models.DurationField(null=True, help_text="Of a run that it ended.")
    log = models.TextField(blank=True, default="", help_text="The beginning of what was sent with it.")

    class Meta:
        db_table = "alerts_heartbeat_ping"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["delivery_id", "position"], name="heartbeat_ping_once")]
        indexes = [models.Index(fields=["monitor", "-id"], name="heartbeat_ping_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
