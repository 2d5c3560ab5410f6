"""The address the web server listens on, and the server itself."""

from __future__ import annotations

import errno
import http.client
import json
import os
import socket
from dataclasses import dataclass

from allclear.config import farewell
from allclear.config.trouble import Trouble


@dataclass(frozen=True)
class Place:
    host: str
    port: int

    @property
    def url(self) -> str:
        """Where a person on this machine opens it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - shown, not bound
        return os.environ.get("ALLCLEAR_URL") or f"http://{host}:{self.port}"


def place() -> Place:
    """`HOST` and `PORT`, by default 127.0.0.1 and 8400: nobody else's machine reaches it unless told so."""
    port = os.environ.get("PORT", "").strip() or "8400"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Trouble(f"PORT={port!r} is not a port: write a number from 1 to 65535.")
    return Place(os.environ.get("HOST", "").strip() or "127.0.0.1", int(port))


def require_free(wanted: Place) -> None:
    """Refuse a port that somebody listens on; the server itself would share it without a word."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Trouble(
                f"Port {wanted.port} on {wanted.host} is in use: stop what listens there, or set PORT to another."
            ) from None
        raise Trouble(f"HOST={wanted.host!r}, PORT={wanted.port} cannot be listened on: {error}.") from None


def answers(wanted: Place) -> bool:
    """Whether an Allclear (well or not) answers there."""
    try:
        connection = http.client.HTTPConnection(wanted.host, wanted.port, timeout=5)
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return "engine" in json.loads(connection.getresponse().read(65536))
    except (OSError, ValueError, TypeError, http.client.HTTPException):
        return False


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdigit() or int(value) < 1:
        raise Trouble(f"{name}={value!r} is not a number of at least 1.")
    return int(value)


def threads() -> int:
    """How many requests one web process works on at once."""
    return _number("WEB_THREADS", 4)


def run(wanted: Place) -> None:
    """Serve until SIGTERM."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ.update(ALLCLEAR_WEB_SERVER="1", WEB_THREADS=str(threads()))  # the workers follow this process
    server = Granian(
        "allclear.config.asgi:application",
        address=wanted.host,
        port=wanted.port,
        interface=Interfaces.ASGINL,
        workers=_number("WEB_WORKERS", 2),
        backlog=_number("WEB_BACKLOG", 1024),
        respawn_failed_workers=True,
        workers_kill_timeout=8,  # less than the supervisor's patience
        log_level="warning",  # type: ignore[arg-type]
    )
    server.on_startup(farewell.prepare)
    server.serve()
