"""Taking back one's last verb: the button of the toast, and the entry under "More"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from allclear.domain.incident.undoing import STAYS
from allclear.incidents import actions
from allclear.incidents.actions import Outcome
from allclear.incidents.actions.undo import undoable_step
from allclear.incidents.gather import Gathered
from allclear.incidents.projection import state_of
from allclear.kernel.errors import AllclearError, NotFound
from allclear.web.http import Page, acting, signed_in
from allclear.web.incidents.common import address, find
from allclear.web.incidents.verbs import VERBS
from allclear.web.said import localised

_VERB_OF: Mapping[str, str] = {
    "accepted": "accept", "resolved": "resolve", "verified": "verify", "verification_failed": "verify",
    "closed": "close", "followed_up": "follow_up", "resumed": "resume", "acknowledged": "acknowledge",
    "assigned": "assign", "held": "hold", "reopened": "reopen", "edited": "edit", "handed_over": "hand_over",
    "handover_offered": "hand_over", "handover_accepted": "accept_handover", "handover_refused": "refuse_handover",
    "handover_withdrawn": "withdraw_handover", "prioritised": "prioritise", "categorised": "categorise",
    "workaround_found": "workaround", "task_added": "add_task", "responder_added": "add_responder",
    "watcher_added": "watch", "watcher_removed": "unwatch", "related": "relate", "parent_linked": "parent",
    "converted": "convert", "cancelled": "cancel",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be taken back on the page of an incident."""

    label: str
    url: str


def url_of(number: str, position: int) -> str:
    return f"{reverse('incidents:undo', args=[number])}?{urlencode({'of': position})}"


def after(outcome: Outcome) -> str:
    """Where the toast's button sends; empty when what was done is never taken back."""
    if not outcome.events or any(event.kind in STAYS or event.kind == "undone" for event in outcome.events):
        return ""
    return url_of(outcome.incident.number, outcome.incident.version)


def offered(request: Page, gathered: Gathered) -> Offer | None:
    """The newest verb of this person, if it can still be taken back."""
    state = state_of(gathered.row, gathered.tasks)
    step = undoable_step(state, gathered.events, request.viewer, request.now)
    if step is None:
        return None
    verb = VERBS.get(_VERB_OF.get(step.kind, ""))
    label = _("Undo: {verb}").format(verb=verb.label) if verb else _("Undo the last step")
    return Offer(label, url_of(gathered.row.number, step.position))


@signed_in
@require_POST
def undo(request: Page, number: str) -> HttpResponse:
    """Take it back; the page shows how it is now, and a refusal is told where one is."""
    from allclear.web.incidents.verb_views import page_again  # both make the same page

    row = find(request, number)
    of = request.GET.get("of", "")
    if of and not (of.isascii() and of.isdigit() and len(of) < 10):
        raise NotFound(_("This address is not complete. Reload the page and press the button again."))
    try:
        actions.undo_incident(acting(request), row.pk, of=int(of) if of else None)
    except AllclearError as error:
        if not request.htmx or (error.status in (403, 404) and error.code != "undo_nothing"):
            raise
        told = {"text": localised(error.message), "level": "error"}
        return trigger_client_event(HttpResponse(status=204), "toast", told)
    messages.success(request, _("Taken back. {number} is as it was before.").format(number=row.number))
    if not request.htmx:
        return redirect(address(row))
    here = request.htmx.current_url_abs_path or ""
    return page_again(request, row) if here.startswith(address(row)) else HttpResponseClientRefresh()
