"""What was brought in, from which file, and what became of each row."""

from __future__ import annotations

from django.db import models

from allclear.accounts.models import User


class ImportRun(models.Model):
    """One run of an import. The report accounts for every row of the file."""

    STATES = [("running", "Running"), ("done", "Done"), ("failed", "Failed"), ("stopped", "Stopped")]
    source = models.CharField(max_length=60, help_text="Name of the source; with the number it names an incident once.")
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    format = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=STATES, default="running")
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_read = models.BigIntegerField(default=0)
    rows_imported = models.BigIntegerField(default=0)
    rows_merged = models.BigIntegerField(default=0, help_text="Known already, or without any change.")
    rows_rejected = models.BigIntegerField(default=0)
    report = models.JSONField(default=dict)

    class Meta:
        db_table = "incidents_import_run"
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"


class ImportedRow(models.Model):
    """The rows of an incident that are in already, as one hash a row: the same file twice adds nothing."""

    source = models.CharField(max_length=60)
    external_key = models.CharField(max_length=200)
    row_hashes = models.JSONField(default=list)

    class Meta:
        db_table = "incidents_imported_row"
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="imported_row_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.external_key}"
