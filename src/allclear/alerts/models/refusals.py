"""What was turned away before it was read, and how much each key has sent: kept short, however much comes."""

from __future__ import annotations

from django.db import models

from allclear.alerts.models.integrations import Integration


class Refusal(models.Model):
    """Requests of one integration that were refused alike within one minute: too many, too large, an old key.

    Their bodies were never taken; a flood of them makes one row a minute.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="refusals", db_index=False)
    status = models.PositiveSmallIntegerField(help_text="As answered: 429, 413, 401 ...")
    minute = models.DateTimeField(help_text="Its beginning.")
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(help_text="Requests.")
    reason = models.TextField(help_text="The last one's, in words.")

    class Meta:
        db_table = "alerts_refusal"
        constraints = [
            models.UniqueConstraint(fields=["integration", "minute", "status"], name="alert_refusal_once"),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.status}"


class KeyUse(models.Model):
    """How many events came with a key to all web processes together, so that its limit is one for all of them."""

    key = models.CharField(max_length=64, primary_key=True, help_text="Its hash.")
    total = models.BigIntegerField(help_text="Events ever since the row was made.")
    used_at = models.DateTimeField()

    class Meta:
        db_table = "alerts_key_use"

    def __str__(self) -> str:
        return f"{self.total} events"
