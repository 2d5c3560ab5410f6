"""One verb on many incidents: what was asked, and what became of each."""

from __future__ import annotations

from django.db import models

from allclear.accounts.models import User
from allclear.incidents.models.incident import Incident
from allclear.kernel.ids import new_id


class BulkRun(models.Model):
    """Somebody's verb on many incidents. Its key is the `bulk_id` in the cause of every event that came of it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(User, models.SET_NULL, null=True)
    verb = models.CharField(max_length=40)
    values = models.JSONField(default=dict)  # emptied when it is finished: words may be in it
    sha256 = models.CharField(max_length=64)  # of what was asked, so that one key is one request
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.verb} {self.started_at:%Y-%m-%d %H:%M}"


class BulkItem(models.Model):
    """One incident of it. `position` is that of the last event the verb wrote; `seen_version` what the preview saw."""

    STATES = ("pending", "done", "unchanged", "refused", "undone")

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="items")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    seen_version = models.IntegerField()
    state = models.CharField(max_length=10, default="pending")
    position = models.IntegerField(null=True)
    code = models.CharField(max_length=80, default="")  # of the rule that refused it
    reason = models.TextField(default="")
    said = models.JSONField(null=True)  # how the reason was made, to say it in the reader's language

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["run", "incident"], name="bulk_item_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "done", "unchanged", "refused", "undone"]),
                name="bulk_item_state_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.incident_id} {self.state}"
