"""The noise ledger: verdicts, and how precise sources, rules and services are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.alerts.actions.judging import judge_alerts
from allclear.alerts.ledger import advice, ledger, line_data, span_of, suggested_alerts
from allclear.alerts.models import Alert
from allclear.api.http import answer, refuse_unknown, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Page, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.domain.alerts.noise import Verdict, suggested
from allclear.kernel import clock

routes = Routes("Noise")
By = Literal["integration", "source_rule", "rule", "service"]


class LedgerWanted(Strict):
    """`source_rule`: the integration with the alert's name there. Without `since`: the last 90 days."""

    by: By = "source_rule"
    since: Instant | None = None
    until: Instant | None = None


class LineShape(Shape):
    """`precision`: useful of judged, with Wilson's interval at 95 %. `wasted`: alerts that were no use for certain."""

    key: str
    name: str
    alerts: int
    events: int
    incidents: int
    pages: int
    suppressed: int
    useful: int
    duplicate: int
    false_alarm: int
    judged: int
    precision: float | None
    precision_low: float
    precision_high: float
    unjudged_share: float
    wasted: float
    events_per_alert: float
    in_words: str
    filter: str


class LedgerShape(Shape):
    since: Instant
    until: Instant
    by: By
    lines: list[LineShape]


class AdviceShape(Shape):
    """`worst`: fix or delete these. `unjudged`: the loudest of which too few verdicts are known."""

    since: Instant
    until: Instant
    by: By
    worst: list[LineShape]
    unjudged: list[LineShape]


class VerdictBody(Strict):
    """Empty takes a verdict back."""

    alert_ids: Annotated[list[Key], Field(min_length=1, max_length=1000)]
    verdict: Verdict | Literal[""]


class Judged(Shape):
    """Of how many it is new."""

    changed: int


class SuggestionShape(Shape):
    alert_id: int
    title: str
    incident: str
    resolution_code: str
    verdict: Verdict


@routes.get("", LedgerShape, errors=(401, 403, 422))
def read_noise_ledger(request: HttpRequest, query: Query[LedgerWanted]) -> HttpResponse:
    """Count what came of a span's alerts, and what people said of them; the 1000 noisiest lines, the loudest first."""
    refuse_unknown(request, LedgerWanted.model_fields)
    now = clock.now()
    lines = ledger(viewer_of(request), now, query.by, since=query.since, until=query.until)
    return answer({**_span(query, now), "lines": [line_data(line) for line in lines]})


@routes.get("/advice", AdviceShape, errors=(401, 403, 422))
def read_noise_advice(request: HttpRequest, query: Query[LedgerWanted]) -> HttpResponse:
    """Read the ten to fix or delete first, and the loudest that nobody has judged."""
    refuse_unknown(request, LedgerWanted.model_fields)
    now = clock.now()
    found = advice(viewer_of(request), now, query.by, since=query.since, until=query.until)
    parts = {name: [line_data(line) for line in getattr(found, name)] for name in ("worst", "unjudged")}
    return answer({**_span(query, now), **parts})


@routes.post("/verdicts", Judged)
def judge(request: HttpRequest, payload: VerdictBody) -> HttpResponse:
    """Say of alerts that they were useful, duplicates or false alarms; all of them or none."""
    changed = judge_alerts(viewer_of(request), payload.alert_ids, payload.verdict, now=clock.now())
    return answer({"changed": changed})


@routes.get("/suggestions", Page[SuggestionShape], errors=(401, 403, 422))
def list_suggested_verdicts(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List alerts without a verdict whose incident was resolved as a false alarm or duplicate."""
    return answer(key_page(suggested_alerts(viewer_of(request)), cursor, limit, suggestion_data, ("-id",)))


def suggestion_data(row: Alert) -> dict[str, Any]:
    """For programs; the command line prints the same."""
    assert row.incident is not None
    code = row.incident.resolution_code
    told = {"alert_id": row.pk, "title": row.title, "incident": row.incident.number, "resolution_code": code}
    return {**told, "verdict": suggested(code)}


def _span(query: LedgerWanted, now: Any) -> dict[str, Any]:
    since, until = span_of(now, query.since, query.until)
    return {"since": since, "until": until, "by": query.by}
