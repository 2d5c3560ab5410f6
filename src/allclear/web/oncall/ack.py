"""The page behind the link of a page: it acknowledges with one tap, without a log-in.

Opening it changes nothing but what the evidence says: mail scanners and previews fetch every address that they see.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from allclear.accounts.models import User
from allclear.incidents.acknowledging import acknowledge_from_page
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say
from allclear.notifications import links
from allclear.notifications.actions import outbox
from allclear.notifications.messages import language_of
from allclear.oncall.models import Escalation


@csrf_exempt  # the signed link is the proof, and the service worker of a push message has no cookie of ours
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked, or acknowledge it."""
    now = clock.now()
    asked = links.read(token, now)
    row = Escalation.objects.select_related("policy").filter(pk=asked.escalation_id).first()
    user = User.objects.filter(pk=asked.user_id, is_active=True).first()
    if row is None or user is None:
        raise NotFound(say("This page is about something that is not here any more."))
    with translation.override(language_of(user)):
        if request.method == "POST":
            row = acknowledge_from_page(row, user, now)
            if request.headers.get("Accept", "").startswith("application/json"):
                return JsonResponse({"status": row.status, "text": _answer(row)})
        elif request.method == "GET":
            outbox.seen_by(row.pk, user.pk, at=now)
        response = render(request, "oncall/page.html", _context(row, user))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"  # the address is a key
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer(row: Escalation) -> str:
    """What became of an acknowledgement, for a notification that has no page."""
    if row.status == "stopped":
        return _("This has ended. Nothing is to be done.")
    if row.status == "acknowledged":
        return _("You have acknowledged. Nobody else is paged.")
    return _("You have acknowledged. Others are still paged, for one is not enough here.")


def _context(row: Escalation, user: User) -> dict[str, Any]:
    from allclear.oncall.subjects import SUBJECTS

    subject = SUBJECTS[row.subject_kind]
    acknowledged = (row.state.get("acknowledged_by") or {}) if row.state else {}
    people = User.objects.filter(pk__in=[int(key) for key in acknowledged])
    return {
        "told": subject.tell(row.subject_id or 0, user),
        "escalation": row,
        "person": user,
        "is_mine": str(user.pk) in acknowledged,
        "acknowledged_by": list(people),
        "is_over": row.status == "stopped",
    }
