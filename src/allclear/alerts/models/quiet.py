"""What keeps alerts quiet: silences, maintenance windows, inhibitions. Each ends; nothing that they hold is lost."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from allclear.alerts.models.integrations import Integration
from allclear.catalog.models import ConfigurationItem, Service

SHADOW, LIVE = "shadow", "live"
MODES = [(SHADOW, _("Shadow: only say what it would hold")), (LIVE, _("In force"))]


class Silence(models.Model):
    """Alerts whose labels fit all matchers open nothing until it ends (Alertmanager's term and form)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="The silenceID of Alertmanager's API.")
    comment = models.CharField(max_length=500, help_text="Why.")
    matchers = models.JSONField(help_text="[{name, value, isRegex, isEqual}], all must fit; as Alertmanager's API v2.")
    integration = models.ForeignKey(Integration, models.CASCADE, null=True, blank=True, help_text="Empty: of all.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="Always given; ending one early moves it here.")
    mode = models.CharField(max_length=6, choices=MODES, default=LIVE)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_by_name = models.CharField(max_length=120, blank=True, default="", help_text="As a foreign client says.")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "alerts_silence"
        verbose_name = _("silence")
        ordering = ["-ends_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="silence_ends")]
        indexes = [models.Index(fields=["ends_at"], name="silence_ends_at")]

    def __str__(self) -> str:
        return self.comment


class MaintenanceWindow(models.Model):
    """Planned work: alerts of these services and items, and of everything on them, open nothing while it lasts."""

    name = models.CharField(max_length=150)
    reason = models.TextField(blank=True, default="")
    change_ref = models.CharField(max_length=100, blank=True, default="", help_text="The change it belongs to.")
    services = models.ManyToManyField(Service, blank=True, related_name="maintenance_windows")
    cis = models.ManyToManyField(ConfigurationItem, blank=True, related_name="maintenance_windows")
    with_dependents = models.BooleanField(default=True, help_text="Also what stands on them.")
    starts_at = models.DateTimeField(help_text="Of the first time.")
    ends_at = models.DateTimeField(help_text="Of the first time.")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Whose wall clock repeats count by.")
    repeats = models.CharField(max_length=300, blank=True, default="", help_text="RFC 5545 RRULE; empty: once.")
    until = models.DateTimeField(
        null=True, blank=True, help_text="Of one that repeats: after this there is no other time."
    )
    left_out = ArrayField(models.DateTimeField(), default=list, blank=True, help_text="Starts of cancelled times.")
    mode = models.CharField(max_length=6, choices=MODES, default=LIVE)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "alerts_maintenance"
        verbose_name = _("maintenance window")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="maintenance_ends"),
            models.CheckConstraint(condition=Q(repeats="") | Q(until__isnull=False), name="maintenance_repeats_end"),
        ]

    def __str__(self) -> str:
        return self.name


class Inhibition(models.Model):
    """While an alert fires that fits `cause`, those that fit `effect` and have the same `equal` labels stay quiet."""

    name = models.CharField(max_length=150)
    cause = models.TextField(help_text="A filter of alerts.")
    effect = models.TextField(help_text="A filter of alerts.")
    equal = ArrayField(models.CharField(max_length=200), default=list, blank=True, help_text="Names of labels.")
    expires_at = models.DateTimeField(help_text="Always given; it can be prolonged.")
    mode = models.CharField(max_length=6, choices=MODES, default=SHADOW)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "alerts_inhibition"
        verbose_name = _("inhibition")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
