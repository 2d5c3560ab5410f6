"""What the palette asks for: places and actions once, records while somebody types, and another language."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allclear import __version__
from allclear.accounts.actions import change_profile
from allclear.accounts.permissions import Viewer
from allclear.incidents.search.quick import quick
from allclear.kernel.errors import Invalid
from allclear.web.http import Page, signed_in
from allclear.web.incidents import rows
from allclear.web.palette import finding
from allclear.web.palette.actions import GROUP, actions_for
from allclear.web.palette.places import GROUPS, places_for

KINDS = ("person", "team", "service", "ci", "view")
NAMES = {
    "view": gettext_lazy("Views"),
    "person": gettext_lazy("People"),
    "team": gettext_lazy("Teams"),
    "service": gettext_lazy("Services"),
    "ci": gettext_lazy("Configuration items"),
}
ICONS = {"view": "layout-list", "person": "user", "team": "users", "service": "layers", "ci": "server"}
# what stands before the words, and what is looked for then
ONLY = {"#": (), "@": ("person", "team"), "": KINDS}
_LONGEST = 200  # characters
_INCIDENTS = 6
_SHORTEST = 2  # letters: one stands everywhere
_ON_SCREEN = re.compile(r"/incidents/([^/?]+)/")


@signed_in
def answer(request: Page) -> HttpResponse:
    """The records that fit, in groups; without words what was looked at and chosen last. `at` is the page on screen."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:_LONGEST]
    sign, words = (text[0], text[1:].strip()) if text[:1] in ("#", "@") else ("", text)
    groups = _found(request, sign, words) if words else _before(request, sign)
    response = render(request, "palette/answer.html", {"groups": groups})
    response["Cache-Control"] = "no-store"
    return response


def _found(request: Page, sign: str, words: str) -> list[dict[str, Any]]:
    viewer = request.viewer
    groups = [] if sign == "@" else [_incidents(_("Incidents"), _matching(request, words), viewer)]
    found = finding.best(finding.records(words, viewer, _kinds(sign, viewer)), words)
    groups += [_group(kind, found[kind]) for kind in KINDS if found.get(kind)]
    return [group for group in groups if group["options"]]


def _kinds(sign: str, viewer: Viewer) -> tuple[str, ...]:
    """Requesters have views of their own, and nothing else to look up."""
    return ONLY[sign] if viewer.is_staff else tuple(kind for kind in ONLY[sign] if kind == "view")


def _matching(request: Page, words: str) -> list[dict[str, Any]]:
    """A number finds its incident; words find a few of what the search finds."""
    exact = finding.numbered(words, request.viewer) if any(c.isdigit() for c in words) else []
    if exact:
        return [{"row": row, "title": row.title} for row in exact]
    if len(words) < _SHORTEST:
        return []
    return [{"row": row, "title": row.title} for row in quick(words, request.viewer, _INCIDENTS)]


def _before(request: Page, sign: str) -> list[dict[str, Any]]:
    """What was opened last on any device, and what was chosen here lately."""
    if sign == "@":
        return []
    viewer = request.viewer
    at = _ON_SCREEN.match(request.GET.get("at", "").replace("\0", ""))
    looked = finding.looked_at(viewer, at[1] if at else "")
    shown = [{"row": row, "title": row.title} for row in looked]
    groups = [_incidents(_("Looked at lately"), shown, viewer)] if shown else []
    kept = request.GET.get("kept", "").replace("\0", "").split(",")[: finding.MOST_KEPT]
    if not sign and (known := finding.by_keys(kept, viewer)):
        found = [known[key] for key in kept if key in known]
        groups.insert(0, _group("kept", found, _("Chosen lately")))
    return groups


def _incidents(label: str, shown: list[dict[str, Any]], viewer: Viewer) -> dict[str, Any]:
    for one in shown:
        row = one["row"]
        one["status_label"] = rows.status_label(row) if viewer.is_staff else rows.portal_label(row)
    return {"kind": "incident", "label": label, "options": shown}


def _group(kind: str, found: list[finding.Found], label: str = "") -> dict[str, Any]:
    options = [{"found": one, "icon": ICONS[one.kind]} for one in found]
    return {"kind": kind, "label": label or NAMES[kind], "options": options}


@signed_in
def places(request: Page) -> HttpResponse:
    """Places and actions; the browser keeps them, because the address changes with rights, language and version."""
    by_group: dict[str, list[Any]] = {}
    for place in places_for(request.viewer):
        by_group.setdefault(place.group, []).append(place)
    groups = [{"kind": kind, "label": GROUPS[kind], "options": by_group[kind]} for kind in GROUPS if kind in by_group]
    context = {"groups": groups, "actions": list(actions_for(request.viewer)), "actions_label": GROUP}
    response = render(request, "palette/places.html", context)
    is_current = request.GET.get("v") == digest_of(request.viewer)
    response["Cache-Control"] = "private, max-age=3600" if is_current else "no-store"
    return response


def digest_of(viewer: Viewer) -> str:
    """Changes with everything that `places` depends on."""
    said = [__version__, viewer.user_id, sorted(viewer.roles), get_language()]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]


@signed_in
@require_POST
def language(request: Page) -> HttpResponse:
    """Speak another language to this person from now on."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        raise Invalid({"language": _("There are no screens in this language yet. Choose another one.")})
    change_profile(request.viewer, {"language": code}, now=request.now)
    return HttpResponse(status=204)
