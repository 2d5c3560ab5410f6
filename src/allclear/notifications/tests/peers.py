"""The other sides: a mail server, and a web server that keeps what it is sent. Both listen on this machine only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import SystemRandom
from typing import Any

from aiosmtpd.controller import Controller

from allclear.notifications.channels.base import Message

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def message(**more: Any) -> Message:
    """A page, as the outbox hands it to a channel."""
    values: dict[str, Any] = {
        "key": "escalation:5:1:1.0::7:0",
        "subject": "P1 INC0000042: Störung im Netz",
        "text": "The core switch is down.",
        "at": AT,
        "url": "http://127.0.0.1:8400/incidents/INC0000042/",
        "ack_url": "http://127.0.0.1:8400/page/token/",
        "thread": "INC0000042",
        "is_page": True,
        "data": {"number": "INC0000042"},
    }
    return Message(**{**values, **more})


class Mailroom:
    """The hooks of aiosmtpd: what came in, and what is answered at each point instead of 250."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.to: list[str] = []
        self.senders: list[str] = []
        self.at_sender = self.at_rcpt = self.at_data = ""

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.at_sender or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if not self.at_rcpt:
            envelope.rcpt_tos.append(address)
        return self.at_rcpt or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.at_data == "drop":
            server.transport.close()
            return "250 OK"
        if not self.at_data:
            self.to += envelope.rcpt_tos
            self.senders.append(envelope.mail_from)
            self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.at_data or "250 OK queued"


@contextmanager
def mail_server(room: Mailroom | None = None, port: int = 0) -> Iterator[tuple[Mailroom, int]]:
    """A running mail server and its port."""
    room = room or Mailroom()
    controller = Controller(room, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield room, int(controller.port)
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody has, and that the system gives nobody by itself: one may begin to listen there later, again.

    What asks the system for any port gets one from 32768 on. By chance, for several test processes look at once.
    """
    while True:
        port = SystemRandom().randrange(20_000, 32_768)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        yield int(listening.getsockname()[1])


@dataclass
class Call:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The name of a web-hook's message."""
        return self.headers["webhook-id"]


@dataclass
class Sink:
    """What a web server got, and what it answers."""

    url: str
    status: int = 200
    said: bytes = b"taken"
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Call] = field(default_factory=list)
    before: Callable[[], None] = lambda: None  # while the caller waits for an answer
    promised: int = 0  # bytes more than are sent: the caller waits for the rest


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    sink: Sink


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        sink = self.server.sink
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        names = {name.lower(): value for name, value in self.headers.items()}
        sink.got.append(Call(self.path, names, body))
        sink.before()
        try:
            self.send_response(sink.status)
            for name, value in {"Content-Length": str(len(sink.said) + sink.promised), **sink.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sink.said)
            if sink.promised:
                self.wfile.flush()
                sink.before()
        except OSError:
            return  # the caller has hung up

    def log_message(self, *args: Any) -> None:
        return


@contextmanager
def web_server() -> Iterator[Sink]:
    """A running web server."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.sink = Sink(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.sink
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
