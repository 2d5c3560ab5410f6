"""The web program as an ASGI application, run by Granian: the hot path, the event stream, and Django for the rest."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from django.urls import get_resolver

from allclear.config import farewell, lifeline
from allclear.config.bridge import Bridge
from allclear.config.listen import threads
from allclear.config.wsgi import application as django
from allclear.intake.dialects.routes import route
from allclear.intake.hot.app import Intake
from allclear.web.live.hub import hub
from allclear.web.live.stream import PATH, stream

_django = Bridge(django, threads())
intake = Intake(_django)
_watched: set[str] = set()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """By path: `/live` is the stream, `/webhooks` and what vendors' tools call is the intake's."""
    if scope["type"] != "http":
        return
    path = scope["path"]
    if way := route(path):
        _watch("intake", intake.close)
        await intake(scope, receive, send, way)
    elif path == PATH:
        _watch("hub", hub.close)
        await stream(scope, receive, send)
    else:
        await _django(scope, receive, send)


def _warm_up() -> None:
    """Load all pages and the API now: else the first page waits seconds for it. The hot path needs none of it."""
    get_resolver().url_patterns  # noqa: B018 - it is kept


def _watch(name: str, act: Callable[[], None]) -> None:
    """Once, and not before it is needed: only now there is an event loop."""
    if name not in _watched:
        _watched.add(name)
        farewell.watch(act)


if os.environ.get("ALLCLEAR_WEB_SERVER"):
    threading.Thread(target=_warm_up, daemon=True, name="warm-up").start()
    lifeline.follow(os.getppid())
