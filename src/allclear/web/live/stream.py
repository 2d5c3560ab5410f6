"""The event stream, `GET /live`: server-sent events (HTML standard, section 9.2) from a small ASGI application."""

from __future__ import annotations

import asyncio
import json
from http.cookies import CookieError
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_of
from allclear.web.live.hub import Client, Hub, hub

PATH = "/live"
_ALIVE = 20.0  # seconds between signs of life on a quiet stream
_CHECK = 60.0  # seconds between looks whether the person is still logged in, and with which rights
_MOST = 2_000  # streams a process serves; the others try again later
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy in front must not hold it back
]


async def stream(scope: Any, receive: Any, send: Any) -> None:
    """Answer one browser until it goes away."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    viewer = await hub.in_thread(viewer_from, headers.get("cookie", ""))
    if scope["method"] != "GET" or viewer is None or len(hub.clients) >= _MOST:
        status = 405 if scope["method"] != "GET" else 204 if viewer is None else 503  # 204: do not come again
        await send({"type": "http.response.start", "status": status, "headers": [(b"cache-control", b"no-store")]})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    gone = asyncio.ensure_future(_gone(receive))
    client = Client(viewer)
    try:
        await _serve(hub, client, headers, gone, send)
    finally:
        hub.leave(client)
        gone.cancel()


async def _serve(house: Hub, client: Client, headers: dict[str, str], gone: asyncio.Future[None], send: Any) -> None:
    after = headers.get("last-event-id", "")
    await house.join(client, int(after) if after.isdigit() and len(after) < 19 else None)
    await _send(send, "retry: 2000\n: hello\n\n")
    clock = asyncio.get_running_loop().time
    checked = clock()
    while not gone.done() and not house.is_closing:
        told = client.take()
        for event, data in told:
            await _send(send, f"id: {house.newest}\nevent: {event}\ndata: {json.dumps(data)}\n\n")
        has_lost = any(event == "lost" for event, _ in told)  # or were they given the right to see it a moment ago?
        if not has_lost and not await _woken(client, gone):
            await _send(send, f"id: {house.newest}\n: still here\n\n")
        if has_lost or clock() - checked > _CHECK:
            checked = clock()
            if not await _still_in(house, client, headers):
                await _send(send, "event: signed_out\ndata: {}\n\n")
                break
    if not gone.done():
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _woken(client: Client, gone: asyncio.Future[None]) -> bool:
    """Wait until there is something to say or the browser is gone; False when nothing happened for long."""
    waking = asyncio.ensure_future(client.wake.wait())
    waiting: set[asyncio.Future[Any]] = {waking, gone}
    done, _ = await asyncio.wait(waiting, timeout=_ALIVE, return_when=asyncio.FIRST_COMPLETED)
    waking.cancel()
    return bool(done)


async def _still_in(house: Hub, client: Client, headers: dict[str, str]) -> bool:
    """Whether the person is still logged in. With other rights than before, pages ask again what they may show."""
    viewer = await house.in_thread(viewer_from, headers.get("cookie", ""))
    if viewer is None:
        return False
    if viewer != client.viewer:
        client.viewer, client.is_behind = viewer, True
        client.wake.set()
    return True


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Any, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def viewer_from(cookies: str) -> Viewer | None:
    """The person whose session the cookie names; None for a stranger."""
    request = HttpRequest()
    try:
        key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    if not key:
        return None
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return viewer_of(user) if isinstance(user, User) and user.is_authenticated else None
