"""What something that hides alerts would have hidden of the last 90 days: drafts, and what is kept already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.alerts.drafts import preview_inhibition, preview_rule, preview_silence, preview_window
from allclear.alerts.shadow import hidden_data, would_have_held
from allclear.api.http import answer, viewer_of
from allclear.api.noise import routes as noise
from allclear.api.quiet_shapes import Filter, MatcherBody
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Shape, Strict
from allclear.kernel import clock

Matchers = Annotated[list[MatcherBody | str], Field(max_length=50)]
Keys = Annotated[list[Key], Field(max_length=500)]


class SilenceDraft(Strict):
    matchers: Matchers
    integration_id: Key | None = None


class WindowDraft(Strict):
    services: Keys = []
    cis: Keys = []
    with_dependents: bool = True
    starts_at: Instant
    ends_at: Instant
    time_zone: Annotated[str, Field(max_length=64)] = "UTC"
    repeats: Annotated[str, Field(max_length=300)] = ""
    until: Instant | None = None


class InhibitionDraft(Strict):
    cause: Filter
    effect: Filter
    equal: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=20)] = []


class RuleDraft(Strict):
    """Of a rule that drops or only records. An empty `when` is every alert."""

    when: Filter = ""
    integration_ids: Keys = []


class PastShape(Shape):
    """`real_because`: why it was no noise; empty where it may have been."""

    alert_id: int
    title: str
    at: Instant
    verdict: str
    incident: str | None
    priority: int | None
    real_because: str


class WeekShape(Shape):
    monday: date
    hidden: int
    real: int


class HiddenShape(Shape):
    """`looked_at`: alerts of the span. `real`: those that led to real incidents, or were judged useful.

    `note` says how the times were taken; `is_cut`: there were more than can be looked at, the newest were.
    """

    since: Instant
    until: Instant
    note: str
    looked_at: int
    is_cut: bool
    hidden: int
    real: int
    incidents: int
    severities: dict[str, int]
    weeks: list[WeekShape]
    real_ones: list[PastShape]
    sample: list[PastShape]


def register_previews(silences: Routes, windows: Routes, inhibitions: Routes) -> None:
    """Add the operations; before those with numbers, which would take the word for one."""

    @silences.post("/preview", HiddenShape, is_once=False)
    def try_silence(request: HttpRequest, payload: SilenceDraft) -> HttpResponse:
        """Try a silence on the alerts of the last 90 days. Nothing is changed."""
        return _tried(request, preview_silence, payload)

    @windows.post("/preview", HiddenShape, is_once=False)
    def try_maintenance_window(request: HttpRequest, payload: WindowDraft) -> HttpResponse:
        """Try a maintenance window on the alerts of the last 90 days. Nothing is changed."""
        return _tried(request, preview_window, payload)

    @inhibitions.post("/preview", HiddenShape, is_once=False)
    def try_inhibition(request: HttpRequest, payload: InhibitionDraft) -> HttpResponse:
        """Try an inhibition on the alerts of the last 90 days. Nothing is changed."""
        return _tried(request, preview_inhibition, payload)


@noise.post("/try-rule", HiddenShape, is_once=False)
def try_suppressing_rule(request: HttpRequest, payload: RuleDraft) -> HttpResponse:
    """Try a rule that drops or only records on the alerts of the last 90 days. Nothing is changed."""
    return _tried(request, preview_rule, payload)


def would_have(request: HttpRequest, row: Any) -> HttpResponse:
    """What one that is kept has held, or in shadow would have held, since it was added."""
    return answer(hidden_data(would_have_held(viewer_of(request), row, clock.now())))


def _tried(request: HttpRequest, preview: Callable[..., Any], payload: Strict) -> HttpResponse:
    found = preview(viewer_of(request), payload.model_dump(), now=clock.now())
    return answer(hidden_data(found))
