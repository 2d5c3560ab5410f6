"""One HTTP request as the hot path sees it: its head, the credentials in it, and its body, within bounds."""

from __future__ import annotations

import asyncio
import base64
import binascii
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote

from allclear.kernel.words import say

MOST_BYTES_ARRIVING = 64 * 2**20  # of bodies that come in pieces, in one process
_MOST_FIELDS = 100
SLOWEST_BODY = 30.0  # seconds until the whole body must be here
_SCHEMES = {"bearer", "geniekey"}
_KEPT = {"content-type", "content-encoding", "user-agent"}
_KEPT_PREFIXES = ("ce-", "x-amz-sns-", "sentry-hook-", "webhook-", "x-grafana-", "x-event-")
_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
Receive = Callable[[], Awaitable[Any]]


class Bad(Exception):
    """A request that cannot be taken in, with the status that says so."""

    def __init__(self, status: int, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.status, self.reason, self.wait = status, reason, wait


class Gone(Exception):
    """The client went away before it had sent everything."""


class Request:
    """`headers` have names in lower case; of several of one name the last counts."""

    __slots__ = ("client", "headers", "is_unpacked", "method", "path", "query_string", "receive")
    _arriving = 0  # bytes of bodies that came in pieces and are not whole yet, of all requests

    def __init__(self, scope: Mapping[str, Any], receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query_string: bytes = scope.get("query_string", b"")
        self.headers = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in scope["headers"]}
        self.client = str((scope.get("client") or ("",))[0])
        self.receive = receive
        self.is_unpacked = False

    @property
    def is_packed(self) -> bool:
        return "content-encoding" in self.headers and not self.is_unpacked

    def query(self) -> Mapping[str, Sequence[str]]:
        """Raises `Bad` where it has more fields than anybody means."""
        if not self.query_string:
            return {}
        try:
            return parse_qs(self.query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise Bad(400, say("The address has more than {count} parameters.", count=_MOST_FIELDS)) from None

    def key(self) -> str | None:
        """What Authorization shows: a Bearer's token, Opsgenie's key, or the password of Basic."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        value = value.strip()
        if scheme.lower() in _SCHEMES:
            return value or None
        if scheme.lower() != "basic":
            return None
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2] or None
        except (binascii.Error, UnicodeDecodeError):
            return None

    def sender(self, proxies: int) -> str:
        """The address it comes from, behind so many proxies of our own; what stands further left anybody may claim."""
        listed = self.headers.get("x-forwarded-for", "").split(",") if proxies else []
        told = [one for part in listed if (one := part.strip())]
        return (told[-proxies] if len(told) >= proxies > 0 else self.client)[:64]

    def kept_headers(self) -> dict[str, str]:
        """Those that say something about the body; no credentials."""
        kept = {n: v for n, v in self.headers.items() if n in _KEPT or n.startswith(_KEPT_PREFIXES)}
        if self.is_unpacked:
            kept.pop("content-encoding", None)
        return kept

    def target(self, key: str | None) -> str:
        """Method and path with the query, the key taken out."""
        text = self.path + ("?" + unquote(self.query_string.decode("latin-1")) if self.query_string else "")
        return f"{self.method} {masked(text, key)}"

    async def beginning(self, longest: int) -> bytes:
        """The first bytes of a body that may be longer; the rest is received and let go. Raises as `body`."""
        kept: bytes = b""
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                while True:
                    message = await self.receive()
                    if message["type"] != "http.request":
                        raise Gone
                    kept += message.get("body", b"")[: longest - len(kept)]
                    if not message.get("more_body"):
                        return kept
        except TimeoutError:
            raise Bad(408, say("The body did not arrive in time.")) from None

    async def body(self, longest: int) -> bytes:
        """The body as it was sent. Raises `Bad` when it is too long or too slow, `Gone` when it never became whole."""
        declared = self._declared()
        if declared is not None and declared > longest:
            raise too_long(longest)
        message = await self.receive()
        if message["type"] != "http.request":
            raise Gone
        body: bytes = message.get("body", b"")
        if len(body) > longest:
            raise too_long(longest)
        if not message.get("more_body") or len(body) == declared:  # the server asks to be asked once more for nothing
            return body
        return await self._rest(body, longest)

    def _declared(self) -> int | None:
        """How many bytes the head promises. In chunks, what it promises beside them counts for nothing."""
        length = self.headers.get("content-length", "")
        return int(length) if length.isdecimal() and "transfer-encoding" not in self.headers else None

    async def _rest(self, first: bytes, longest: int) -> bytes:
        parts, size = [first], len(first)
        try:
            Request._arriving += size
            async with asyncio.timeout(SLOWEST_BODY):
                while True:
                    message = await self.receive()
                    if message["type"] != "http.request":
                        raise Gone
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    Request._arriving += len(parts[-1])
                    if size > longest:
                        raise too_long(longest)
                    if Request._arriving > MOST_BYTES_ARRIVING:
                        raise Bad(503, say("Too much is arriving at once. Send it again in a moment."), 1.0)
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise Bad(408, say("The body did not arrive in time.")) from None
        finally:
            Request._arriving -= size

    def unpack(self, body: bytes, longest: int) -> bytes:
        """The body without its compression. Raises `Bad`: 400 broken, 413 too long, 415 of another kind."""
        kind = self._packing()
        if kind in ("", "identity"):
            return body
        if kind not in _WINDOWS:
            raise Bad(415, say("Send it as it is, or with Content-Encoding: gzip."))
        try:
            plain = _inflated(body, longest, _WINDOWS[kind])
        except zlib.error:
            raise Bad(400, say("The body is not what Content-Encoding says, or it is broken.")) from None
        self.is_unpacked = True
        return plain

    def unpack_beginning(self, body: bytes, longest: int) -> bytes:
        """What the beginning of a body begins with; as it came where it cannot be unpacked."""
        try:
            plain = zlib.decompressobj(_WINDOWS[self._packing()]).decompress(body, longest)
        except (KeyError, zlib.error):
            return body
        self.is_unpacked = True
        return plain

    def _packing(self) -> str:
        named: str = self.headers.get("content-encoding", "identity")
        return named.strip().lower()


def _inflated(body: bytes, longest: int, bits: int) -> bytes:
    """No more is unpacked than may be: a small body can hide gigabytes."""
    found = b""
    while body:
        unpacker = zlib.decompressobj(bits)
        found += unpacker.decompress(body, longest + 1 - len(found))
        if len(found) > longest or unpacker.unconsumed_tail:
            raise too_long(longest)
        if not unpacker.eof:
            raise zlib.error("it ends too early")
        body = unpacker.unused_data
    return found


def too_long(longest: int) -> Bad:
    return Bad(413, say("The body is longer than {kilobytes} kB.", kilobytes=longest // 1024))


def masked(text: str, key: str | None) -> str:
    """The text with the key's digits hidden, but for the four by which people tell keys apart."""
    return text.replace(key, f"…{key[-4:]}") if key and len(key) >= 8 else text
