"""What keeps alerts quiet: in force now, to come, ended."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.web.alerts.places import tabs
from allclear.web.http import Page, signed_in
from allclear.web.quiet import reading, words
from allclear.web.quiet.showing import line


@signed_in
def index(request: Page) -> HttpResponse:
    """All of them, or those of the kind in the address."""
    request.viewer.require("alert.read")
    asked = request.GET.get("kind", "")
    kind = asked if asked in reading.KINDS else ""
    found = reading.standings(request.viewer, [kind] if kind else reading.KINDS, request.now)
    names = words.authors([one.row for some in found.values() for one in some])
    lines = {state: [line(one, names) for one in some] for state, some in found.items()}
    context = {
        "sections": [
            (state, title, lines[state])
            for state, title in (
                (reading.NOW, _("In force now")),
                (reading.UPCOMING, _("To come")),
                (reading.ENDED, _("Ended")),
            )
        ],
        "kind": kind,
        "kinds": _kinds(),
        "is_empty": not any(lines.values()),
        "may_silence": request.viewer.may("alert.work"),
        "may_change": request.viewer.may("alert.change"),
        "tabs": tabs(request, "alerts:quiet"),
    }
    return render(request, "quiet/index.html", context)


def _kinds() -> list[dict[str, Any]]:
    here = reverse("alerts:quiet")
    labels = {
        "": _("All"),
        "silence": _("Silences"),
        "maintenance": _("Maintenance"),
        "inhibition": _("Inhibitions"),
    }
    return [
        {"value": kind, "label": label, "url": f"{here}?kind={kind}" if kind else here}
        for kind, label in labels.items()
    ]
