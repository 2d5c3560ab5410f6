"""The last reports of a heartbeat, with how late each came, and when Allclear itself did not run between them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from allclear.alerts.heartbeats import outages_of, plan_of
from allclear.alerts.models import HeartbeatMonitor, HeartbeatPing
from allclear.domain.alerts.heartbeat import Plan, ReportKind, lateness
from allclear.domain.alerts.outage import Outage
from allclear.web.alerts import heartbeat_words as said

SHOWN = 100  # as many as are kept
_FIRST_LINES = 160  # characters of a log that its line shows
_ENDS = (ReportKind.SUCCESS.value, ReportKind.FAIL.value)


def lines_of(row: HeartbeatMonitor) -> list[dict[str, Any]]:
    """Reports and outages for the page, the newest first. Lateness is reckoned by the schedule of today."""
    pings, outages = list(row.pings.all()[:SHOWN]), outages_of(row)
    plan, since = plan_of(row), _awaited_since(pings, outages)
    lines = [_report(one, plan, before) for one, before in zip(pings, since, strict=True)]
    oldest = pings[-1].at if pings else None
    lines += [{"at": one.ended_at, "outage": one} for one in outages if oldest is None or one.ended_at >= oldest]
    return sorted(lines, key=lambda line: line["at"], reverse=True)


def waited_for(row: HeartbeatMonitor) -> Outage | None:
    """The outage because of which the next report is due later, while no report has come since."""
    last = next(iter(outages_of(row, 1)), None)
    return last if last and row.counted_from == last.ended_at else None


def _awaited_since(pings: Sequence[HeartbeatPing], outages: Sequence[Outage]) -> list[datetime | None]:
    """For each report, the instant that its due time was reckoned from; None for the first and for mere notes."""
    found: list[datetime | None] = []
    last: datetime | None = None
    for one in reversed(pings):
        begun = [outage.ended_at for outage in outages if outage.ended_at <= one.at]
        is_end = one.kind in _ENDS
        found.append(max([last, *begun]) if is_end and last else None)
        last = one.at if is_end else last
    return found[::-1]


def _report(row: HeartbeatPing, plan: Plan, since: datetime | None) -> dict[str, Any]:
    first = " ".join(row.log[: _FIRST_LINES * 2].split())[:_FIRST_LINES]
    late = lateness(plan, since, row.at - (row.lasted or timedelta())) if since else None  # a run: its beginning
    return {
        "at": row.at,
        "row": row,
        "level": said.REPORTS[ReportKind(row.kind)],
        "first": first,
        "is_more": len(row.log) > len(first),
        "lasted": said.span_exact(row.lasted) if row.lasted is not None else "",
        "late": said.span_exact(late) if late and late.total_seconds() >= 1 else "",
        "is_too_late": late is not None and late > plan.grace,
    }
