"""What requesters may know about the faults of others: that a service they use is disturbed, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import own_and_above
from allclear.incidents.hints import MAJOR
from allclear.incidents.models import Incident


@dataclass(frozen=True, slots=True)
class Outage:
    """A disturbed service, and nothing else of the incident that says so."""

    service: str
    since: datetime


def outages(viewer: Viewer, most: int = 5) -> Sequence[Outage]:
    """Services with an open incident of the highest priority, of everybody or of the viewer's own company.

    What belongs to a security class or to another customer stays unsaid, and so do the words of the incident.
    """
    own = own_and_above(viewer)
    theirs = Q(organisation=None) | Q(organisation__in=own)
    offered = Q(service__organisation=None) | Q(service__organisation__in=own)
    rows = Incident.objects.open().filter(
        theirs, offered, priority=MAJOR, security_class=None, service__isnull=False, is_impending=False
    )
    found = rows.order_by().values("service__name").annotate(since=Min("logged_at")).order_by("since")[:most]
    return [Outage(row["service__name"], row["since"]) for row in found]
