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


class UnknownKey(models.Model):
    """Requests within one minute, to the address of one kind of source, with a key that no integration has, or none.

    Whoever sets up a tool with a wrong key finds it here; nothing else of the request is kept.
    """

    kind = models.CharField(max_length=20, blank=True, help_text="Empty: the address fits several kinds of source.")
    minute = models.DateTimeField(help_text="Its beginning.")
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(help_text="Requests.")
    hint = models.CharField(max_length=8, blank=True, help_text="The end of the last one's key; empty: it showed none.")
    sender = models.CharField(max_length=64, blank=True, help_text="The address of the last one.")

    class Meta:
        db_table = "alerts_unknown_key"
        constraints = [models.UniqueConstraint(fields=["minute", "kind"], name="alert_unknown_key_once")]

    def __str__(self) -> str:
        return f"{self.count} × {self.kind} …{self.hint}"


class KeyUse(models.Model):
    """How many events came with a key to all web processes together, so that its limit is one for all of them."""

    key = models.CharField(max_length=64, primary_key=True, help_text="Its hash.")
    total = models.BigIntegerField(help_text="Events ever since the row was made.")
    used_at = models.DateTimeField()

    class Meta:
        db_table = "alerts_key_use"

    def __str__(self) -> str:
        return f"{self.total} events"
