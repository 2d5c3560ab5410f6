"""Signs of life from a browser tab: this person has the incident open, and types or not."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from allclear.incidents.actions.presence import arrive, depart
from allclear.incidents.presence import present
from allclear.web.http import Page, signed_in
from allclear.web.incidents.common import find

_MOST_NAMES = 12  # people named on a page


@signed_in
@require_POST
def here(request: Page, number: str) -> JsonResponse:
    """`state` is looking, typing or gone; `tab` is the browser tab's own name. Answers who else is there."""
    row = find(request, number)
    tab, state = request.POST.get("tab", "")[:40], request.POST.get("state", "looking")
    if not request.viewer.is_staff:  # requesters do not watch the desk at work, nor it them
        return JsonResponse({"people": []})
    if state == "gone":
        depart(request.viewer, row.pk, tab)
    else:
        arrive(request.viewer, row.pk, tab, is_typing=state == "typing", now=request.now)
    _, people = present(row.pk, request.now)
    return JsonResponse({"people": people[:_MOST_NAMES]})


def no_stream(_request: HttpRequest) -> HttpResponse:
    """What `GET /live` is under a server that has no stream: 204 tells the browser not to ask again."""
    return HttpResponse(status=204)
