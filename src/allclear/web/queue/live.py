"""What an open queue asks when incidents change: its rows anew, the counts of the side bar, what to notify of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string

from allclear.incidents.models import Incident, IncidentQuerySet
from allclear.incidents.ordering import Order
from allclear.kernel.errors import Invalid
from allclear.web.context import Frame
from allclear.web.http import Page, signed_in
from allclear.web.queue import lines
from allclear.web.queue.columns import columns_of
from allclear.web.queue.screens import incidents_of, read_address

MOST = 200  # incidents asked about at once


@signed_in
def rows(request: Page) -> HttpResponse:
    """Of a page of the queue: `on` are rows that stand on it, `off` others that changed.

    Answers the rows as they are now, which of them no longer belong to the view (`gone`), which nobody of this
    person's rights sees any more (`lost`), and which others would stand on this page now (`new`).
    """
    on, off = _numbers(request, "on"), _numbers(request, "off")
    asked, error = read_address(request)
    visible = Incident.objects.visible_to(request.viewer)
    try:
        if error:
            raise error
        wanted, order = incidents_of(asked, request)
    except Invalid:
        return JsonResponse({"rows": {}, "gone": [], "lost": [], "new": []})
    shown = list(lines.with_relations(visible.filter(number__in=on)))
    fitting = set(wanted.filter(number__in=on).values_list("number", flat=True))
    columns = columns_of(asked.columns, request.viewer)
    drawn = lines.lines_of(shown, columns, request.viewer, request.now, reasons=asked.sort == "next")
    seen = {one.number for one in shown}
    return JsonResponse(
        {
            "rows": {one.incident.number: _drawn(one, request) for one in drawn},
            "gone": sorted(seen - fitting),
            "lost": sorted(set(on) - seen),
            "new": _would_stand_here(wanted, order, off, visible, *_ends(request)),
        }
    )


def _drawn(one: lines.Line, request: Page) -> str:
    return one.html or render_to_string("queue/_report.html", {"line": one}, request)


def _would_stand_here(
    wanted: IncidentQuerySet, order: Order, off: Sequence[str], visible: IncidentQuerySet, first: str, last: str
) -> list[str]:
    """Those that fit and lie between the rows before and behind this page; empty `first` and `last`: an open end."""
    rows = wanted.filter(number__in=off)
    found = set(rows.values_list("number", flat=True)) if off else set()
    for number, back in ((first, False), (last, True)):
        place = _place(order, number, visible)
        if found and place is not None:
            found &= set(order.behind(rows, place, back=back).values_list("number", flat=True))
    return sorted(found)


def _place(order: Order, number: str, visible: IncidentQuerySet) -> Sequence[object] | None:
    """Where an incident stands in this order, whether or not it is in the list still."""
    key = visible.filter(number=number).values_list("pk", flat=True).first() if number else None
    return order.place_of(visible, key) if key is not None else None


def _ends(request: Page) -> tuple[str, str]:
    """The first and the last row of the page, where other pages lie before and behind it."""
    first, last = (request.GET.get(name, "").replace("\0", "")[:40] for name in ("first", "last"))
    return first, last


def _numbers(request: Page, name: str) -> list[str]:
    given = request.GET.get(name, "").replace("\0", "").split(",")
    return [number[:40] for number in given if number][:MOST]


@signed_in
def counts(request: Page) -> JsonResponse:
    """The counts of the side bar, by the keys of its views."""
    items: Iterable[dict[str, str]] = Frame(request, request.viewer).counts_now()
    return JsonResponse({item["key"]: item["count"] for item in items})
