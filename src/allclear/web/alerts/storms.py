"""The banner of a storm: many incidents at once, and whether one parent is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions import storms as actions
from allclear.alerts.models import Storm
from allclear.incidents.models import Incident
from allclear.kernel.errors import AllclearError
from allclear.kernel.generation import Cached
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

SHOWN_FOR = timedelta(hours=2)  # after it is over
LISTED = 10
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A storm that waits for a decision, as far as the reader may see its incidents."""

    storm: Storm
    count: int
    minutes: int
    incidents: list[Incident]

    @property
    def more(self) -> int:
        return self.count - len(self.incidents)


def _load() -> int | None:
    return Storm.objects.filter(state="proposed").values_list("pk", flat=True).first()


_newest_proposed: Cached[int | None] = Cached(actions.TOPIC, _load)  # lists ask at each look: without a query


def proposal(viewer: Viewer, now: datetime) -> Proposal | None:
    """The newest storm that nobody has decided about; None for those who may not decide."""
    if not viewer.may("alert.work") or not viewer.may("incident.work"):
        return None
    pk = _newest_proposed.get()
    storm = Storm.objects.filter(pk=pk).first() if pk else None
    if storm is None or (storm.ended_at and storm.ended_at < now - SHOWN_FOR):
        return None
    rows = Incident.objects.visible_to(viewer).open().filter(pk__in=storm.incident_ids, parent=None)
    count = rows.count()
    minutes = max(round((storm.last_opened_at - storm.started_at) / MINUTE), 1)
    if count < 2:
        return None
    listed = rows.only("number", "title", "priority").order_by("priority", "pk")[:LISTED]
    return Proposal(storm, count, minutes, list(listed))


@signed_in
@require_POST
def accept(request: Page, pk: int) -> HttpResponse:
    """Log one parent and hang them below it."""
    try:
        _storm, parent = actions.accept_storm(request.viewer, pk, now=request.now)
    except AllclearError as error:
        return _refused(request, error)
    text = _("{number} is the parent now. What opens in this storm from now on joins it.")
    messages.success(request, text.format(number=parent.number))
    return redirect("incidents:detail", parent.number)


@signed_in
@require_POST
def dismiss(request: Page, pk: int) -> HttpResponse:
    """They have nothing in common."""
    try:
        actions.dismiss_storm(request.viewer, pk, now=request.now)
    except AllclearError as error:
        return _refused(request, error)
    messages.success(request, _("Dismissed: nothing more is proposed for this storm."))
    return redirect(_next(request))


def _refused(request: Page, error: AllclearError) -> HttpResponse:
    if error.status in (403, 404):
        raise error
    messages.error(request, localised(error.message))
    return redirect(_next(request))


def _next(request: Page) -> str:
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else reverse("alerts:index")
