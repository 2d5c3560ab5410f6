"""Words and files. Public replies and internal notes are of two types in two tables: nothing public can leak a note."""

from __future__ import annotations

from django.db import models

from allclear.accounts.models import User
from allclear.domain.terms import Slot
from allclear.incidents.models.incident import Incident
from allclear.kernel.ids import new_id

# Texts by which a requester finds an incident; staff find it by all others too.
SEARCHED_BY_ALL = [str(slot) for slot in (Slot.ANSWERS, Slot.DESCRIPTION, Slot.RESOLUTION)]


class Erasable(models.Model):
    """A text that lawful erasure may empty: the hash stays, so the history can still be checked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sha256 = models.CharField(max_length=64)
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Content(Erasable):
    """A free text of an incident, by slot (title, description, resolution ...). Older versions stay beside it."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="contents")
    slot = models.CharField(max_length=20)

    class Meta:
        db_table = "incidents_content"

    def __str__(self) -> str:
        return f"{self.slot} of incident {self.incident_id}"


class PublicReply(Erasable):
    """What the requester reads, or wrote."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="replies")
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    by_requester = models.BooleanField(default=False)

    class Meta:
        db_table = "incidents_public_reply"
        verbose_name_plural = "public replies"

    def __str__(self) -> str:
        return f"Reply to incident {self.incident_id}"


class InternalNote(Erasable):
    """What staff tell each other."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "incidents_internal_note"

    def __str__(self) -> str:
        return f"Note on incident {self.incident_id}"


class Attachment(models.Model):
    """A file of an incident. The bytes lie once under their SHA-256, whatever the number of attachments."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    is_public = models.BooleanField(default=False, help_text="The requester may see it.")
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True, help_text="Bytes and name are gone.")

    class Meta:
        db_table = "incidents_attachment"

    def __str__(self) -> str:
        return self.name
