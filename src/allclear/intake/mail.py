"""One mail as it came (RFC 5322), read: who wrote it to which of our addresses, and what in their own words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses
from typing import Any

from allclear.intake.quotes import own_words, text_of_html
from allclear.intake.reports import Report, report_in, why_automatic
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say
from allclear.notifications.addresses import Purpose, ours

MOST_BYTES = 5 * 2**20  # an answer with a photo in it
_MOST_PARTS = 200
_TO = ("Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To", "To", "Cc")


@dataclass(frozen=True, slots=True)
class Mail:
    """`key` names it, whatever way it comes. `automatic`: what tells that a machine wrote it. `addresses`: of ours."""

    key: str
    sender: str
    addresses: Sequence[tuple[Purpose, str]]
    text: str
    automatic: str
    report: Report | None


def key_of(raw: bytes) -> str:
    """The SHA-256 of its Message-ID, or of all of it where it has none that can be read."""
    try:
        name = " ".join(str(message_from_bytes(raw[:65536], policy=policy.compat32).get("Message-ID", "")).split())
    except Exception:  # the parser gives up on some heads that are none
        name = ""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape") or raw).hexdigest()


def read(raw: bytes, recipients: Sequence[str] = (), envelope_from: str | None = None) -> Mail:
    """Read it. `recipients` and `envelope_from` as the mail server was told; without them the head is asked.

    Raises `Invalid` in words when it is too large or no mail that can be read.
    """
    if len(raw) > MOST_BYTES:
        raise Invalid({"mail": say("It is larger than {count} megabytes.", count=MOST_BYTES // 2**20)})
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        return _read(mail, key_of(raw), recipients, envelope_from)
    except Invalid:
        raise
    except Exception as error:  # broken heads raise whatever the parser stumbles over
        reason = " ".join(f"{type(error).__name__} {error}".split())[:200]
        raise Invalid({"mail": say("It cannot be read: {reason}", reason=reason)}) from error


def _read(mail: EmailMessage, key: str, recipients: Sequence[str], envelope_from: str | None) -> Mail:
    if not mail.keys():
        raise Invalid({"mail": say("It has no head: this is no mail.")})
    if sum(1 for _ in mail.walk()) > _MOST_PARTS:
        raise Invalid({"mail": say("It has more than {count} parts.", count=_MOST_PARTS)})
    given = list(recipients) or _in_head(mail)
    senders = getaddresses([str(mail.get("From", ""))])
    return Mail(
        key,
        (senders[0][1] if senders else "")[:320],
        list(dict.fromkeys(found for address in given if (found := ours(address)))),
        own_words(text_in(mail)),
        why_automatic(mail, envelope_from),
        report_in(mail),
    )


def recipients_in(raw: bytes) -> list[str]:
    """Whom its head says it is to; nobody where that cannot be read."""
    try:
        return _in_head(message_from_bytes(raw[:65536], policy=policy.default))
    except Exception:  # broken heads raise whatever the parser stumbles over
        return []


def _in_head(mail: EmailMessage) -> list[str]:
    return [address for name in _TO for _, address in getaddresses([str(v) for v in mail.get_all(name, [])])]


def text_in(mail: EmailMessage, *, whole: bool = False) -> str:
    """The plain text, else that of the HTML; `whole`: with what HTML quotes."""
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = _decoded(body)
    if body.get_content_type() == "text/html":
        return text_of_html(text, whole=whole)
    if not text.strip() and (html := mail.get_body(preferencelist=("html",))):
        return text_of_html(_decoded(html), whole=whole)
    return text


def _decoded(part: MIMEPart[Any, Any]) -> str:
    """What names no charset but is none of ASCII is UTF-8, as programs that write mails by hand mean it."""
    raw = part.get_payload(decode=True)
    try:
        if isinstance(raw, bytes) and not raw.isascii() and part.get_content_charset("us-ascii") == "us-ascii":
            return raw.decode("utf-8", "replace")
        return str(part.get_content())
    except (LookupError, ValueError):  # an encoding that nobody knows, or that it is not in
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
