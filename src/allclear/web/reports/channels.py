"""How incidents were reported: the share of each channel, and the incidents behind each number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from allclear.kernel.errors import Invalid
from allclear.reports.channels import ChannelReport, Line, channel_report
from allclear.reports.spans import PRESETS, USUAL, Span, preset, span
from allclear.web.http import Page, signed_in
from allclear.web.incidents.filters import channel_words
from allclear.web.reports.forms import ReportForm

NAMES = {
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "year": gettext_lazy("This year"),
}
ALL = [("status", "open"), ("status", "ended")]  # the queue shows open ones only, unless it is asked


@signed_in
def page(request: Page) -> HttpResponse:
    """The report on the chosen days; what is wrong with own dates stands at their fields, and no number beside it."""
    request.viewer.require("report.read")
    zone = ZoneInfo(request.viewer.time_zone)
    form = ReportForm(request.GET, viewer=request.viewer)
    is_valid, key = form.is_valid(), _preset(request.GET)
    chosen: Span | None = preset(key or USUAL, request.now, zone)
    if is_valid and not key:
        chosen = _own(form, zone)
    report = channel_report(request.viewer, form.asked(chosen)) if chosen and form.is_valid() else None
    context = {
        "form": form,
        "spans": [{"value": k, "label": text, "url": _url(request.GET, k)} for k, text in NAMES.items()],
        "preset": key,
        "report": report,
        "lines": [_line(line, report, form) for line in report.lines] if report else [],
        "total_url": _queue(report.span, form) if report else "",
        "before_url": _queue(report.span.before, form) if report else "",
        "count_words": _count(report) if report else "",
        "total": f"{report.total:,}" if report else "",
        "total_before": f"{report.total_before:,}" if report else "",
        "change": _change(report.change) if report else "",
        "is_narrowed": form.is_narrowed,
        "clear_url": _cleared(request.GET, key),
    }
    return render(request, "reports/channels.html", context, status=200 if report else 422)


def _preset(query: QueryDict) -> str:
    """The chosen span's key; empty when own dates are asked for."""
    if query.get("from") or query.get("until"):
        return ""
    return str(query["span"]) if query.get("span") in PRESETS else USUAL


def _own(form: ReportForm, zone: ZoneInfo) -> Span | None:
    first, until = form.cleaned_data["from"], form.cleaned_data["until"]
    try:
        return span(first, until + timedelta(days=1), zone)
    except (Invalid, OverflowError) as error:
        form.complain(error)
        return None


def _url(query: QueryDict, key: str) -> str:
    kept = query.copy()
    for name in ("from", "until", "span"):
        kept.pop(name, None)
    kept["span"] = key
    return f"{reverse('reports:channels')}?{kept.urlencode()}"


def _cleared(query: QueryDict, key: str) -> str:
    kept = QueryDict(mutable=True)
    for name in ("span",) if key else ("from", "until"):
        if name in query:
            kept[name] = str(query[name])
    base = reverse("reports:channels")
    return f"{base}?{kept.urlencode()}" if kept else base


def _queue(days: Span, form: ReportForm, channel: str | None = None) -> str:
    """The queue with exactly the incidents that were counted."""
    query = QueryDict(mutable=True)
    for name, value in [*ALL, ("logged_from", f"{days.first}"), ("logged_to", f"{days.end}"), *form.narrowed()]:
        query.appendlist(name, value)
    if channel is not None:
        query["channel"] = channel or "none"
    query["sort"] = "newest"
    return f"{reverse('incidents:queue')}?{query.urlencode()}"


def _line(line: Line, report: ChannelReport, form: ReportForm) -> dict[str, Any]:
    return {
        "name": channel_words(line.channel),
        "line": line,
        "count": f"{line.count:,}",
        "count_before": f"{line.count_before:,}",
        "url": _queue(report.span, form, line.channel),
        "before_url": _queue(report.span.before, form, line.channel),
        "change": _change(line.change),
        "points": _points(line),
    }


def _change(change: int) -> str:
    """More with a plus, fewer with a true minus."""
    return f"+{change:,}" if change > 0 else f"−{-change:,}" if change else "0"


def _points(line: Line) -> str:
    """How the share moved, in percentage points; empty when one of the spans had none."""
    if line.share is None or line.share_before is None:
        return ""
    moved = round(line.share - line.share_before, 1)
    sign = "+" if moved > 0 else "−" if moved < 0 else "±"
    return _("{points} points").format(points=f"{sign}{abs(moved):.1f}")


def _count(report: ChannelReport) -> str:
    return ngettext("{count} incident", "{count} incidents", report.total).format(count=f"{report.total:,}")
