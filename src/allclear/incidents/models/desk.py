"""What a person has on the desk: half-written texts, what was looked at last, and who is looking just now.

None of it is part of an incident's history, so it is written without events.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from allclear.accounts.models import User
from allclear.incidents.models.incident import Incident


class Draft(models.Model):
    """Something half-written, by the name of the form it belongs to. It survives reload, log-out and another device."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=120, help_text="Which form: incident:INC0000001:reply, log ...")
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="+")
    fields = models.JSONField(default=dict, help_text="Name of the field to what was typed.")
    seen_version = models.IntegerField(
        null=True, blank=True, help_text="The incident's version on the writer's screen."
    )
    revision = models.IntegerField(default=1, help_text="Grows with each save; an older device does not overwrite.")
    updated_at = models.DateTimeField(db_index=True, help_text="Old ones are cleared away by this.")

    class Meta:
        db_table = "incidents_draft"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_draft_a_form")]

    def __str__(self) -> str:
        return f"Draft {self.key} of {self.user_id}"


class Look(models.Model):
    """How far somebody has read an incident: "since you last looked" and the unread mark come from it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="looks")
    version = models.IntegerField(help_text="The last event that was on the screen.")
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "incidents_look"
        constraints = [models.UniqueConstraint(fields=["user", "incident"], name="one_look_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} saw incident {self.incident_id} at version {self.version}"


class Habit(models.Model):
    """How somebody likes a screen: which parts of the log form stay open."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=40, help_text="Of the screen: log.")
    open_parts = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        db_table = "incidents_habit"
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_habit_a_screen")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class Presence(models.Model):
    """Who has an incident open just now, one row a browser tab. Lost in a crash of the database, which does no harm."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    tab = models.CharField(max_length=40, help_text="Made up by the browser tab.")
    is_typing = models.BooleanField(default=False)
    seen_at = models.DateTimeField(help_text="Forgotten some seconds after the last sign of life.")

    class Meta:
        db_table = "incidents_presence"
        constraints = [models.UniqueConstraint(fields=["user", "incident", "tab"], name="one_presence_a_tab")]

    def __str__(self) -> str:
        return f"{self.user_id} looks at incident {self.incident_id}"
