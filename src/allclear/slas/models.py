"""What was promised: the calendars that promises count by."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class BusinessCalendar(models.Model):
    """Which time counts; what it says stands in its versions."""

    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "slas_calendar"
        verbose_name = _("business calendar")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="business_calendar_name_once")]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """One version of a calendar; a trigger refuses to change it.

    In force at an instant is the one whose `effective_at` is the latest before or at it; of two with the same, the
    higher version.
    """

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    body = models.JSONField(help_text="In the form of domain/business.")
    effective_at = models.DateTimeField(help_text="Never before it was saved.")
    note = models.CharField(max_length=300, blank=True, default="", help_text="Why it was changed.")
    author_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "slas_calendar_version"
        ordering = ["calendar", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "version"], name="calendar_version_once"),
            models.CheckConstraint(
                condition=models.Q(effective_at__gte=models.F("created_at")), name="calendar_version_not_backdated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.version}"
