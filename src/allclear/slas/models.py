"""Business calendars and agreements. What they say is in versions that are never changed; incidents keep theirs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from allclear.domain.sla import AgreementKind


class BusinessCalendar(models.Model):
    """When time counts: working hours, holidays, exceptions (`domain.business`)."""

    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True, help_text="Offered for new targets.")

    class Meta:
        db_table = "slas_calendar"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="calendar_name_once")]

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """One version: in force from `effective_at` until the next one is. Never changed."""

    version = models.PositiveIntegerField()
    body = models.JSONField()
    effective_at = models.DateTimeField(help_text="Never before it was saved.")
    note = models.CharField(max_length=300, blank=True, default="", help_text="Why it was changed.")
    author_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class CalendarVersion(Version):
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, related_name="versions")

    class Meta:
        db_table = "slas_calendar_version"
        ordering = ["calendar", "-version"]
        constraints = [models.UniqueConstraint(fields=["calendar", "version"], name="calendar_version_once")]

    def __str__(self) -> str:
        return f"{self.calendar} version {self.version}"


class Agreement(models.Model):
    """A promise: to customers (SLA), between teams (OLA), or of a supplier (underpinning contract)."""

    KINDS = [
        (AgreementKind.SLA.value, _("Service level agreement")),
        (AgreementKind.OLA.value, _("Operational level agreement")),
        (AgreementKind.UC.value, _("Underpinning contract")),
    ]
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=5, choices=KINDS, default=AgreementKind.SLA)
    description = models.TextField(blank=True, default="", help_text="Where the contract is kept, who signed it.")
    position = models.PositiveSmallIntegerField(default=100, help_text="The lower one wins where two are as specific.")
    is_active = models.BooleanField(default=True, help_text="Applies to what is logged from now on.")

    class Meta:
        db_table = "slas_agreement"
        verbose_name = _("agreement")
        ordering = ["kind", "position", "name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="agreement_name_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in AgreementKind]), name="agreement_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AgreementVersion(Version):
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="versions")
    is_ended = models.BooleanField(default=False, help_text="From here on the agreement applies to nothing new.")
    calendars = models.ManyToManyField(
        BusinessCalendar, through="AgreementCalendar", related_name="agreement_versions", help_text="That it uses."
    )

    class Meta:
        db_table = "slas_agreement_version"
        ordering = ["agreement", "-version"]
        constraints = [models.UniqueConstraint(fields=["agreement", "version"], name="agreement_version_once")]

    def __str__(self) -> str:
        return f"{self.agreement} version {self.version}"


class AgreementCalendar(models.Model):
    """That a version uses a calendar, which therefore cannot be removed."""

    agreement_version = models.ForeignKey(AgreementVersion, models.CASCADE, db_column="agreementversion_id")
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, db_column="businesscalendar_id")

    class Meta:
        db_table = "slas_agreement_version_calendars"
        unique_together = [("agreement_version", "calendar")]

    def __str__(self) -> str:
        return str(self.agreement_version.agreement)
