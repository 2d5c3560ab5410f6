"""The noise ledger: what came of the alerts of each source, rule and service, and what to mend first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from allclear.alerts.ledger import ledger, suggested_alerts
from allclear.domain.alerts.noise import FEWEST_VERDICTS, Line, advise, in_words
from allclear.web.alerts.places import tabs
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

SHOWN = 100  # lines of a table
BY = {
    "source_rule": gettext_lazy("Rule of the source"),
    "integration": gettext_lazy("Integration"),
    "rule": gettext_lazy("Our rule"),
    "service": gettext_lazy("Service"),
}
SPANS = {
    7: pgettext_lazy("span of the ledger", "7 days"),
    30: pgettext_lazy("span of the ledger", "30 days"),
    90: pgettext_lazy("span of the ledger", "90 days"),
    365: pgettext_lazy("span of the ledger", "A year"),
}
WIDTH = 120  # of the drawing of an interval
MARK = 2  # of the stroke in it that stands for what was found


@signed_in
def index(request: Page) -> HttpResponse:
    """`?by=` source_rule, integration, rule or service; `?days=` 7, 30, 90 or 365."""
    by = request.GET.get("by", "") if request.GET.get("by") in BY else "source_rule"
    given = request.GET.get("days", "")
    days = int(given) if given.isdecimal() and len(given) < 4 and int(given) in SPANS else 90
    since = request.now - timedelta(days=days)
    found = ledger(request.viewer, request.now, by, since=since)
    advised = advise(found)
    context = {
        "lines": [_line(one, days) for one in found[:SHOWN]],
        "more": max(len(found) - SHOWN, 0),
        "worst": [_advised(one, by, days) for one in advised.worst],
        "unjudged": [_advised(one, by, days) for one in advised.unjudged[:5]],
        "judged": sum(one.judged for one in found),
        "total": sum(one.alerts for one in found),
        "needed": FEWEST_VERDICTS,
        "suggested": suggested_alerts(request.viewer).count(),
        "by": by,
        "by_label": BY[by],
        "bys": [{"value": key, "label": text, "url": _url(key, days)} for key, text in BY.items()],
        "days": days,
        "spans": [{"value": key, "label": text, "url": _url(by, key)} for key, text in SPANS.items()],
        "may_change": request.viewer.may("policy.change"),
        "tabs": tabs(request, "alerts:noise"),
    }
    return render(request, "noise/index.html", context)


def _url(by: str, days: int) -> str:
    return f"{reverse('alerts:noise')}?{urlencode({'by': by, 'days': days})}"


def _line(one: Line, days: int) -> dict[str, Any]:
    """A line with the links behind its numbers and what is drawn of its verdicts."""
    return {
        "one": one,
        "name": localised(one.name),
        "url": alerts_url(one, days),
        "suppressed_url": alerts_url(one, days, "outcome:suppressed"),
        "opened_url": alerts_url(one, days, "outcome:opened"),
        "verdicts": [
            (name, text, alerts_url(one, days, f"verdict:{name}")) for name, text, count in _verdicts(one) if count
        ],
        "bars": _bars(one),
        "interval": _interval(one) if one.judged else None,
        "words": localised(in_words(one)),
        "unjudged_percent": round(100 * one.unjudged_share),
        "unjudged_url": alerts_url(one, days, "verdict:none"),
    }


def _verdicts(one: Line) -> list[tuple[str, str, int]]:
    """Each verdict with its number in words."""
    duplicates = ngettext("{count} duplicate", "{count} duplicates", one.duplicate)
    alarms = ngettext("{count} false alarm", "{count} false alarms", one.false_alarm)
    return [
        ("useful", ngettext("{count} useful", "{count} useful", one.useful).format(count=one.useful), one.useful),
        ("duplicate", duplicates.format(count=one.duplicate), one.duplicate),
        ("false_alarm", alarms.format(count=one.false_alarm), one.false_alarm),
    ]


def _bars(one: Line) -> list[dict[str, Any]]:
    """The verdicts side by side, in parts of the width."""
    found, x = [], 0.0
    for kind, count in (("useful", one.useful), ("duplicate", one.duplicate), ("false_alarm", one.false_alarm)):
        width = WIDTH * count / one.judged if one.judged else 0.0
        if width:
            found.append({"kind": kind, "x": round(x, 1), "width": round(width, 1)})
        x += width
    return found


def _interval(one: Line) -> dict[str, Any]:
    low, high = one.interval
    return {
        "percent": round(100 * (one.precision or 0.0)),
        "low": round(100 * low),
        "high": round(100 * high),
        "x": round(WIDTH * low, 1),
        "width": round(max(WIDTH * (high - low), 1), 1),
        "at": round((WIDTH - MARK) * (one.precision or 0.0), 1),
    }


def _advised(one: Line, by: str, days: int) -> dict[str, Any]:
    """With what may be done: a rule that records its alerts only, or a look at the rule itself."""
    rule = {"when": one.filter, "name": localised(one.name)[:100]}
    draft = f"{reverse('alerts:rules_edit')}?{urlencode({'add': '', 'action': 'record', **rule})}"
    return {**_line(one, days), "wasted": round(one.wasted), "rule_url": draft if by != "rule" else ""}


def alerts_url(one: Line, days: int, more: str = "") -> str:
    """The list of the alerts behind a number."""
    text = " ".join(part for part in (one.filter, more, f"last-seen:<{days}d") if part)
    return f"{reverse('alerts:index')}?{urlencode({'filter': text})}"
