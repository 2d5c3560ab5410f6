"""The hot path: an ASGI application that answers a source when what it sent is on disk.

mount -> key -> limit -> body -> the dialect reads it -> the writer commits -> answer
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from allclear.alerts.actions.receive import Arrival, pack
from allclear.intake.dialects import DIALECTS
from allclear.intake.dialects.base import Answer, Dialect, Reading, Received, Unreadable
from allclear.intake.dialects.routes import Route, route
from allclear.intake.hot import fetching
from allclear.intake.hot.caller import Caller, Stranger, admitted
from allclear.intake.hot.keys import Keys
from allclear.intake.hot.limits import Limits
from allclear.intake.hot.request import Bad, Gone, Receive, Request
from allclear.intake.hot.tally import Tally
from allclear.intake.hot.writer import Unavailable, Unstorable, Writer
from allclear.kernel import clock
from allclear.kernel.words import say

_FIRST_KEYS = 3.0  # seconds for the first look at the keys
_SMALL = 64 * 1024  # bytes that are read on the event loop itself; more would hold up the others
_log = logging.getLogger(__name__)


@dataclass
class Counts:
    """What became of requests since the process began."""

    accepted: int = 0  # requests
    events: int = 0
    refused: Counter[int] = field(default_factory=Counter)  # by status
    gone: int = 0  # clients that went away within their body


class Intake:
    """One a process. `otherwise` answers what the path's dialect does not: screens and lists of the same address."""

    def __init__(
        self,
        otherwise: Any = None,
        *,
        keys: Keys | None = None,
        writer: Writer | None = None,
        dialects: Mapping[str, Dialect] = DIALECTS,
    ) -> None:
        self.otherwise = otherwise
        self.keys = keys or Keys()
        self.writer = writer or Writer()
        self.limits = Limits()
        self.tally = Tally(self.limits)
        self.keys.beside = self.tally.share
        self.dialects = dialects
        self.counts = Counts()
        self._aside = ThreadPoolExecutor(2, thread_name_prefix="intake-aside")

    def close(self) -> None:
        """Take nothing more; what was taken is still written and answered."""
        self.writer.close()

    async def __call__(self, scope: Any, receive: Receive, send: Any, way: Route | None = None) -> None:
        """Answer, or hand over. `way` is the route of the path where the caller has looked it up."""
        way = way or route(scope["path"])
        request = Request(scope, receive)
        if way is None or self._is_elsewhere(way, request):
            await self._otherwise(scope, receive, send)
            return
        try:
            answer = await self._answer(way, request)
        except Gone:
            self.counts.gone += 1
            return
        await _send(send, answer, has_body=request.method != "HEAD")

    def _is_elsewhere(self, way: Route, request: Request) -> bool:
        """Whether Django answers here: the read side of a vendor's API, and what lies beside its alerts."""
        bare = way.rest.strip("/")
        if bare.startswith(("api/v2/", "-/")) and bare != "api/v2/alerts":
            return True
        is_read = request.method in ("GET", "HEAD") and bare.startswith(("api/v2/", "v2/"))
        return is_read and self.otherwise is not None

    async def _otherwise(self, scope: Any, receive: Receive, send: Any) -> None:
        if self.otherwise is None:
            await _send(send, Answer(404, {"error": say("There is nothing here.")}))
        else:
            await self.otherwise(scope, receive, send)

    async def _answer(self, way: Route, request: Request) -> Answer:
        caller = Caller(way, self.dialects.get(way.kind or ""))
        try:
            answer = await self._taken(caller, request)
        except Bad as bad:
            answer = caller.refusal(bad)
            if caller.is_found:
                self.tally.refused(caller.admission.integration_id, answer.status, bad.reason, clock.now())
            elif isinstance(bad, Stranger):
                sender = request.sender(settings.ALLAUTH_TRUSTED_PROXY_COUNT)
                self.tally.unknown(caller.kind, caller.hint, sender, clock.now())
        except Unavailable:
            answer = caller.refusal(Bad(503, say("It could not be written just now. Send it again in a moment."), 1.0))
        if answer.status >= 400:
            self.counts.refused[answer.status] += 1
        return answer

    async def _taken(self, caller: Caller, request: Request) -> Answer:
        """Read and written. What is known of the key early is looked at before a body is."""
        await self._known_keys()
        await self._find(caller, caller.way.key or request.key())
        if caller.is_found:
            admitted(caller, request.method, clock.now(), self.dialects)
            await self._knows_heartbeat(caller, request)
            self._within_limits(caller)
        elif caller.dialect is None or caller.way.monitor is not None:
            raise caller.stranger()
        else:
            caller.allows(request.method)
        assert caller.dialect is not None
        receive = request.beginning if caller.dialect.is_beginning_enough else request.body
        body = await receive(caller.dialect.longest)
        now = clock.now()
        if not caller.is_found:
            body = await self._found_in_body(caller, request, body, now)
        received = Received(
            request.method, caller.way.rest, body, now, request.query(), request.headers, caller.options()
        )
        return await self._read_and_stored(caller, request, received)

    async def _known_keys(self) -> None:
        if self.keys.is_loaded.is_set():
            return
        self.keys.start()
        until = time.monotonic() + _FIRST_KEYS
        while not self.keys.is_loaded.is_set():
            if time.monotonic() > until or self.writer.is_over:
                raise Unavailable
            await asyncio.sleep(0.02)

    async def _find(self, caller: Caller, key: str | None) -> None:
        """Whose key it is. One that is not known is looked for once more, in case it was made a moment ago."""
        caller.found(key, self.keys)
        if caller.is_found or (key is None and caller.way.monitor is None):
            return
        if not await self.keys.look_again():
            raise Unavailable
        caller.found(key, self.keys)

    async def _knows_heartbeat(self, caller: Caller, request: Request) -> None:
        """Raises 404. One that is not known is looked for once more, too."""
        try:
            caller.knows_heartbeat(self.keys, request.query())
        except Bad:
            await self.keys.look_again()
            caller.knows_heartbeat(self.keys, request.query())

    def _within_limits(self, caller: Caller, count: int = 0) -> None:
        """Raises 429. `count` 0 looks only whether anything may come now."""
        per_minute, now = caller.admission.events_per_minute, time.monotonic()
        act = self.limits.take if count else self.limits.wait
        if seconds := act(caller.name, per_minute, now, max(1, count)):
            raise Bad(429, say("More than {count} events a minute came with this key.", count=per_minute), seconds)

    async def _found_in_body(self, caller: Caller, request: Request, body: bytes, now: datetime) -> bytes:
        """The key stands in the body, so that had to be read first; gives it unpacked."""
        assert caller.dialect is not None
        body = request.unpack(body, caller.dialect.longest)
        received = Received(request.method, caller.way.rest, body, now, request.query(), request.headers)
        await self._find(caller, caller.dialect.key_of(received))
        caller.is_key_in_body = True
        if not caller.is_found:
            raise caller.stranger()
        admitted(caller, request.method, now, self.dialects)
        self._within_limits(caller)
        return body

    async def _read_and_stored(self, caller: Caller, request: Request, received: Received) -> Answer:
        dialect = caller.dialect
        assert dialect is not None
        error, reading = "", Reading([])
        try:
            if request.is_packed:
                unpack = request.unpack_beginning if dialect.is_beginning_enough else request.unpack
                received = replace(received, body=unpack(received.body, dialect.longest))
            reading = await self._reading(dialect, received)
            self._within_limits(caller, max(1, len(reading.events)))
            error, answer = reading.left_out, reading.answer
        except Unreadable as unreadable:
            self._within_limits(caller, 1)
            error, answer = unreadable.reason, unreadable.answer or dialect.refuse(unreadable.status, unreadable.reason)
        except Bad as bad:
            if bad.status == 429 or dialect.verify is not None:  # what nobody could check is not kept to be replayed
                raise
            error, answer = bad.reason, caller.refusal(bad)
        arrival = Arrival(
            caller.admission.integration_id, dialect.kind, received.received_at, request.target(caller.name),
            caller.without_key(received.body), answer.status, request.kept_headers(), error, reading.events,
            reading.request_id,
        )  # fmt: skip
        return await self._stored(dialect, arrival, reading, answer)

    async def _reading(self, dialect: Dialect, received: Received) -> Reading:
        """On the event loop when it is small and needs nothing else. Raises `Unreadable`, whatever the body is."""
        try:
            if dialect.verify is None and len(received.body) <= _SMALL:
                return dialect.read(received)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._aside, _verified_and_read, dialect, received)
        except Unreadable:
            raise
        except Exception:
            _log.exception("The dialect %s failed on a body of %d bytes", dialect.kind, len(received.body))
            raise Unreadable(say("It could not be read; the payload is kept. Please report this.")) from None

    async def _stored(self, dialect: Dialect, arrival: Arrival, reading: Reading, answer: Answer) -> Answer:
        try:
            await self.writer.put(pack(arrival))
        except (Unstorable, ValueError) as refused:
            reason = say("It cannot be kept: {reason}", reason=str(refused))
            answer = dialect.refuse(400, reason)
            await self._kept_as_broken(replace(arrival, events=(), error=reason, status=answer.status))
            return answer
        if arrival.events or not arrival.error:
            self.counts.accepted += 1
            self.counts.events += len(arrival.events)
        if reading.confirm_url:
            loop = asyncio.get_running_loop()
            loop.run_in_executor(self._aside, fetching.confirm, reading.confirm_url)
        return answer

    async def _kept_as_broken(self, arrival: Arrival) -> None:
        try:
            await self.writer.put(pack(arrival))
        except Unstorable as error:  # its integration is gone since
            _log.warning("A delivery of integration %d could not be kept: %s", arrival.integration_id, error)


def _verified_and_read(dialect: Dialect, received: Received) -> Reading:
    if dialect.verify is not None:
        try:
            dialect.verify(received, fetching.fetch)
        except Unreadable as error:  # nobody has shown to have signed it, whatever else is wrong with it
            raise Unreadable(error.reason, error.answer, 503 if error.status == 503 else 401) from error
    return dialect.read(received)


async def _send(send: Any, answer: Answer, *, has_body: bool = True) -> None:
    kind, body = _encoded(answer.body)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    if kind and not any(name == b"content-type" for name, _ in headers):
        headers.append((b"content-type", kind))
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body if has_body else b"", "more_body": False})


def _encoded(body: Any) -> tuple[bytes, bytes]:
    if isinstance(body, bytes):
        return (b"application/octet-stream" if body else b""), body
    if body is None or body == "":
        return b"", b""
    if isinstance(body, str):
        return b"text/plain; charset=utf-8", body.encode("utf-8", "replace")
    return b"application/json", orjson.dumps(body)
