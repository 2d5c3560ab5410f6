"""A hot path of its own for each test, two plain dialects beside the real ones, and sources with keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from allclear.alerts.admission import TOPIC, hashed
from allclear.alerts.models import Integration, IntegrationKey
from allclear.domain.alerts import Action, Event
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.hot.app import Intake
from allclear.intake.hot.keys import Keys
from allclear.kernel import clock
from allclear.kernel.generation import bump

KEY = "0123456789abcdef0123456789abcdef"
Source = Callable[..., Integration]


def _read(received: Received) -> Reading:
    """{"events": n} are so many events; {"crash": true} is a fault in the dialect itself."""
    try:
        body = json.loads(received.body or b"{}")
    except ValueError:
        raise Unreadable("It is no JSON.") from None
    if body.get("crash"):
        raise ZeroDivisionError
    number = body.get("events", 1)
    events = [Event(Action.TRIGGER, f"key-{n}", body.get("title", "Disk full")) for n in range(number)]
    return Reading(events, Answer(202, {"options": dict(received.options), "path": received.path}))


PLAIN = Dialect("plain", "Plain", _read, longest=100_000)
WIDE = Dialect("wide", "Wide", _read, methods=("POST", "HEAD"), refuse=lambda status, reason: Answer(status, reason))


@pytest.fixture
def source(transactional_db: None) -> Source:
    """Makes an integration with a key, as the verbs do: the generation moves with it."""

    def make(kind: str = "plain", key: str = KEY, lives: timedelta | None = None, **given: Any) -> Integration:
        now = clock.now()
        row = Integration.objects.create(name=f"{kind} {key[:4]}", kind=kind, **given)
        expires_at = now + lives if lives is not None else None
        IntegrationKey.objects.create(
            integration=row, sha256=hashed(key), hint=key[-4:], created_at=now, expires_at=expires_at
        )
        bump(TOPIC)
        return row

    return make


@pytest.fixture
def intake(transactional_db: None) -> Iterator[Intake]:
    hot = Intake(keys=Keys(every=0.05), dialects={**DIALECTS, "plain": PLAIN, "wide": WIDE})
    yield hot
    hot.close()
    hot.writer.join(10)
    hot.keys.end()
