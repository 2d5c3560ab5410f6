"""The search: a page of hits that says why each was found, and the list below the field in the top bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allclear.accounts.permissions import Viewer
from allclear.incidents import search as engine
from allclear.incidents.models import Incident
from allclear.incidents.search import Answer, Hit
from allclear.incidents.search.finding import MOST
from allclear.incidents.search.show import Where
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.incidents import rows

SIZE = 20
_LISTED = 7  # hits below the field

# in which text the words were found
PLACES: Mapping[str, Any] = {
    "number": gettext_lazy("number"),
    "title": gettext_lazy("title"),
    "requester": gettext_lazy("requester"),
    "service": gettext_lazy("service"),
    "organisation": gettext_lazy("organisation"),
    "location": gettext_lazy("location"),
    "source": gettext_lazy("number in the old system"),
    "ci": gettext_lazy("configuration item"),
    "task": gettext_lazy("task"),
    "file": gettext_lazy("file name"),
    "public_file": gettext_lazy("file name"),
    "description": gettext_lazy("description"),
    "answers": gettext_lazy("answers"),
    "resolution": gettext_lazy("resolution"),
    "workaround": gettext_lazy("workaround"),
    "permanent_fix": gettext_lazy("permanent fix"),
    "verification": gettext_lazy("verification"),
    "harm": gettext_lazy("harm"),
    "diagnosis": gettext_lazy("diagnosis"),
    "follow_up": gettext_lazy("follow-up"),
    "documents": gettext_lazy("documents to update"),
    "reason": gettext_lazy("reason"),
    "reply": gettext_lazy("reply"),
    "note": gettext_lazy("note"),
}
_DATED = ("reply", "note")

# what to type, and what it finds; shown where nothing was asked or found
HELP = [
    ("printer stripes", gettext_lazy("both words, in any form: printers, printing")),
    ('"connection reset"', gettext_lazy("these words side by side")),
    ("printer -toner", gettext_lazy("the first word without the second")),
    ("mail OR outlook", gettext_lazy("one of the two")),
    ("print*", gettext_lazy("every word that begins so")),
]
STAFF_HELP = ("priority:1 vpn", gettext_lazy("filters and words together"))


@signed_in
def search(request: Page) -> HttpResponse:
    """An exact number goes to its incident; anything else gives hits, the best first."""
    text, viewer = _typed(request), request.viewer
    if text and not wants_fragment(request):
        row = Incident.objects.visible_to(viewer).filter(number__in={text, text.upper()}).only("number").first()
        if row:
            return redirect("incidents:detail", row.number)
    number = _page_number(request)
    answer = engine.answer(text, viewer, request.now, limit=SIZE, offset=(number - 1) * SIZE)
    context = _context(request, text, answer, number)
    response = render(request, "incidents/_hits.html" if wants_fragment(request) else "incidents/search.html", context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@signed_in
def options(request: Page) -> HttpResponse:
    """The best hits while somebody types, and the way to all of them."""
    text = _typed(request)
    answer = engine.answer(text, request.viewer, request.now, limit=_LISTED, is_typing=True)
    shown = [_shown(hit, request.viewer) for hit in answer.hits]
    context = {"text": text, "hits": shown, "answer": answer, "all_url": _address(text), "count": _count(answer)}
    return render(request, "incidents/_search_options.html", context)


def _typed(request: Page) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:500]


def _page_number(request: Page) -> int:
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(1, number), MOST // SIZE)


def _context(request: Page, text: str, answer: Answer, number: int) -> dict[str, Any]:
    last = max(1, -(-answer.total // SIZE))
    is_staff = request.viewer.is_staff
    return {
        "search_url": "",  # the page has its own field
        "text": text,
        "answer": answer,
        "hits": [_shown(hit, request.viewer) for hit in answer.hits],
        "count": _count(answer),
        "is_staff": is_staff,
        "help": [*HELP, *([STAFF_HELP] if is_staff else [])],
        "perhaps_url": _address(answer.perhaps),
        "newer_url": _address(text, number - 1) if number > 1 else "",
        "older_url": _address(text, number + 1) if number < last else "",
        "page_text": _("Page {number} of {last}").format(number=number, last=last) if last > 1 else "",
        "most": MOST if not answer.is_all else 0,
    }


def _address(text: str, number: int = 1) -> str:
    pairs = {"q": text} | ({"page": str(number)} if number > 1 else {})
    return f"{reverse('incidents:search')}?{urlencode(pairs)}"


def _count(answer: Answer) -> str:
    if not answer.is_all:
        return _("more than {count} found").format(count=answer.total - 1)
    return ngettext("{count} found", "{count} found", answer.total).format(count=answer.total)


def _shown(hit: Hit, viewer: Viewer) -> dict[str, Any]:
    """A hit as the templates take it."""
    row = hit.incident
    return {
        "incident": row,
        "number": hit.number,
        "title": hit.title,
        "snippet": hit.snippet,
        "snippet_of": _place(hit.snippet_of) if hit.snippet_of else None,
        "where": [_place(where) for where in hit.where if where != hit.snippet_of],
        "status_label": rows.status_label(row) if viewer.is_staff else rows.portal_label(row),
        "about": rows.about(row) if viewer.is_staff else (row.service.name if row.service else ""),
    }


def _place(where: Where) -> dict[str, Any]:
    name = PLACES.get(where.kind, where.kind)
    return {"kind": where.kind, "name": name, "at": where.at if where.kind in _DATED else None}
