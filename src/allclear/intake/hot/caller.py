"""Who sends: the key that was shown, the integration it belongs to, and whether that may send this here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from allclear.alerts.admission import Admission
from allclear.intake.dialects.base import Answer, Dialect
from allclear.intake.dialects.routes import Route
from allclear.intake.hot.keys import Keys
from allclear.intake.hot.request import Bad
from allclear.kernel.words import say

_HINTED = 12  # characters of a key, at least, of which the last four may be told


class Stranger(Bad):
    """Its key is nobody's, or it showed none."""


class Caller:
    """One request's way from a path to an integration. `dialect` is None until it is known."""

    __slots__ = ("_admission", "dialect", "is_key_in_body", "key", "way")

    def __init__(self, way: Route, dialect: Dialect | None) -> None:
        self.way = way
        self.dialect = dialect
        self.key: str | None = None
        self.is_key_in_body = False
        self._admission: Admission | None = None

    @property
    def is_found(self) -> bool:
        return self._admission is not None

    @property
    def admission(self) -> Admission:
        assert self._admission is not None
        return self._admission

    @property
    def name(self) -> str:
        """Under which its events are counted."""
        return self.key or str(self.way.monitor or "")

    def options(self) -> Mapping[str, Any]:
        return self._admission.options if self._admission else {}

    def found(self, key: str | None, keys: Keys) -> None:
        """Look up whose key it is, or whose heartbeat the path names."""
        self.key = key
        if self.way.monitor is not None:
            self._admission = keys.monitor(self.way.monitor)
        elif key is not None:
            self._admission = keys.find(key)

    def allows(self, method: str) -> None:
        """Raises 405."""
        assert self.dialect is not None
        if method not in self.dialect.methods:
            raise Bad(405, say("Send it with {methods}.", methods=", ".join(sorted(self.dialect.methods))))

    def knows_heartbeat(self, keys: Keys, query: Mapping[str, Sequence[str]]) -> None:
        """Raises 404 for a name that no heartbeat has, unless the report asks to make one."""
        if self.dialect is None or self.dialect.kind != "heartbeat" or self.way.monitor is not None:
            return
        name = self.way.rest.strip("/").partition("/")[0]
        if not keys.has_heartbeat(self.admission.integration_id, name) and "1" not in query.get("create", ()):
            raise Bad(404, "not found")

    @property
    def kind(self) -> str:
        """Of the address; empty where it fits several."""
        return "heartbeat" if self.way.monitor is not None else self.way.kind or ""

    @property
    def hint(self) -> str:
        """The end of what it showed, as the pages of integrations show it of keys; of a short one nothing."""
        return self.name[-4:] if len(self.name) >= _HINTED else ""

    def stranger(self) -> Stranger:
        """What to say to a key that nobody has."""
        if self.way.monitor is not None:
            return Stranger(404, "not found")
        return Stranger(401, say("No integration has this key. Its page in Allclear shows what to set."))

    def refusal(self, bad: Bad) -> Answer:
        """The refusal in the source's own form, with the headers that HTTP wants."""
        refuse = self.dialect.refuse if self.dialect else lambda status, reason: Answer(status, {"error": reason})
        answer = refuse(bad.status, bad.reason)
        headers = dict(answer.headers)
        if bad.wait:
            headers["retry-after"] = str(math.ceil(bad.wait))
        if bad.status == 405 and self.dialect:
            headers["allow"] = ", ".join(sorted(self.dialect.methods))
        if answer.status == 401:
            headers["www-authenticate"] = "Bearer"
        return replace(answer, headers=headers)

    def without_key(self, body: bytes) -> bytes:
        """The body as it is kept: a key in it is hidden but for its last four, and nothing gets shorter."""
        if not self.is_key_in_body or not self.key or len(self.key) < 8:
            return body
        return body.replace(self.key.encode(), b"*" * (len(self.key.encode()) - 4) + self.key[-4:].encode())


def admitted(caller: Caller, method: str, now: datetime, dialects: Mapping[str, Dialect]) -> None:
    """Raises 401, 403 or 405 unless this key may send with this method to this path now. Settles the dialect."""
    admission = caller.admission
    if caller.dialect is None:
        caller.dialect = dialects.get(admission.kind)
    if admission.has_expired(now):
        raise Bad(401, say("This key has been replaced or revoked. Set the integration's new one."))
    if not admission.is_active:
        raise Bad(403, say("This integration is switched off in Allclear."))
    if caller.dialect is None or caller.dialect.kind != admission.kind:
        raise Bad(403, say("This key belongs to an integration of another kind ({kind}).", kind=admission.kind))
    caller.allows(method)
