"""Storms: many incidents that monitoring opened at once, and what was made of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from allclear.incidents.models import Incident

STATES = [
    ("proposed", _("One parent is proposed")),
    ("accepted", _("Has a parent")),
    ("dismissed", _("Dismissed")),
]


class Storm(models.Model):
    """More incidents than usual within a short time, as the alert rules say. At most one is going on."""

    started_at = models.DateTimeField(help_text="When the first of its incidents opened.")
    last_opened_at = models.DateTimeField(help_text="When the last one opened.")
    ended_at = models.DateTimeField(null=True, help_text="When nothing more had opened for the span of the rules.")
    incident_ids = ArrayField(models.BigIntegerField(), default=list, help_text="In the order in which they opened.")
    state = models.CharField(max_length=10, choices=STATES, default="proposed")
    parent = models.ForeignKey(Incident, models.SET_NULL, null=True, related_name="+", db_index=False)
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "alerts_storm"
        verbose_name = _("storm")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(ended_at=None), name="storm_one_at_once"),
        ]
        indexes = [models.Index(fields=["-started_at"], name="storm_newest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
