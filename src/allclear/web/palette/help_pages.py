"""The page of all keys, also as a fragment for the overlay that `?` opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from allclear.accounts.permissions import Viewer
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.incidents.verbs import VERBS
from allclear.web.palette.places import places_for


@dataclass(frozen=True, slots=True)
class Line:
    """What is done, and the keys for it; `then`: they are pressed one after the other. `url`: the page it opens."""

    label: StrOrPromise
    keys: tuple[str, ...]
    then: bool = False
    url: str = ""


@signed_in
def keys(request: Page) -> HttpResponse:
    """Everything that a key does, in groups."""
    context = {"groups": list(groups_for(request.viewer))}
    template = "palette/_keys.html" if wants_fragment(request) else "palette/keys.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    return response


def groups_for(viewer: Viewer) -> Iterator[dict[str, Any]]:
    yield {"label": _("Everywhere"), "lines": list(_everywhere(viewer))}
    go = [
        Line(place.label, ("G", place.go.upper()), then=True, url=place.url) for place in places_for(viewer) if place.go
    ]
    yield {"label": _("Go to: G, then"), "lines": go}
    yield {"label": _("In lists"), "lines": _in_lists(viewer)}
    yield {"label": _("In texts, forms and dialogs"), "lines": _in_texts()}
    yield {"label": _("In the command palette"), "lines": _in_palette(viewer)}
    yield {"label": _("On the page of an incident"), "lines": list(_of_incidents(viewer))}


def _everywhere(viewer: Viewer) -> Iterator[Line]:
    yield Line(_("Commands: find and do anything"), (_("Ctrl"), "K"))
    yield Line(_("Actions only"), (">",))
    yield Line(_("Search"), ("/",))
    if viewer.may("incident.log"):
        yield Line(_("Log incident") if viewer.is_staff else _("Report a fault"), ("N",))
    yield Line(_("Keys of this page"), ("?",))
    yield Line(_("Skip to the content"), ("Tab", "Enter"), then=True)


def _in_lists(viewer: Viewer) -> list[Line]:
    lines = [Line(_("Next row"), ("J",)), Line(_("Row before"), ("K",)), Line(_("Open the row"), ("Enter",))]
    if viewer.is_staff:
        lines += [
            Line(_("Select the row, where rows can be selected"), ("X",)),
            Line(_("Select all rows up to here"), (_("Shift"), "X")),
            Line(_("Add a filter"), ("F",)),
        ]
    return lines


def _in_texts() -> list[Line]:
    return [
        Line(_("Send or save"), (_("Ctrl"), "Enter")),
        Line(_("Close a dialog, menu or list"), ("Esc",)),
        Line(_("Leave the text of a reply or note; it is kept"), ("Esc",)),
    ]


def _in_palette(viewer: Viewer) -> list[Line]:
    lines = [
        Line(_("Next and previous line"), ("↓", "↑")),
        Line(_("First and last line"), ("Home", "End")),
        Line(_("Choose"), ("Enter",)),
        Line(_("Open in a new tab"), (_("Ctrl"), "Enter")),
        Line(_("Only incidents"), ("#",)),
    ]
    if viewer.is_staff:
        lines.append(Line(_("Only people and teams"), ("@",)))
    return [*lines, Line(_("Only actions and places"), (">",))]


def _of_incidents(viewer: Viewer) -> Iterator[Line]:
    """Its verbs, which appear when they are allowed; those of the hand-over stand with the offer."""
    if viewer.is_staff:
        yield Line(_("Public reply"), ("P",))
        yield Line(_("Internal note"), ("I",))
        yield Line(_("More verbs"), (".",))
    for name, spec in VERBS.items():
        is_theirs = spec.for_requester if not viewer.is_staff else name not in ("works", "fails")
        if is_theirs and viewer.may(spec.permission):
            label = spec.label
            if name.endswith("_handover"):
                label = _("{verb} what is handed over").format(verb=spec.label)
            yield Line(label, (spec.key.upper(),))
