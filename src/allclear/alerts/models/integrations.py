"""Where alerts come from: a source, its keys, and what it sent."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from allclear.accounts.models import Team
from allclear.catalog.models import Service


class Integration(models.Model):
    """One source: a Prometheus, a mailbox, a script. Dedup keys are its own: two integrations never share an alert."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40, help_text="The dialect that reads what it sends: intake/dialects.")
    description = models.TextField(blank=True, default="", help_text="What it watches, who looks after it.")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, help_text="If nothing names one.")
    owner_team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="integrations")
    options = models.JSONField(default=dict, blank=True, help_text="The dialect's own settings, by name.")
    events_per_minute = models.PositiveIntegerField(default=60_000, help_text="More are answered 429, for each key.")
    stale_after = models.DurationField(
        null=True, blank=True, help_text="An open alert of which nothing was heard for so long is closed."
    )
    silent_from = models.DateTimeField(
        null=True, editable=False, help_text="When Allclear ran again after an outage: no silence is older than that."
    )
    is_active = models.BooleanField(default=True, help_text="What is off refuses what arrives.")
    last_seen_at = models.DateTimeField(null=True, editable=False, help_text="When something arrived; no change of it.")

    class Meta:
        db_table = "alerts_integration"
        verbose_name = _("integration")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="integration_name_once")]

    def __str__(self) -> str:
        return self.name


class IntegrationKey(models.Model):
    """What a source shows to be let in. Only its hash is kept; an old one may live on for a while beside a new one."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="keys")
    sha256 = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="Its last characters, to tell keys apart.")
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="Set when a newer key replaces it, or when it is revoked.")

    class Meta:
        db_table = "alerts_integration_key"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.integration} …{self.hint}"


class Delivery(models.Model):
    """One request (or mail) as it arrived, and what was answered. Written once, by the intake; never changed."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="deliveries", db_index=False)
    dialect = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    target = models.CharField(max_length=500, help_text="Method and path, the key taken out.")
    headers = models.JSONField(default=dict, help_text="Those that say something about the body; no credentials.")
    body = models.BinaryField()
    status = models.PositiveSmallIntegerField(help_text="As answered; 250 for mail.")
    error = models.TextField(blank=True, default="", help_text="Why it could not be read, in words.")
    event_count = models.PositiveIntegerField(default=0, help_text="How many events were read in it.")
    request_id = models.UUIDField(null=True, help_text="What the sender may ask by what became of it (Opsgenie).")
    replay_of = models.BigIntegerField(null=True, help_text="The delivery that somebody sent through once more.")

    class Meta:
        db_table = "alerts_delivery"
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["integration", "-id"], name="delivery_newest"),  # the last 100 of one source
            models.Index(fields=["integration", "-id"], condition=~Q(error=""), name="delivery_unread"),  # its errors
            models.Index(fields=["request_id"], condition=Q(request_id__isnull=False), name="delivery_request"),
        ]

    def __str__(self) -> str:
        return f"{self.dialect} {self.pk}"


class PendingQuerySet(models.QuerySet["PendingDelivery"]):
    def not_passed_by(self) -> Self:
        """Within a query of rows of an integration: without what cannot be read, for later ones of it were folded."""
        folded = Coalesce(OuterRef("integration__last_seen_at"), F("received_at"))
        return self.filter(received_at__gte=folded)


class PendingDelivery(models.Model):
    """What a delivery said, until the engine has folded it into alerts: written with it, deleted with the fold."""

    delivery = models.OneToOneField(Delivery, models.CASCADE, primary_key=True, db_constraint=False)
    integration_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    events = models.JSONField(help_text="As domain.alerts.as_data, in the order of the body.")

    objects = PendingQuerySet.as_manager()

    class Meta:
        db_table = "alerts_pending"

    def __str__(self) -> str:
        return str(self.pk)
