"""Events and the alerts that they add up to."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allclear.alerts.models.integrations import Delivery, Integration
from allclear.alerts.models.words import all_words
from allclear.catalog.models import ConfigurationItem, Service
from allclear.domain.alerts import LONGEST_TITLE, Severity
from allclear.incidents.models import Incident

FIRING, ACKNOWLEDGED, RESOLVED = "firing", "acknowledged", "resolved"
STATUSES = [
    (FIRING, pgettext_lazy("status of an alert", "Firing")),
    (ACKNOWLEDGED, _("Acknowledged")),
    (RESOLVED, _("Resolved")),
]
OUTCOMES = [
    ("waiting", _("Waiting")),  # not decided yet
    ("held", _("Held back")),  # a rule waits whether it is still firing later
    ("suppressed", _("Suppressed")),  # by a silence, a maintenance window or an inhibition: `held_by`
    ("recorded", _("Recorded only")),
    ("opened", _("Opened an incident")),
    ("joined", _("Joined an incident")),
]
VERDICTS = [("useful", _("Useful")), ("duplicate", _("Duplicate")), ("false_alarm", _("False alarm"))]


def _newest(field: str, condition: Q | None = None) -> models.Index:
    """For the list of those with one value, the newest first; the condition leaves out the common value."""
    return models.Index(fields=[field, "-last_seen_at", "-id"], condition=condition, name=f"alert_{field}_newest")


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> Self:
        """Not resolved."""
        return self.exclude(status=RESOLVED)


class Alert(models.Model):
    """A deduplicated condition: all events of one key, from the first that fires to the one that resolves it.

    A projection of its events and decisions. After it is resolved, the same key begins a new alert.
    """

    integration = models.ForeignKey(Integration, models.PROTECT, related_name="alerts", db_index=False)
    dedup_key = models.CharField(max_length=560, help_text="As domain.alerts.stored_key.")
    status = models.CharField(max_length=12, choices=STATUSES, default=FIRING)
    severity = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Severity], default="unknown")
    title = models.CharField(max_length=LONGEST_TITLE)
    description = models.TextField(blank=True, default="")
    source = models.CharField(max_length=500, blank=True, default="", help_text="What is sick: a host, an instance.")
    labels = models.JSONField(default=dict, help_text="Flat texts; what matchers, rules and grouping look at.")
    details = models.JSONField(default=dict, help_text="The last event's.")
    links = models.JSONField(default=list)
    images = models.JSONField(default=list)
    service = models.ForeignKey(Service, models.SET_NULL, null=True, related_name="alerts", db_index=False)
    ci = models.ForeignKey(ConfigurationItem, models.SET_NULL, null=True, related_name="alerts", db_index=False)

    first_seen_at = models.DateTimeField(help_text="When its first event arrived.")
    last_seen_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=10, blank=True, default="", help_text="source, stale or person.")
    event_count = models.PositiveIntegerField(default=1)
    changes = ArrayField(models.DateTimeField(), default=list, help_text="Its last changes between firing and not.")
    is_flapping = models.BooleanField(default=False)

    outcome = models.CharField(max_length=12, choices=OUTCOMES, default="waiting")
    decide_at = models.DateTimeField(null=True, help_text="When the engine looks at it (again); empty: it is settled.")
    held_by = models.JSONField(default=dict, help_text="{kind, id, name, until}: what keeps it quiet.")
    rule = models.CharField(max_length=120, blank=True, default="", help_text="The rule that decided.")
    rules_version = models.PositiveIntegerField(null=True)
    group_key = models.CharField(max_length=64, blank=True, default="", help_text="SHA-256 of what it is grouped by.")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="alerts", db_index=False)
    trace = models.JSONField(default=list, help_text="Why: the last decision's traces.")

    verdict = models.CharField(max_length=12, choices=VERDICTS, blank=True, default="")
    verdict_at = models.DateTimeField(null=True)
    verdict_by_id = models.BigIntegerField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        db_table = "alerts_alert"
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "dedup_key"], condition=~Q(status="resolved"), name="alert_open_once"
            ),
            models.CheckConstraint(
                condition=Q(status="resolved") ^ Q(resolved_at=None), name="alert_resolved_has_instant"
            ),
        ]
        indexes = [
            models.Index(
                fields=["decide_at", "id"], condition=Q(decide_at__isnull=False), name="alert_decide"
            ),  # engine
            models.Index(fields=["incident"], condition=Q(incident__isnull=False), name="alert_incident"),
            models.Index(fields=["-last_seen_at", "-id"], name="alert_newest"),  # the list
            models.Index(fields=["-last_seen_at", "-id"], condition=~Q(status="resolved"), name="alert_open_newest"),
            *(_newest(field) for field in ("integration", "severity")),
            _newest("outcome", ~Q(outcome="recorded")),
            _newest("verdict", ~Q(verdict="")),
            _newest("service", Q(service__isnull=False)),
            _newest("ci", Q(ci__isnull=False)),
            models.Index(
                fields=["-last_seen_at", "-id"], condition=Q(status="acknowledged"), name="alert_acknowledged_newest"
            ),
            models.Index(fields=["-last_seen_at", "-id"], condition=Q(is_flapping=True), name="alert_flapping_newest"),
            models.Index(fields=["integration", "dedup_key", "-id"], name="alert_key_newest"),  # flapping, re-fires
            models.Index(fields=["group_key"], condition=~Q(group_key=""), name="alert_group"),
            GinIndex(OpClass(all_words(), name="gin_trgm_ops"), name="alert_words_trgm"),  # words and labels
        ]

    def __str__(self) -> str:
        return self.title


class AlertEvent(models.Model):
    """One message of a source, immutable: what became of it. The words stand in its delivery."""

    OUTCOMES = [
        ("opened", _("Opened an alert")),
        ("repeated", _("Counted")),
        ("changed", _("Changed the alert")),
        ("acknowledged", _("Acknowledged the alert")),
        ("resolved", _("Resolved the alert")),
        ("unknown", _("No open alert of this key")),  # acknowledge, resolve or note of something not open
        ("dropped", _("Dropped by a rule")),
        ("seen", _("Seen before")),  # the source's own id came twice
        ("noted", _("Noted")),  # pings and changes
    ]
    delivery_id = models.BigIntegerField()
    position = models.PositiveIntegerField(help_text="1, 2, 3 ... within the delivery.")
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="events", db_index=False)
    action = models.CharField(max_length=12)
    severity = models.CharField(max_length=10)
    received_at = models.DateTimeField()
    occurred_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=OUTCOMES)
    source_id = models.CharField(max_length=64, blank=True, default="", help_text="SHA-256 of the source's own id.")
    data = models.JSONField(null=True, help_text="As domain.alerts.as_data where it opened or changed something.")
    trace = models.JSONField(null=True, help_text="Why, where a rule had a say.")

    class Meta:
        db_table = "alerts_event"
        constraints = [
            models.UniqueConstraint(fields=["delivery_id", "position"], name="alert_event_once"),
            models.UniqueConstraint(
                fields=["integration", "source_id"], condition=~Q(source_id=""), name="alert_event_source_id_once"
            ),
        ]
        indexes = [models.Index(fields=["alert", "-id"], name="alert_event_alert")]

    def __str__(self) -> str:
        return f"{self.action} {self.delivery_id}.{self.position}"

    @property
    def delivery(self) -> Delivery | None:
        """The request it came in; gone after a while (docs/alerts.md, What is kept)."""
        return Delivery.objects.filter(pk=self.delivery_id).first()


class AlertDecision(models.Model):
    """What was decided about an alert, by a rule or a person, and why. Insert-only; the newest is on the alert too."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="decisions")
    decided_at = models.DateTimeField()
    kind = models.CharField(max_length=20, help_text="decided, released, verdict, closed, cleared ...")
    outcome = models.CharField(max_length=12, blank=True, default="")
    incident_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True, help_text="Empty for the program itself.")
    data = models.JSONField(default=dict)
    trace = models.JSONField(default=list)

    class Meta:
        db_table = "alerts_decision"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"
