"""SLA clocks of incidents: a projection of their events under the agreements that apply, and what thresholds did."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from allclear.domain.sla import AgreementKind, Metric, Rule
from allclear.incidents.models.incident import Incident


class SlaClock(models.Model):
    """One run of a clock, as `domain.sla.Clock`; what is reckoned from it stands beside it for the engine and lists."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=5, choices=[(k.value, k.value) for k in AgreementKind])
    metric = models.CharField(max_length=12, choices=[(m.value, m.value) for m in Metric])
    party = models.BigIntegerField(default=0, help_text="The team of an OLA, the supplier of a UC, else 0.")
    run = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True, help_text="The last run of its slot.")
    agreement_id = models.BigIntegerField()
    agreement_version = models.PositiveIntegerField()
    target_key = models.CharField(max_length=200)
    calendar_id = models.BigIntegerField()
    calendar_version = models.PositiveIntegerField()
    duration = models.DurationField(help_text="Working time of the target.")
    marks = models.JSONField(help_text="[[instant, rule, detail], ...]: from when on which rule holds.")
    counts_from = models.DateTimeField(help_text="What lies before was another target's.")
    rule = models.CharField(max_length=12, choices=[(r.value, r.value) for r in Rule], help_text="The last mark's.")
    due_at = models.DateTimeField(null=True, help_text="When it is used up, as it goes now; empty while it is paused.")
    next_at = models.DateTimeField(null=True, help_text="When the next threshold falls due.")
    next_percent = models.PositiveSmallIntegerField(null=True)
    fired = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="Thresholds that have fired.")
    why = models.JSONField(default=dict, help_text="The trace that chose the target.")

    class Meta:
        db_table = "incidents_sla_clock"
        constraints = [
            models.UniqueConstraint(fields=["incident", "kind", "metric", "party", "run"], name="sla_clock_run_once"),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(next_at__isnull=False), name="sla_clock_next"),  # engine
            models.Index(fields=["agreement_id", "agreement_version"], name="sla_clock_agreement"),  # attainment
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.kind} {self.metric} run {self.run}"


class FiredThreshold(models.Model):
    """That a threshold has fired; the unique key lets it do so once for each run, whoever is killed meanwhile."""

    clock = models.ForeignKey(SlaClock, models.CASCADE, related_name="firings")
    percent = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    told = models.JSONField(default=list, help_text="What was done: [{do, user_id | team_id | policy_id, ...}].")

    class Meta:
        db_table = "incidents_fired_threshold"
        ordering = ["due_at", "percent"]
        constraints = [models.UniqueConstraint(fields=["clock", "percent"], name="threshold_fires_once")]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.percent} %"
