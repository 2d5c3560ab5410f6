"""Which alerts a draft fits: those that are open now, and what it would have hidden of those that have come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.alerts import shadow as trying
from allclear.alerts.completion import label_names, label_values
from allclear.alerts.models import Alert
from allclear.alerts.seen import seen
from allclear.alerts.shadow import Draft, try_out
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.holders import Silence, fits_silence
from allclear.domain.alerts.matchers import Matchers
from allclear.domain.alerts.shadow import Hidden, Week
from allclear.incidents.models import Incident
from allclear.web.http import Page
from allclear.web.said import localised

LOOKED_AT = 5000  # open alerts at most, the newest
SHOWN = 5
SHOWN_REAL = 8
STEP, HEIGHT = 20, 48  # of the drawing of weeks
OFFERED = 30  # names of labels, and values of each, that the form offers
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def by_matchers(
    matchers: Matchers, integration_id: int | None, errors: Mapping[str, str], viewer: Viewer
) -> dict[str, Any]:
    """For `quiet/_fits.html`: how many open alerts these fit, some of them, and the open incidents that go on."""
    if not matchers:
        return {"is_ready": False, "error": errors.get("matchers", "") or " ".join(errors.values())}
    silence = Silence(0, "", matchers, _LONG_AGO, _LONG_AGO, integration_id)
    return by_test(lambda facts: not fits_silence(silence, facts), viewer)


def by_test(fits: Callable[[AlertFacts], bool], viewer: Viewer) -> dict[str, Any]:
    """The same for any test."""
    newest = Alert.objects.open().order_by("-last_seen_at", "-id").values("pk")[: LOOKED_AT + 1]
    looked, found = 0, []
    for facts in seen(Alert.objects.filter(pk__in=newest).order_by("-last_seen_at", "-id")):
        looked += 1
        if looked > LOOKED_AT:
            break
        if fits(facts):
            found.append(facts)
    return {
        "is_ready": True,
        "count": len(found),
        "sample": found[:SHOWN],
        "more": max(len(found) - SHOWN, 0),
        "is_cut": looked > LOOKED_AT,
        "looked_at": LOOKED_AT,
        **_going_on(viewer, [facts.alert_id for facts in found]),
    }


def _going_on(viewer: Viewer, alerts: list[int]) -> dict[str, Any]:
    """The open incidents of these alerts, as far as the reader may see them: what hides alerts stops none of them."""
    rows = Incident.objects.visible_to(viewer).open().filter(alerts__in=alerts).distinct()
    found = list(rows.only("number", "title", "priority", "status").order_by("priority", "pk")[: SHOWN + 1])
    more = rows.count() - SHOWN if len(found) > SHOWN else 0
    return {"going_on": found[:SHOWN], "more_going_on": more}


def label_offers() -> dict[str, Any]:
    """Names of labels, and the values of the first ones, for the lists that fields offer."""
    names = label_names()[:OFFERED]
    return {"label_names": [*names, "title", "source", "severity", "integration"], "label_values": _values(names)}


def _values(names: list[str]) -> list[str]:
    found = dict.fromkeys(value for name in names[:8] for value in label_values(name)[:OFFERED])
    return list(found)[:200]


def shadow(request: Page, draft: Draft) -> dict[str, Any]:
    """For `quiet/_shadow.html`: what it would have hidden of the last 90 days."""
    return result(try_out(request.viewer, draft, request.now))


def result(found: Hidden) -> dict[str, Any]:
    """What would have been hidden, in numbers, by week, with what was real apart."""
    most = max((week.hidden for week in found.weeks), default=0) or 1
    return {
        "found": found,
        "most": trying.MOST_ALERTS,
        "note": localised(found.note),
        "noise": found.hidden - found.real,
        "real_ones": [(one, localised(one.real_because)) for one in found.real_ones[:SHOWN_REAL]],
        "more_real": max(found.real - SHOWN_REAL, 0),
        "sample": found.sample[:SHOWN],
        "weeks": [_bar(place, week, most) for place, week in enumerate(found.weeks)],
        "width": len(found.weeks) * STEP,
    }


def _bar(place: int, week: Week, most: int) -> dict[str, Any]:
    """A bar of the drawing; what was real stands below, in red."""
    real, whole = (round(HEIGHT * count / most) for count in (week.real, week.hidden))
    whole, real = max(whole, int(week.hidden > 0)), max(real, int(week.real > 0))
    return {
        "week": week, "x": place * STEP, "y": HEIGHT - whole, "height": whole - real,
        "real_y": HEIGHT - real, "real_height": real,
    }  # fmt: skip
