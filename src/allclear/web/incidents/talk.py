"""Two ways to write: to the requester, and among staff. Two addresses, so that one can never go out as the other."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.incidents import actions
from allclear.incidents.actions import desk
from allclear.incidents.models import Incident
from allclear.kernel.errors import Conflict, Invalid
from allclear.web.http import Page, acting, signed_in
from allclear.web.incidents import conflicts, detail
from allclear.web.incidents.common import address, find
from allclear.web.incidents.verb_views import morph, page_again
from allclear.web.said import localised

# what a person should know of before their word goes out to the requester
MATTERS = frozenset(
    {
        "replied", "resolved", "closed", "closed_automatically", "cancelled", "merged", "handed_over",
        "handover_accepted",
    }
)  # fmt: skip


@signed_in
@require_POST
def reply(request: Page, number: str) -> HttpResponse:
    """A public reply. If somebody else told the requester something meanwhile, the writer sees it first."""
    row = find(request, number)
    text = request.POST.get("body", "")
    try:
        _check_news(request, row)
        actions.reply_publicly(acting(request), row.pk, text, text_id=_text_id(request))
    except (Invalid, Conflict) as error:
        return _again(request, row, "public", text, error)
    is_staff = request.viewer.is_staff
    return _said(request, row, _("Your reply is there.") if is_staff else _("Thank you, your answer is there."))


@signed_in
@require_POST
def note(request: Page, number: str) -> HttpResponse:
    """An internal note."""
    row = find(request, number)
    text = request.POST.get("body", "")
    try:
        actions.add_note(acting(request), row.pk, text, text_id=_text_id(request))
    except Invalid as error:
        return _again(request, row, "internal", text, error)
    return _said(request, row, _("Your note is there, for staff only."), kind="internal")


def _text_id(request: Page) -> UUID | None:
    """The browser's own name for the text, so that sending it again after a lost connection does not double it."""
    try:
        return UUID(request.POST.get("text_id", ""))
    except ValueError:
        return None


def _check_news(request: Page, row: Incident) -> None:
    seen = request.POST.get("version", "")
    if not request.viewer.is_staff or not seen.isdigit():
        return
    news = [e for e in conflicts.since(row, int(seen)) if e.kind in MATTERS and e.actor_id != request.viewer.user_id]
    if news:
        raise Conflict(_("Somebody wrote or changed something meanwhile. Read it, then send yours again or change it."))


def _said(request: Page, row: Incident, words: str, kind: str = "public") -> HttpResponse:
    """The page as it is now; who wrote a note stays at notes, so that the next one does not go out as a reply."""
    desk.drop_drafts(request.viewer, f"incident:{row.number}:{'note' if kind == 'internal' else 'reply'}")
    messages.success(request, words)
    return page_again(request, row, composer_kind=kind) if request.htmx else redirect(address(row))


def _again(request: Page, row: Incident, kind: str, text: str, error: Invalid | Conflict) -> HttpResponse:
    """The page with the text kept and the reason above it."""
    status = error.status
    context = detail.context_of(request, find(request, row.number)) | {
        "composer_error": localised(error.message),
        "composer_kind": kind,
        "composer_text": text,
    }
    body = "incidents/_incident.html" if request.viewer.is_staff else "incidents/_report_of_requester.html"
    if request.htmx:
        response = render(request, body, context, status=status)
        return morph(response)
    return render(request, "incidents/detail.html", context | {"body_template": body}, status=status)
