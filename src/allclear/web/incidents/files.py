"""Files of an incident: downloaded; small pictures also shown, after a look at what they really are."""

from __future__ import annotations

import uuid

from django.http import FileResponse
from django.utils.translation import gettext as _

from allclear.incidents import blobs
from allclear.incidents.models import Attachment
from allclear.kernel.errors import NotFound
from allclear.web.http import Page, signed_in
from allclear.web.incidents.common import find

PICTURES = {  # how a picture of this type begins
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
LARGEST_PICTURE = 4 * 2**20  # bytes; a larger one is only downloaded


@signed_in
def download(request: Page, number: str, file_id: uuid.UUID) -> FileResponse:
    """Whoever may see the incident gets its public files; the others are for staff.

    The file cannot act in our name: it is saved and not shown, its type is not guessed, and it has no rights.
    """
    file = _file(request, number, file_id)
    opened = blobs.existing_path(file.sha256).open("rb")
    response = FileResponse(opened, as_attachment=True, filename=file.name, content_type="application/octet-stream")
    return _without_rights(response, file)


@signed_in
def picture(request: Page, number: str, file_id: uuid.UUID) -> FileResponse:
    """The same file inside our page, when its bytes are those of a picture that cannot hold a script.

    The type comes from the bytes, never from the name; what is no such picture is not found here.
    """
    file = _file(request, number, file_id)
    if not is_picture(file):
        raise NotFound(_("This file cannot be shown. Download it instead."))
    opened = blobs.existing_path(file.sha256).open("rb")
    start = opened.read(12)
    opened.seek(0)
    begins = PICTURES[file.content_type]
    if not start.startswith(begins) or (file.content_type == "image/webp" and start[8:] != b"WEBP"):
        opened.close()
        raise NotFound(_("This file cannot be shown. Download it instead."))
    response = _without_rights(FileResponse(opened, content_type=file.content_type), file)
    response["Cache-Control"] = "private, max-age=600"
    return response


def is_picture(file: Attachment) -> bool:
    """Whether it says that it is a picture small enough to be shown."""
    return file.content_type in PICTURES and file.size <= LARGEST_PICTURE and file.erased_at is None


def _file(request: Page, number: str, file_id: uuid.UUID) -> Attachment:
    row = find(request, number)
    files = Attachment.objects.filter(incident=row)
    if not request.viewer.may("incident.read_internal"):
        files = files.filter(is_public=True)
    file = files.filter(pk=file_id).first()
    if file is None:
        raise NotFound(_("There is no such file, or you may not see it."))
    if file.erased_at:
        raise NotFound(_("This file was erased. The timeline of the incident says when and why."))
    return file


def _without_rights(response: FileResponse, file: Attachment) -> FileResponse:
    response["Content-Length"] = file.size
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
