"""Reads of what-ifs: each person's own; those of the server belong to whoever works on it."""

from __future__ import annotations

from django.db.models import QuerySet

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import Incident
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say
from allclear.reports.models import WhatIf, WhatIfRow


def what_ifs_of(viewer: Viewer) -> QuerySet[WhatIf]:
    """One's own: the sums count what their author may see. The server itself sees all."""
    viewer.require("report.read")
    rows = WhatIf.objects.select_related("author")
    return rows if viewer.user_id is None else rows.filter(author_id=viewer.user_id)


def what_if_of(viewer: Viewer, pk: int) -> WhatIf:
    """One's own what-if; another's does not exist."""
    row = what_ifs_of(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound(say("There is no such what-if of yours."))
    return row


def rows_of(what_if: WhatIf, viewer: Viewer, *, turned_only: bool = False) -> QuerySet[WhatIfRow]:
    """The incidents that it changes and that the viewer may still see; those that turn first."""
    rows = what_if.rows.filter(incident__in=Incident.objects.visible_to(viewer)).select_related("incident")
    return rows.filter(is_turned=True) if turned_only else rows
