"""The web program as an ASGI application, run by Granian: the event stream itself, and Django for everything else."""

from __future__ import annotations

import os
from typing import Any

from allclear.config import farewell, lifeline
from allclear.config.bridge import Bridge
from allclear.config.listen import threads
from allclear.config.wsgi import application as django
from allclear.web.live.hub import hub
from allclear.web.live.stream import PATH, stream

_django = Bridge(django, threads())


async def application(scope: Any, receive: Any, send: Any) -> None:
    """By path: `/live` is the stream."""
    if scope["type"] != "http":
        return
    if scope["path"] != PATH:
        await _django(scope, receive, send)
        return
    if not hub.is_watched:
        hub.is_watched = True
        farewell.watch(hub.close)
    await stream(scope, receive, send)


if os.environ.get("ALLCLEAR_WEB_SERVER"):
    lifeline.follow(os.getppid())
