"""What an integration sent, as people read it: when, how it was understood, and what became of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from allclear.accounts.permissions import Viewer
from allclear.alerts import queries
from allclear.alerts.actions.replaying import TEST, replay_delivery
from allclear.alerts.became import Became, became, incidents_of
from allclear.alerts.models import AlertEvent, Delivery
from allclear.alerts.records import body_of
from allclear.incidents.models import Incident
from allclear.kernel.errors import AllclearError
from allclear.web.alerts.places import tabs
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

LONGEST = 200_000  # characters of a body on a page; the whole of it can be downloaded


@dataclass(frozen=True, slots=True)
class Line:
    """A delivery in a list. `level` of the words: danger, warn, ok or none."""

    delivery: Delivery
    words: str
    level: str
    events: Sequence[tuple[AlertEvent, Incident | None]]
    more: int
    is_test: bool

    @property
    def is_one(self) -> bool:
        """One event, read and folded: the line of the event says it all."""
        return len(self.events) == 1 and not self.more and self.delivery.event_count == 1


def lines_of(viewer: Viewer, deliveries: Sequence[Delivery]) -> list[Line]:
    """Each with its alerts, and the incidents that the viewer may see."""
    found = became(deliveries)
    alerts = [event.alert for one in found for event in one.events if event.alert]
    incidents = incidents_of(viewer, alerts)
    return [
        Line(
            one.delivery,
            *_words(one),
            [(event, incidents.get((event.alert and event.alert.incident_id) or 0)) for event in one.events],
            one.more,
            one.delivery.target.startswith(TEST),
        )
        for one in found
    ]


def _words(one: Became) -> tuple[str, str]:
    delivery = one.delivery
    if delivery.error and not delivery.event_count:
        return localised(delivery.error), "danger"
    if not delivery.event_count:
        return _("Understood; it tells of no event."), ""
    counted = ngettext("{count} event", "{count} events", delivery.event_count).format(count=delivery.event_count)
    if one.is_waiting:
        return _("{events}, waiting to be read").format(events=counted), "warn"
    if delivery.error:
        return f"{counted}. {localised(delivery.error)}", "danger"
    outcomes = Counter(str(event.get_outcome_display()) for event in one.events)
    if len(outcomes) == 1 and not one.more:
        return f"{counted}: {next(iter(outcomes))}", "ok"
    became_words = ", ".join(f"{number} × {words}" for words, number in outcomes.most_common())
    if one.more:
        first = _("{events}; of the first {shown}: {outcomes}")
        return first.format(events=counted, shown=len(one.events), outcomes=became_words), "ok"
    return f"{counted}: {became_words}", "ok"


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """One request as it arrived, with all that it said."""
    row = queries.delivery(request.viewer, pk)
    (line,) = lines_of(request.viewer, [row])
    body, is_cut = pretty(row)
    context = {
        "row": row,
        "line": line,
        "integration": row.integration,
        "body": body,
        "is_cut": is_cut,
        "size": len(bytes(row.body)),
        "may_change": request.viewer.may("alert.change"),
        "tabs": tabs(request, "alerts:integrations"),
    }
    return render(request, "alerts/payload.html", context)


@signed_in
def download(request: Page, pk: int) -> HttpResponse:
    """The body, byte for byte, as a file: no browser shows it."""
    row = queries.delivery(request.viewer, pk)
    response = HttpResponse(bytes(row.body), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="delivery-{row.pk}.txt"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@signed_in
@require_POST
def replay(request: Page, pk: int) -> HttpResponse:
    """Read it once more, with the settings of today."""
    row = queries.delivery(request.viewer, pk)
    try:
        again = replay_delivery(request.viewer, row.pk, now=request.now)
    except AllclearError as error:
        messages.error(request, localised(error.message))
        return redirect("alerts:delivery", row.pk)
    if again.error:
        messages.warning(request, _("Sent through again, and still: {error}").format(error=localised(again.error)))
    else:
        messages.success(request, _("Sent through again. This is the new one."))
    return redirect("alerts:delivery", again.pk)


def pretty(row: Delivery) -> tuple[str, bool]:
    """The body for reading: JSON with indents, anything else as it is. And whether it was cut."""
    text = body_of(row)
    try:
        data: Any = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        data = None
    if data is not None:
        text = json.dumps(data, indent=2, ensure_ascii=False)
    return text[:LONGEST], len(text) > LONGEST
