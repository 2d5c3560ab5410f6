"""Attach a file."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import PurePath

from allclear.domain.incident import commands as c
from allclear.incidents import blobs
from allclear.incidents.actions.run import Outcome, Request, locked, visible
from allclear.incidents.models import Attachment
from allclear.incidents.texts import clean
from allclear.kernel.errors import Invalid
from allclear.kernel.ids import new_id
from allclear.kernel.words import say

REFUSED = frozenset({".exe", ".bat", ".cmd", ".com", ".scr", ".msi", ".js", ".vbs", ".ps1", ".jar", ".lnk", ".hta"})
MOST_PER_INCIDENT = 200


def attach_file(
    request: Request, incident_id: int, *, name: str, chunks: Iterable[bytes], is_public: bool = False
) -> Outcome:
    """Keep a file with the incident. A requester's file is public; staff choose. Programs are refused."""
    name = " ".join(clean(PurePath(name.replace("\\", "/")).name, "file", limit=255).split())
    if not name or name in {".", ".."}:
        raise Invalid({"file": say("The file needs a name.")})
    if PurePath(name).suffix.lower() in REFUSED:
        raise Invalid(
            {
                "file": say(
                    "Files ending in {ending} can run as programs; pack it into a zip file.",
                    ending=PurePath(name).suffix,
                )
            }
        )
    public = is_public or not request.viewer.is_staff
    request.viewer.require("incident.attach")
    visible(request.viewer, incident_id)
    sha256, size = blobs.write(chunks)  # before the lock: an upload may take minutes
    with locked(request, incident_id, "incident.attach") as work:
        if Attachment.objects.filter(incident_id=work.row.pk).count() >= MOST_PER_INCIDENT:
            raise Invalid({"file": say("An incident holds at most {limit} files.", limit=MOST_PER_INCIDENT)})
        row = Attachment(
            id=new_id(),
            incident_id=work.row.pk,
            name=name,
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            size=size,
            sha256=sha256,
            is_public=public,
            author_id=request.viewer.user_id,
            created_at=request.now,
        )
        work.do(c.Attach(str(row.id), sha256, public))
        row.save(force_insert=True)
        return work.outcome
