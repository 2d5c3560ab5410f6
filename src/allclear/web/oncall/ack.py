"""The page behind the link of a page: it acknowledges with one tap, without a log-in.

Opening it changes nothing but what the evidence says: mail scanners and previews fetch every address that they see.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from allclear.accounts.models import User
from allclear.domain import escalation as rules
from allclear.incidents.acknowledging import acknowledge_from_page
from allclear.kernel import clock
from allclear.kernel.errors import AllclearError, NotFound
from allclear.kernel.localised import localised
from allclear.kernel.words import say
from allclear.notifications import links
from allclear.notifications.actions import outbox
from allclear.notifications.messages import language_of
from allclear.oncall.models import Escalation


@csrf_exempt  # the signed link is the proof, and the service worker of a push message has no cookie of ours
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked, or acknowledge it. A notification is answered in words it can show, refusals among them."""
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    response = _as_json(request, token) if wants_json else _as_page(request, token)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"  # the address is a key
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt  # as above
@require_POST
def evidence(request: HttpRequest, token: str) -> HttpResponse:
    """The service worker says what became of a message: `what` is delivered or opened, `key` names the message."""
    now = clock.now()
    asked, row, user = _read(token, now)
    what, key = request.POST.get("what", ""), request.POST.get("key", "")
    if asked.method_id and what == "delivered":
        outbox.arrived(row.pk, user.pk, asked.method_id, key, at=now)
    elif asked.method_id and what == "opened":
        outbox.seen_by(row.pk, user.pk, at=now, method_id=asked.method_id)
    return HttpResponse(status=204)


def _as_json(request: HttpRequest, token: str) -> HttpResponse:
    try:
        asked, row, user = _read(token, clock.now())
        if request.method == "POST":
            row = acknowledge_from_page(row, user, clock.now(), asked.method_id)
        with translation.override(language_of(user)):
            return JsonResponse({"status": row.status, "text": _answer(row)})
    except AllclearError as error:
        return JsonResponse({"status": error.code, "text": localised(error.message)}, status=error.status)


def _as_page(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    asked, row, user = _read(token, now)
    with translation.override(language_of(user)):
        if request.method == "POST":
            row = acknowledge_from_page(row, user, now, asked.method_id)
        elif request.method == "GET":
            outbox.seen_by(row.pk, user.pk, at=now, method_id=asked.method_id)
        return render(request, "oncall/page.html", _context(row, user))


def _read(token: str, now: datetime) -> tuple[links.Asked, Escalation, User]:
    """What a link stands for, as it is now. Raises `NotFound`, or `Refused` for one that is too old."""
    asked = links.read(token, now)
    row = Escalation.objects.select_related("policy").filter(pk=asked.escalation_id).first()
    user = User.objects.filter(pk=asked.user_id, is_active=True).first()
    if row is None or user is None:
        raise NotFound(say("This page is about something that is not here any more."))
    return asked, row, user


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
    told = subject.tell(row.subject_id or 0, user)
    first, _line, rest = told.text.partition("\n")
    return {
        "told": told,
        "text": rest if told.title.endswith(first) else told.text,  # the heading says it already
        "escalation": row,
        "person": user,
        "is_mine": str(user.pk) in acknowledged,
        "answer": _answer(row),
        "is_enough": rules.state_from(row.state).policy.acks_needed == 1,
        "acknowledged_by": list(people),
        "is_over": row.status == "stopped",
    }
