"""Attachments: uploads go to disk while they arrive, downloads can never run in a browser."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Annotated, Any
from urllib.parse import quote
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Form, UploadedFile
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.api import present
from allclear.api.http import answer, ref, verb, viewer_of
from allclear.api.idempotency import once
from allclear.api.incidents import routes
from allclear.api.schemas import Ref, Shape
from allclear.incidents import blobs
from allclear.incidents.actions import attach_file
from allclear.incidents.models import Attachment
from allclear.kernel.errors import Invalid, NotFound

_CHUNK = 2**16  # bytes
_AS_THEY_ARE = frozenset(
    {
        "application/pdf",
        "application/zip",
        "application/gzip",
        "text/plain",
        "text/csv",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
    }
)  # fmt: skip - all others come as bytes: HTML, SVG and XML could act for the person who opens them


class AttachmentShape(Shape):
    id: str
    name: str
    content_type: str
    size: int
    sha256: str
    is_public: bool
    author: Ref | None
    created_at: datetime
    href: str


class Attachments(Shape):
    items: list[AttachmentShape]


@routes.get("/{number}/attachments", Attachments)
def list_attachments(request: HttpRequest, number: str) -> HttpResponse:
    """List the files that you may see, oldest first."""
    viewer = viewer_of(request)
    rows = _visible(viewer, present.key_of(viewer, number)).order_by("created_at", "id")
    return answer({"items": [_attachment(number, row) for row in rows]})


@routes.post("/{number}/attachments", AttachmentShape, status=201, versioned=True)
def attach(request: HttpRequest, number: str, file: File[UploadedFile], is_public: Form[bool] = False) -> HttpResponse:
    """Attach a file, as a form (multipart/form-data).

    At most 50 MB. What requesters attach is public; staff choose with `is_public`.
    """
    return _attach(request, number, file.name or "", file.chunks(_CHUNK), is_public)


@routes.post("/{number}/attachments/raw", AttachmentShape, status=201, versioned=True, is_once=False)
def attach_raw(
    request: HttpRequest, number: str, name: Annotated[str, Field(max_length=255)], is_public: bool = False
) -> HttpResponse:
    """Attach a file, its bytes as the body.

    For `curl --data-binary @file`: at most 50 MB, with a Content-Length.
    """
    present.key_of(viewer_of(request), number)  # nobody fills the disk for an incident they may not see
    with tempfile.TemporaryFile() as spool:
        request.body_sha256 = _spool(request, spool)  # type: ignore[attr-defined]  # for the idempotency key

        def keep(http: HttpRequest) -> HttpResponse:
            spool.seek(0)
            return _attach(http, number, name, iter(lambda: spool.read(_CHUNK), b""), is_public)

        return once(keep)(request)


@routes.get("/{number}/attachments/{attachment_id}", None)
def download(request: HttpRequest, number: str, attachment_id: UUID) -> HttpResponseBase:
    """Download a file's bytes. It always comes as a download, never as a page."""
    viewer = viewer_of(request)
    row = _visible(viewer, present.key_of(viewer, number)).filter(pk=attachment_id).first()
    if row is None:
        raise NotFound("There is no such file, or you may not see it.")
    if row.erased_at:
        raise NotFound("This file was erased.")
    response = FileResponse(blobs.existing_path(row.sha256).open("rb"))
    response["Content-Type"] = row.content_type if row.content_type in _AS_THEY_ARE else "application/octet-stream"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name, safe='')}"
    response["Content-Length"] = str(row.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _visible(viewer: Viewer, incident_id: int) -> Any:
    rows = Attachment.objects.filter(incident_id=incident_id).select_related("author")
    return rows if viewer.may("incident.read_internal") else rows.filter(is_public=True)


def _attach(request: HttpRequest, number: str, name: str, chunks: Iterable[bytes], is_public: bool) -> HttpResponse:
    asked = verb(request)
    key = present.key_of(asked.viewer, number)
    done = attach_file(asked, key, name=name, chunks=chunks, is_public=is_public)
    row = Attachment.objects.select_related("author").get(pk=done.events[-1].data["attachment"])
    body = _attachment(number, row)
    return answer(body, 201, version=done.incident.version, headers={"Location": body["href"]})


def _spool(request: HttpRequest, spool: IO[bytes]) -> str:
    """Copy the body to `spool`; gives its SHA-256. No lock is held while a slow line delivers."""
    digest, size = hashlib.sha256(), 0
    for chunk in _read(request):
        size += len(chunk)
        if size > blobs.LARGEST:
            raise Invalid({"file": f"The file is larger than {blobs.LARGEST // 2**20} MB. Share a link to it instead."})
        digest.update(chunk)
        spool.write(chunk)
    return digest.hexdigest()


def _read(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(_CHUNK):
        yield chunk


def _attachment(number: str, row: Attachment) -> dict[str, Any]:
    fields = ("name", "content_type", "size", "sha256", "is_public", "created_at")
    return {field: getattr(row, field) for field in fields} | {
        "id": str(row.pk),
        "author": ref(row.author_id, row.author.name if row.author else ""),
        "href": f"/api/v1/incidents/{number}/attachments/{row.pk}",
    }
