"""What the screens of the incident share."""

from __future__ import annotations

from django.db.models import F, FilteredRelation, Q
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.incidents.models import Incident
from allclear.kernel.errors import NotFound
from allclear.web.http import Page

WITH = (
    "service", "team", "assignee", "organisation", "requester__organisation", "on_behalf_of__organisation",
    "supplier", "security_class",
)  # fmt: skip


def find(request: Page, number: str) -> Incident:
    """The incident with this number, if the viewer may know of it, with the rows that every screen shows.

    `looked_version` and `looked_at` say how far they had read it, and when.
    """
    readable = number.replace("\0", " ")  # PostgreSQL knows no NUL
    row = (
        Incident.objects.visible_to(request.viewer)
        .select_related(*WITH)
        .annotate(own_look=FilteredRelation("looks", condition=Q(looks__user=request.viewer.user_id)))
        .annotate(looked_version=F("own_look__version"), looked_at=F("own_look__seen_at"))
        .filter(number__in={readable, readable.upper()})
        .first()
    )
    if row is None:
        raise NotFound(
            _("There is no such incident, or you may not see it. Check the number, or search for its title.")
        )
    return row


def address(row: Incident) -> str:
    return reverse("incidents:detail", args=[row.number])


def fragment(request: Page, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    """A part of a page for htmx; messages of the request go along as toasts."""
    return HttpResponse(render_to_string(template, context, request=request), status=status)
