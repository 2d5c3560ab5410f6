"""Files of an incident: downloaded, never shown inside our pages."""

from __future__ import annotations

import uuid

from django.http import FileResponse
from django.utils.translation import gettext as _

from allclear.incidents import blobs
from allclear.incidents.models import Attachment
from allclear.kernel.errors import NotFound
from allclear.web.http import Page, signed_in
from allclear.web.incidents.common import find


@signed_in
def download(request: Page, number: str, file_id: uuid.UUID) -> FileResponse:
    """Whoever may see the incident gets its public files; the others are for staff.

    The file cannot act in our name: it is saved and not shown, its type is not guessed, and it has no rights.
    """
    row = find(request, number)
    files = Attachment.objects.filter(incident=row)
    if not request.viewer.may("incident.read_internal"):
        files = files.filter(is_public=True)
    file = files.filter(pk=file_id).first()
    if file is None:
        raise NotFound(_("There is no such file, or you may not see it."))
    if file.erased_at:
        raise NotFound(_("This file was erased. The timeline of the incident says when and why."))
    opened = blobs.existing_path(file.sha256).open("rb")
    response = FileResponse(opened, as_attachment=True, filename=file.name, content_type="application/octet-stream")
    response["Content-Length"] = file.size
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
