"""What a reader asked of the timeline, and how far they had read: from cookies and headers of the page's own script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.incidents import thread, timeline
from allclear.incidents.actions import desk
from allclear.incidents.gather import gather
from allclear.incidents.looks import Read
from allclear.incidents.models import Incident
from allclear.kernel.errors import NotFound
from allclear.web.http import Page, signed_in
from allclear.web.incidents.common import find

LAST = 2**31 - 1  # the largest version that there can be


def cookie_name(request: Page) -> str:
    """One cookie a person: a device may be shared. It holds, for instance, `public.newest`."""
    return f"timeline-{request.viewer.user_id or 0}"


def wish_of(request: Page) -> thread.Wish:
    """The filter and the order of this person on this device, and how far back they have loaded."""
    kept = request.COOKIES.get(cookie_name(request), "").split(".")
    show = next((word for word in kept if word in thread.SHOWS), thread.ALL) if request.viewer.is_staff else thread.ALL
    order = next((word for word in kept if word in thread.ORDERS), thread.OLDEST)
    begins_at = _number(request.GET.get("from") or request.headers.get("X-Timeline-From", ""))
    return thread.Wish(show, order, begins_at)


def read_by(request: Page, row: Incident) -> Read | None:
    """How far the reader had read when they opened the page; the page says so with each of its later requests."""
    version, _sep, at = request.headers.get("X-Looked", "").partition(";")
    if version:
        return Read(_number(version), _instant(at) or request.now)
    looked = getattr(row, "looked_version", None)  # of `find`
    return Read(looked, row.looked_at) if looked is not None else None  # type: ignore[attr-defined]  # annotated too


def context(request: Page, row: Incident, entries: Sequence[timeline.Entry]) -> dict[str, Any]:
    """What the templates of the timeline need."""
    read = read_by(request, row)
    found = thread.thread_of(entries, wish_of(request), read=read, reader_id=request.viewer.user_id)
    return {
        "thread": found,
        "since": f"{read.version};{read.seen_at.isoformat()}" if read else "",
        "timeline_cookie": cookie_name(request),
        "shows": [
            (thread.ALL, _("All"), found.counts[thread.ALL]),
            (timeline.PUBLIC, _("Public"), found.counts[timeline.PUBLIC]),
            (timeline.INTERNAL, _("Internal"), found.counts[timeline.INTERNAL]),
            (timeline.SYSTEM, _("System"), found.counts[timeline.SYSTEM]),
        ],
    }


@signed_in
@require_POST
def look(request: Page, number: str) -> HttpResponse:
    """The page was really on the screen, up to this version: "new since you last looked" begins after it."""
    row = find(request, number)
    version = min(_number(request.POST.get("version", "")), row.version)
    if version:
        desk.look_at(request.viewer, row.pk, version, request.now)
    return HttpResponse(status=204)


@signed_in
def why(request: Page, number: str, position: int) -> HttpResponse:
    """The explanation of one step, fetched when somebody asks for it."""
    request.viewer.require("incident.read_internal")
    gathered = gather(find(request, number), request.viewer)
    entries = timeline.for_staff(gathered.events, gathered.sources)
    entry = next((e for e in entries if e.position == position), None)
    if entry is None:
        raise NotFound(_("There is no such step. Reload the page."))
    return render(request, "components/trace.html", {"trace": entry.trace})


def _number(text: str) -> int:
    return min(int(text), LAST) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if timezone.is_aware(at) else None
