"""What-ifs: drafts of other promises, and what they would have made of the past."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from allclear.accounts.models import User
from allclear.incidents.models import Incident


class WhatIf(models.Model):
    """A draft of changed agreements, calendars and the matrix, and its newest run over a span of past incidents.

    It belongs to its author: the sums count what they may see.
    """

    DRAFT, QUEUED, RUNNING, DONE, CANCELLED, FAILED = "draft", "queued", "running", "done", "cancelled", "failed"
    STATES = [
        (DRAFT, _("Draft")),
        (QUEUED, _("Waits for its turn")),
        (RUNNING, _("Running")),
        (DONE, _("Done")),
        (CANCELLED, _("Cancelled")),
        (FAILED, _("Failed")),
    ]
    name = models.CharField(max_length=120)
    author = models.ForeignKey(User, models.CASCADE, null=True, related_name="what_ifs", help_text="Empty: the server.")
    first = models.DateField(help_text="Incidents that were logged from this day on ...")
    end = models.DateField(help_text="... until before this one, in `zone`.")
    zone = models.CharField(max_length=64, default="UTC")
    filter = models.CharField(max_length=2000, blank=True, default="", help_text="In the filter language.")
    draft = models.JSONField(default=dict, help_text="In the form of replay/drafts.py.")
    base = models.JSONField(default=dict, help_text="The versions that the draft was made from.")
    state = models.CharField(max_length=10, choices=STATES, default=DRAFT)
    is_cancelling = models.BooleanField(default=False, help_text="The run stops after the incidents it has in hand.")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    switched_on_at = models.DateTimeField(null=True, help_text="From when on it is in force, once it was switched on.")

    class Meta:
        db_table = "reports_what_if"
        verbose_name = _("what-if")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "queued", "running", "done", "cancelled", "failed"]),
                name="what_if_state_known",
            ),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("first")), name="what_if_span_forward"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        return self.state in (self.QUEUED, self.RUNNING)


class WhatIfRow(models.Model):
    """An incident for which the draft makes a difference."""

    what_if = models.ForeignKey(WhatIf, models.CASCADE, related_name="rows", db_index=False)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    is_turned = models.BooleanField(help_text="A promise is met instead of breached, or the other way round.")
    turns = models.JSONField(
        default=list, help_text="[{kind, metric, before, after}], a side {outcome, due_at} or null."
    )
    priority_before = models.PositiveSmallIntegerField(null=True)
    priority_after = models.PositiveSmallIntegerField(null=True)
    told_before = models.PositiveIntegerField(default=0)
    told_after = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "reports_what_if_row"
        ordering = ["-is_turned", "incident"]
        constraints = [models.UniqueConstraint(fields=["what_if", "incident"], name="what_if_row_once")]
        indexes = [models.Index(fields=["what_if", "-is_turned", "incident"], name="what_if_rows")]  # the list in pages

    def __str__(self) -> str:
        return f"{self.what_if_id} {self.incident_id}"
