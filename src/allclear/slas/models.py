"""What was promised: agreements, and the calendars they count by. What they say is in versions that never change."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from allclear.domain.sla import AgreementKind


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


class Agreement(models.Model):
    """A promise: to customers (SLA), between teams (OLA), or of a supplier (underpinning contract)."""

    KINDS = [
        (AgreementKind.SLA.value, _("Service level agreement")),
        (AgreementKind.OLA.value, _("Operational level agreement")),
        (AgreementKind.UC.value, _("Underpinning contract")),
    ]
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=5, choices=KINDS, default="sla")
    description = models.TextField(blank=True, default="", help_text="Where the contract is kept, who signed it.")
    position = models.PositiveSmallIntegerField(default=100, help_text="The lower one wins where two are as specific.")

    class Meta:
        db_table = "slas_agreement"
        verbose_name = _("agreement")
        ordering = ["kind", "position", "name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="agreement_name_once"),
            models.CheckConstraint(condition=Q(kind__in=["sla", "ola", "uc"]), name="agreement_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class AgreementVersion(models.Model):
    """One version of an agreement, as `CalendarVersion` is one of a calendar."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    body = models.JSONField(help_text="In the form of domain/sla.")
    is_ended = models.BooleanField(default=False, help_text="From here on the agreement applies to nothing new.")
    calendars = models.ManyToManyField(
        BusinessCalendar, through="AgreementCalendar", related_name="agreement_versions", help_text="That it uses."
    )
    effective_at = models.DateTimeField(help_text="Never before it was saved.")
    note = models.CharField(max_length=300, blank=True, default="", help_text="Why it was changed.")
    author_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "slas_agreement_version"
        ordering = ["agreement", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "version"], name="agreement_version_once"),
            models.CheckConstraint(
                condition=Q(effective_at__gte=F("created_at")), name="agreement_version_not_backdated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.version}"


class AgreementCalendar(models.Model):
    """That a version uses a calendar, which therefore cannot be removed."""

    agreement_version = models.ForeignKey(AgreementVersion, models.CASCADE)
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT)

    class Meta:
        db_table = "slas_agreement_calendar"
        constraints = [
            models.UniqueConstraint(fields=["agreement_version", "calendar"], name="agreement_calendar_once")
        ]

    def __str__(self) -> str:
        return str(self.agreement_version.agreement)
