"""All that stands above the list: title, filter line, order, display, views; and what to say when nothing is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.accounts.permissions import Viewer
from allclear.domain.filters import FilterError
from allclear.incidents import ordering
from allclear.incidents.actions.bulk_verbs import BULK_VERBS
from allclear.incidents.actions.views import may_change
from allclear.kernel.errors import Invalid
from allclear.web.incidents.forms.bulk import SPECS
from allclear.web.incidents.forms.filter import FilterForm
from allclear.web.queue import groups, parts
from allclear.web.queue.asked import Asked
from allclear.web.queue.columns import Column, columns_for, usual
from allclear.web.queue.lines import is_led

SORTS = {
    "critical": gettext_lazy("Most critical first"),
    "next": gettext_lazy("My next best first"),
    "newest": gettext_lazy("Newest first"),
    "oldest": gettext_lazy("Oldest first"),
    "due": gettext_lazy("Due first"),
    "-updated": gettext_lazy("Last moved first"),
    "updated": gettext_lazy("Longest still first"),
}
SORTS_IN_TEXT = {
    "critical": gettext_lazy("most critical first"),
    "next": gettext_lazy("your next best first"),
    "newest": gettext_lazy("newest first"),
    "oldest": gettext_lazy("oldest first"),
    "due": gettext_lazy("due first"),
    "-updated": gettext_lazy("last moved first"),
    "updated": gettext_lazy("longest still first"),
}
_ALIASES = {"critical": "priority", "newest": "-opened", "oldest": "opened"}


def context(asked: Asked, viewer: Viewer, error: Invalid | None, columns: Sequence[Column]) -> dict[str, Any]:
    plain = _("Incidents") if viewer.is_staff else _("Your reports")
    found = {
        "title": asked.base.label or plain,
        "sort_words": sort_words(asked.sort, viewer),
        "sorts": _sorts(asked, viewer),
        **_line(asked, error),
        "clear_url": asked.url(filter=""),
        "back_url": _back_url(asked),
    }
    if not viewer.is_staff:
        return found
    return found | {
        "lead_heading": _heading(asked, "number") if is_led(columns) else None,
        "headings": _headings(asked, columns[is_led(columns) :]),
        "priority_heading": _heading(asked, "priority"),
        "state": _state(asked),
        "view_query": asked.query().urlencode(),
        "may_change_view": bool(asked.base.saved and may_change(viewer, asked.base.saved)),
        "has_view": asked.base.saved is not None,
        "may_import": viewer.may("incident.import"),
        "bulk_verbs": _bulk_verbs(viewer),
    }


def panel(asked: Asked, viewer: Viewer) -> dict[str, Any]:
    """What the panels to add a filter and to choose the display need, once somebody opens them."""
    return {
        "asked": asked,
        "state": _state(asked),
        "group_options": _group_options(asked, viewer),
        "column_options": _column_options(asked, viewer),
        "filter_form": FilterForm(viewer=viewer),
    }


_OFTEN = ("assign", "prioritise", "hold", "note", "resolve")  # these have a button, the others are in a menu


def _bulk_verbs(viewer: Viewer) -> list[dict[str, Any]]:
    """What this person may do to many at once, the usual ones first."""
    if not viewer.may("incident.work"):
        return []
    names = [*_OFTEN, *(name for name in SPECS if name not in _OFTEN)]
    return [
        {
            "label": SPECS[name].label,
            "icon": SPECS[name].icon or "check",
            "style": SPECS[name].style,
            "url": reverse("incidents:bulk", args=[name.replace("_", "-")]),
        }
        for name in names
        if name in SPECS and viewer.may(BULK_VERBS[name].permission)
    ]


def _back_url(asked: Asked) -> str:
    """The view as it was kept, once something of it has changed."""
    if not asked.base.key or not asked.is_changed:
        return ""
    base = asked.base
    return asked.url(filter=base.filter, sort=base.sort, group=base.group, columns=base.columns)


def _line(asked: Asked, error: Invalid | None) -> dict[str, Any]:
    """The filter line: chips for what can be read; what cannot be is text, with the place of the error."""
    at = error.at if isinstance(error, FilterError) else 0
    try:
        found = parts.parts_of(asked.filter)
    except FilterError:
        return {"chips": [], "typed": asked.filter, "kept": "", "error_at": at}
    if error and not asked.add:
        return {"chips": [], "typed": asked.filter, "kept": "", "error_at": at}
    chips = [
        {"part": one, "remove_url": asked.url(filter=one.rest), "flip_url": asked.url(filter=one.flipped)}
        for one in found
    ]
    return {"chips": chips, "typed": asked.add, "kept": asked.filter, "error_at": at}


def _state(asked: Asked) -> list[tuple[str, str]]:
    """What a form of the page must send along, without the filter."""
    query = asked.query()
    return [(name, value) for name in query for value in query.getlist(name) if name != "filter"]


def sort_words(sort: str, viewer: Viewer) -> str:
    """The order inside a sentence."""
    if sort in SORTS_IN_TEXT:
        return str(SORTS_IN_TEXT[sort])
    column = columns_for(viewer).get(sort.removeprefix("-"))
    name = column.label if column else _("Priority") if sort.removeprefix("-") == "priority" else sort
    words = _("sorted by “{column}”, last first") if sort.startswith("-") else _("sorted by “{column}”")
    return words.format(column=name)


def _sorts(asked: Asked, viewer: Viewer) -> list[dict[str, Any]]:
    names = SORTS if viewer.is_staff else ("newest", "oldest")
    return [{"value": name, "label": SORTS[name], "url": asked.url(sort=name)} for name in names]


def _headings(asked: Asked, columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [{"column": column, **_heading(asked, column.sort)} for column in columns]


def _heading(asked: Asked, sort: str) -> dict[str, Any]:
    """A click sorts by it, the next one the other way round."""
    if not sort:
        return {"url": "", "direction": ""}
    now = _ALIASES.get(asked.sort, asked.sort)
    direction = "ascending" if now == sort else "descending" if now == f"-{sort}" else ""
    return {"url": asked.url(sort=f"-{sort}" if direction == "ascending" else sort), "direction": direction}


def _group_options(asked: Asked, viewer: Viewer) -> list[dict[str, Any]]:
    found = [{"value": "", "label": _("Nothing"), "is_chosen": not asked.group}]
    for name in ordering.group_names(viewer):
        found.append({"value": name, "label": groups.group_label(name, viewer), "is_chosen": name == asked.group})
    return found


def _column_options(asked: Asked, viewer: Viewer) -> list[dict[str, Any]]:
    """The chosen columns in their order, then all others."""
    known, chosen = columns_for(viewer), asked.columns or usual()
    names = [*(name for name in chosen if name in known), *(name for name in known if name not in chosen)]
    return [{"key": name, "label": known[name].label, "is_chosen": name in chosen} for name in names]


_EMPTY = {
    "open": gettext_lazy("No incident is open. Enjoy the quiet, or log one if you know of trouble."),
    "mine": gettext_lazy("Nothing is assigned to you. Look at “Nobody yet” and accept what you can begin with."),
    "teams": gettext_lazy("No incident of your teams is open."),
    "offered": gettext_lazy("No team hands anything over to yours just now."),
    "nobody": gettext_lazy("Every open incident has somebody. Nothing lies unowned."),
    "requester": gettext_lazy("Nobody at the desk waits for an answer of a requester."),
    "verify": gettext_lazy("Nothing waits to be verified."),
    "risk": gettext_lazy("No promise is at risk: nothing is overdue, and nothing falls due soon."),
    "ageing": gettext_lazy("Nothing has stalled and nothing has been open for too long."),
    "answer": gettext_lazy("Nobody waits for an answer from you."),
    "done": gettext_lazy("None of your reports has been solved yet."),
}


def empty_text(asked: Asked, *, is_narrowed: bool, is_staff: bool = True) -> str:
    """What to do when the list is empty."""
    if is_narrowed:
        return _("No incident fits all of these filters. Take one away, or clear them all.")
    if not is_staff and asked.base.key == "open":
        return _("None of your reports is open.")
    return str(_EMPTY.get(asked.base.key, "")) or _("No incident belongs to this view just now.")
