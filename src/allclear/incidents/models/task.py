"""Tasks under an incident: a projection like the incident's row."""

from __future__ import annotations

from django.db import models

from allclear.accounts.models import Team, User
from allclear.domain.terms import TaskStatus
from allclear.incidents.models.incident import Incident


class Task(models.Model):
    """Something to do for an incident, with an owner and a due time. Written by `incidents.actions` only."""

    id = models.UUIDField(primary_key=True, editable=False)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="tasks")
    position = models.IntegerField(default=0)
    title = models.CharField(max_length=250, help_text="A copy of the content row.")
    title_ref = models.JSONField(help_text="{id, sha256} of the content row.")
    status = models.CharField(max_length=12, default=TaskStatus.OPEN)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="tasks")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="tasks")
    due_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "incidents_task"
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=[str(s) for s in TaskStatus]), name="task_status_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title
