"""What the API says of integrations, and what it takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from allclear.api.schemas import Key, Ref, Shape, Short, Strict, Text

Name = Annotated[str, Field(max_length=120)]


class OptionShape(Shape):
    """A setting of a kind. Of a secret one answers say only that it is `set`."""

    name: str
    label: str
    help: str
    kind: str
    required: bool
    secret: bool


class KindShape(Shape):
    """A kind of source, and the settings that its integrations have."""

    kind: str
    name: str
    options: list[OptionShape]


class IntegrationShape(Shape):
    """Counts are of the last 24 hours; `has_more`: more came than was looked at, so they are at least these."""

    id: int
    name: str
    kind: str
    description: str
    service: Ref | None
    owner_team: Ref | None
    options: dict[str, Any]
    events_per_minute: int
    stale_after_minutes: int | None
    is_active: bool
    last_seen_at: datetime | None
    events_24h: int
    errors_24h: int
    refused_24h: int
    has_more: bool
    open_alerts: int
    live_keys: int
    version: int


class NewIntegration(IntegrationShape):
    """`key` and `url` (with the key in it) are told this once."""

    key: str | None
    url: str | None


class KeyShape(Shape):
    """A key, without its text: `hint` is its end."""

    id: int
    hint: str
    created_at: datetime
    expires_at: datetime | None
    is_live: bool


class NewKey(KeyShape):
    """`key` and `url` (with the key in it) are told this once."""

    key: str | None
    url: str | None


class RefusalShape(Shape):
    """Requests of a minute that were refused alike (429, 413, an old key), so that their bodies were never taken."""

    minute: datetime
    last_at: datetime
    status: int
    count: int
    reason: str


class UnknownKeyShape(Shape):
    """Requests of a minute, to the address of one kind (empty: of several), with a key that no integration has.

    `hint` is the end of the last one's key, `sender` the address it came from.
    """

    minute: datetime
    last_at: datetime
    kind: str
    count: int
    hint: str
    sender: str


class DeliveryShape(Shape):
    """A request as it arrived, and what was answered. `error`: why it could not be read."""

    id: int
    received_at: datetime
    target: str
    status: int
    error: str
    event_count: int
    request_id: str | None
    replay_of: int | None


class DeliveryWithBody(DeliveryShape):
    """`body` as text; bytes that are no text are written as `\\xNN`."""

    integration_id: int
    headers: dict[str, Any]
    body: str


class IntegrationBody(Strict):
    """`options` by name, as the kind has them."""

    name: Name
    kind: Annotated[str, Field(max_length=40)]
    description: Text = ""
    service_id: Key | None = None
    owner_team_id: Key | None = None
    options: dict[Short, Any] = {}
    events_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 60_000
    stale_after_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None


class IntegrationEdit(Strict):
    """Only what is named changes. `options` replaces all; a secret that is left out stays."""

    name: Name | None = None
    description: Text | None = None
    service_id: Key | None = None
    owner_team_id: Key | None = None
    options: dict[Short, Any] | None = None
    events_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    stale_after_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    is_active: bool | None = None


class KeyBody(Strict):
    """How long the keys before it still let somebody in; 0: no longer."""

    grace_hours: Annotated[int, Field(ge=0, le=720)] = 24
