"""The noise ledger: what came of a span's alerts, by integration, by the source's rule, by ours, or by service.

All of it is counted in the database by one walk over the alerts that were heard of in the span. `source_rule` is the
integration with the alert's `alertname`, or its title where the source knows no names of rules.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import Alert, Integration
from allclear.catalog.models import Service
from allclear.domain.alerts.noise import Advice, Line, advise, in_words, suggesting_codes
from allclear.domain.filters import quoted
from allclear.domain.terms import Status
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

DEFAULT_SPAN = timedelta(days=90)
LONGEST_SPAN = timedelta(days=400)
MOST_LINES = 1000  # those with the most alerts that were judged not useful, then the loudest
# What lines are counted by.
_BY: Mapping[str, tuple[str, ...]] = {
    "integration": ("a.integration_id",),
    "source_rule": (
        "a.integration_id", "coalesce(nullif(a.labels->>'alertname', ''), a.title)",
        "coalesce(a.labels->>'alertname', '') <> ''",
    ),
    "rule": ("a.rule",),
    "service": ("a.service_id",),
}  # fmt: skip
PARTS = tuple(_BY)
_RULE = {True: "label.alertname", False: "title"}
# An incident is opened by one alert. Counting without DISTINCT lets the database hash the groups: six times as fast.
_SQL = """
SELECT {by}, count(*), sum(a.event_count),
       count(*) FILTER (WHERE a.outcome = 'opened'),
       coalesce(sum(p.pages) FILTER (WHERE a.outcome = 'opened'), 0),
       count(*) FILTER (WHERE a.outcome = 'suppressed'),
       count(*) FILTER (WHERE a.verdict = 'useful'),
       count(*) FILTER (WHERE a.verdict = 'duplicate'),
       count(*) FILTER (WHERE a.verdict = 'false_alarm')
  FROM alerts_alert a
  LEFT JOIN (SELECT subject_id, count(*) AS pages FROM notifications_notification
              WHERE subject_kind = 'incident' AND kind = 'page' AND queued_at >= %(since)s
              GROUP BY subject_id) p ON p.subject_id = a.incident_id
 WHERE a.last_seen_at >= %(since)s AND a.last_seen_at < %(until)s
 GROUP BY {by}
 ORDER BY count(*) FILTER (WHERE a.verdict IN ('duplicate', 'false_alarm')) DESC, count(*) DESC, {by}
 LIMIT %(most)s"""


def ledger(
    viewer: Viewer, now: datetime, by: str = "source_rule", *, since: datetime | None = None,
    until: datetime | None = None, most: int = MOST_LINES,
) -> list[Line]:  # fmt: skip
    """The lines, the loudest first. Without `since` the last 90 days."""
    viewer.require("alert.read")
    since, until = span_of(now, since, until)
    if by not in _BY:
        raise Invalid({"by": say("Choose one of {choices}.", choices=", ".join(PARTS))})
    sql = _SQL.format(by=", ".join(_BY[by]))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": since, "until": until, "most": min(most, MOST_LINES)})
        rows = cursor.fetchall()
    names = _names_of(by, {row[0] for row in rows if row[0]})
    lines = [_line(by, row, names) for row in rows]
    return sorted(lines, key=lambda line: (-line.alerts, line.name, line.key))


def advice(
    viewer: Viewer, now: datetime, by: str = "source_rule", *, since: datetime | None = None,
    until: datetime | None = None,
) -> Advice:  # fmt: skip
    """Fix or delete these: the ten worst, and the loudest of which too little is known."""
    return advise(ledger(viewer, now, by, since=since, until=until))


def span_of(now: datetime, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """The span that is asked for. Raises `Invalid` when it ends before it begins, or is too long."""
    until = until or now + timedelta(microseconds=1)
    since = since or until - DEFAULT_SPAN
    if not timedelta() < until - since <= LONGEST_SPAN:
        raise Invalid({"since": say("Ask for a span of at most {days} days.", days=LONGEST_SPAN.days)})
    return since, until


def suggested_alerts(viewer: Viewer) -> QuerySet[Alert]:
    """Alerts without a verdict whose incident was resolved in a way that suggests one, the newest first.

    Of incidents that the viewer may see; `domain.alerts.noise.suggested(row.incident.resolution_code)` says which.
    """
    viewer.require("alert.read")
    ended = Incident.objects.visible_to(viewer).filter(status__in=(Status.RESOLVED, Status.CLOSED))
    seen = ended.filter(resolution_code__in=suggesting_codes())
    return Alert.objects.filter(verdict="", incident__in=seen).select_related("incident").order_by("-id")


def line_data(line: Line) -> dict[str, Any]:
    """For programs."""
    names = (
        "key", "name", "alerts", "events", "incidents", "pages", "suppressed", "useful", "duplicate", "false_alarm",
        "judged", "precision", "unjudged_share", "wasted", "events_per_alert",
    )  # fmt: skip
    low, high = line.interval
    found = {name: getattr(line, name) for name in names}
    return {
        **found,
        "precision_low": low,
        "precision_high": high,
        "in_words": str(in_words(line)),
        "filter": line.filter,
    }


def _names_of(by: str, keys: Collection[int]) -> Mapping[int, str]:
    if by == "rule":
        return {}
    rows: Any = Service.objects if by == "service" else Integration.objects
    return dict(rows.filter(pk__in=keys).values_list("pk", "name"))


def _line(by: str, row: tuple[Any, ...], names: Mapping[int, str]) -> Line:
    count = len(_BY[by])
    own, sums = row[:count], [int(value or 0) for value in row[count:]]
    counted = ("alerts", "events", "incidents", "pages", "suppressed", "useful", "duplicate", "false_alarm")
    key, name, filter_ = _called(by, own, names)
    return Line(key, name, **dict(zip(counted, sums, strict=True)), filter=filter_)


def _called(by: str, own: tuple[Any, ...], names: Mapping[int, str]) -> tuple[str, str, str]:
    """Key, name, and the filter of alerts that finds the line's alerts."""
    first = own[0]
    if by == "source_rule":
        rule, is_named = own[1:]
        found = f"integration:#{first} {_RULE[is_named]}:{quoted(rule)}"
        return f"{first}:{rule}", f"{names.get(first, '')}: {rule}", found
    if by == "rule":
        return first, first or say("No rule"), f"rule:{quoted(first)}" if first else "rule:none"
    if first is None:
        return "", say("No service"), "service:none"
    return str(first), names.get(first, ""), f"{by}:#{first}"
