"""The bodies and answers of silences, maintenance windows and inhibitions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from allclear.alerts.quiet_lists import State
from allclear.api.schemas import Instant, Key, Shape, Strict
from allclear.domain.alerts.holders import Means

Mode = Annotated[Literal["live", "shadow"], Field(description="In shadow it only says what it would hold.")]
Name = Annotated[str, Field(min_length=1, max_length=150)]
Filter = Annotated[str, Field(max_length=2000, description="A filter of alerts, such as `label.alertname:NodeDown`.")]


class MatcherBody(Strict):
    """As in Alertmanager's API v2."""

    name: Annotated[str, Field(max_length=200)]
    value: Annotated[str, Field(max_length=1000)]
    isRegex: bool = False  # noqa: N815 - Alertmanager's name
    isEqual: bool = True  # noqa: N815 - as sent


class SilenceBody(Strict):
    """Alerts whose labels fit all matchers. `starts_at` left out: now. `integration_id` left out: of all."""

    comment: Annotated[str, Field(min_length=1, max_length=500)]
    matchers: Annotated[list[MatcherBody | str], Field(max_length=50, description='Such as `env="prod"`.')]
    integration_id: Key | None = None
    starts_at: Instant | None = None
    ends_at: Instant
    mode: Mode = "live"


class WindowBody(Strict):
    """Of services and configuration items, and of what stands on them. `starts_at`, `ends_at`: of the first time."""

    name: Name
    reason: Annotated[str, Field(max_length=10_000)] = ""
    change_ref: Annotated[str, Field(max_length=100)] = ""
    services: Annotated[list[Key], Field(max_length=500)] = []
    cis: Annotated[list[Key], Field(max_length=500)] = []
    with_dependents: bool = True
    starts_at: Instant
    ends_at: Instant
    time_zone: Annotated[str, Field(max_length=64, description="Whose wall clock repeats count by.")] = "UTC"
    repeats: Annotated[str, Field(max_length=300, description="RFC 5545 RRULE; empty: once.")] = ""
    until: Annotated[Instant | None, Field(description="Of one that repeats; needed then.")] = None
    mode: Mode = "live"


class InhibitionBody(Strict):
    """While an alert of `cause` is open, those of `effect` with the same labels `equal` stay quiet."""

    name: Name
    cause: Filter
    effect: Filter
    equal: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=20)] = []
    expires_at: Instant
    mode: Mode = "shadow"


class HeldShape(Shape):
    """An open alert that stays quiet, until when, and (inhibition) the alert that inhibits it."""

    id: int
    title: str
    severity: str
    source: str
    first_seen_at: Instant
    last_seen_at: Instant
    held_until: Instant | None
    cause_alert_id: int | None


class EntryShape(Shape):
    """`starts_at`, `ends_at`: of the time that is running, else the next, else the last. `held`: open alerts."""

    kind: Means
    id: int
    name: str
    state: State
    mode: Mode
    starts_at: Instant
    ends_at: Instant
    ends_for_good_at: Instant
    held: int
    problem: str


class Entries(Shape):
    items: list[EntryShape]


class TimeShape(Shape):
    start: Instant
    end: Instant


class Times(Shape):
    items: list[TimeShape]


class ShownShape(Shape):
    kind: Means
    id: int
    name: str
    starts_at: Instant
    ends_at: Instant
    is_live: bool


class Calendar(Shape):
    items: list[ShownShape]


class StartBody(Strict):
    """When the time begins that is cancelled."""

    start: Instant
