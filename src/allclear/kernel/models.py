"""The event log, the generation counter of policies, and the heartbeats of the engine's loops."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One change that happened, immutable. The rows of a stream, in order of position, are the truth about a record."""

    stream_type = models.CharField(max_length=30, help_text="The noun: incident, user, team, service, policy ...")
    stream_id = models.BigIntegerField(help_text="The record's key.")
    position = models.IntegerField(help_text="1, 2, 3 ... within the stream; the record's version.")
    kind = models.CharField(max_length=50, help_text="What happened: logged, assigned, resolved ...")
    data = models.JSONField(default=dict, help_text="Changed fields as {field: [old, new]}, sets, texts by reference.")
    actor_id = models.BigIntegerField(null=True, help_text="The user who did it; empty for the program itself.")
    actor_kind = models.CharField(max_length=10, default="user", help_text="user, system or import.")
    on_behalf_of_id = models.BigIntegerField(null=True, help_text="The user for whom it was done.")
    cause = models.JSONField(default=dict, help_text="Rule and version, request id, parent event.")
    trace = models.JSONField(default=list, help_text="Why: the steps of the rules that decided.")
    occurred_at = models.DateTimeField(help_text="When it was true in the world.")
    recorded_at = models.DateTimeField(help_text="When it was written here.")

    class Meta:
        db_table = "kernel_event"
        constraints = [
            models.UniqueConstraint(fields=["stream_type", "stream_id", "position"], name="event_one_per_position"),
            models.CheckConstraint(condition=models.Q(position__gte=1), name="event_position_from_one"),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["user", "system", "import"]), name="event_actor_kind_known"
            ),
        ]
        indexes = [
            # the audit log of administration: few rows among those of incidents, the newest first
            models.Index(fields=["-id"], condition=~models.Q(stream_type="incident"), name="event_administration"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_type} {self.stream_id} #{self.position} {self.kind}"


class Generation(models.Model):
    """One row a topic, moved by the transaction that changes it: so caches in each process know they are old."""

    topic = models.CharField(max_length=30, primary_key=True)
    value = models.BigIntegerField(default=1)

    class Meta:
        db_table = "kernel_generation"

    def __str__(self) -> str:
        return f"{self.topic} {self.value}"


class Heartbeat(models.Model):
    """When a loop of the engine last went round, and what it found."""

    loop = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()
    worked = models.IntegerField(default=0, help_text="Rows that the last round worked on.")
    error = models.TextField(blank=True, default="")

    class Meta:
        db_table = "kernel_heartbeat"

    def __str__(self) -> str:
        return f"{self.loop} {self.beat_at:%Y-%m-%d %H:%M:%S}"
