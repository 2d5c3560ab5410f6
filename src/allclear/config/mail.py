"""The mail server, from one address: `smtp://name:password@host:587`, `smtps://` for TLS from the first byte."""

from __future__ import annotations

from typing import Any
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
