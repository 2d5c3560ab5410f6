"""Mail out and in, each from one address: `smtp://name:password@host:587`, `page@example.org`, `lmtp://127.0.0.1:8424`."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def settings_of(url: str) -> dict[str, Any]:
    """Django's settings for it; no host without an address. Raises `SystemExit` in words."""
    parts = urlsplit(url.strip())
    if not url.strip():
        return {"EMAIL_HOST": ""}
    try:
        port = parts.port or _PORTS[parts.scheme]
        host = parts.hostname or ""
    except (KeyError, ValueError):
        host, port = "", 0
    if not host:
        raise SystemExit(
            "ALLCLEAR_SMTP_URL cannot be read: write smtp://host:25, smtp+starttls://name:password@host:587 or "
            "smtps://name:password@host."
        )
    return {
        "EMAIL_HOST": host,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
    }


LONGEST_LOCAL = 20  # letters before the @: a signed token of 42 follows, and RFC 5321 allows 64


def inbound_of(text: str) -> str:
    """The address that answers go to, in small letters; empty: answers are not read. Raises `SystemExit` in words."""
    text = text.strip().lower()
    local, _, domain = text.partition("@")
    is_good = text.isascii() and local and domain and not set(text) & set(' <>,;:"()+\\[]') and "@" not in domain
    if text and (not is_good or len(local) > LONGEST_LOCAL):
        raise SystemExit(
            f"ALLCLEAR_INBOUND_MAIL={text!r} cannot be used: write an address such as page@example.org, with at most "
            f"{LONGEST_LOCAL} letters before the @, and let your mail server deliver page+anything@example.org as well."
        )
    return text


class Place(NamedTuple):
    """Where incoming mail is listened for."""

    protocol: str
    host: str
    port: int


def listen_of(text: str) -> Place | None:
    """From `lmtp://127.0.0.1:8424` or `smtp://0.0.0.0:25`; None: nowhere. Raises `SystemExit` in words."""
    if not text.strip():
        return None
    parts = urlsplit(text.strip())
    try:
        port = parts.port or {"lmtp": 24, "smtp": 25}[parts.scheme]
    except (KeyError, ValueError):
        port = 0
    if not port or not parts.hostname or parts.scheme not in ("lmtp", "smtp"):
        raise SystemExit(f"ALLCLEAR_INBOUND_LISTEN={text!r} cannot be read: write lmtp://127.0.0.1:8424.")
    return Place(parts.scheme, parts.hostname, port)
