"""A web-hook to a program, signed as the Standard Webhooks specification says, so that it can prove who sent it."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook as Signature

from allclear.kernel import clock
from allclear.kernel.errors import ChannelError, Invalid
from allclear.kernel.words import say
from allclear.notifications.channels.base import ANSWER_SECONDS, CONNECT_SECONDS, Address, Message, Receipt

_PREFIX = "whsec_"
_LONGEST_SAID = 300


class Webhook:
    kind = "webhook"

    def check(self, address: Address) -> Address:
        url, secret = str(address.get("url", "")).strip(), str(address.get("secret", "")).strip()
        return {"url": checked_url(url), "secret": checked_secret(secret) if secret else new_secret()}

    def send(self, address: Address, message: Message) -> Receipt:
        said = signed_post(str(address["url"]), str(address["secret"]), message.key, payload(message))
        return Receipt(detail=said)


def signed_post(url: str, secret: str, key: str, payload: Mapping[str, Any]) -> str:
    """Send it once as JSON, signed; what the other side said. Raises `ChannelError`."""
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    signed_at = clock.now()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Allclear",
        "webhook-id": key,
        "webhook-timestamp": str(int(signed_at.timestamp())),
        "webhook-signature": Signature(secret).sign(key, _whole(signed_at), body),
    }
    return post(url, body.encode(), headers)


def payload(message: Message) -> dict[str, Any]:
    """The body: kind, instant and what is known by name."""
    return {
        "type": "page" if message.is_page else "notice",
        "timestamp": message.at.isoformat(),
        "data": {
            **message.data,
            "subject": message.subject,
            "text": message.text,
            "url": message.url,
            "ack_url": message.ack_url,
        },
    }


def post(url: str, body: bytes, headers: dict[str, str]) -> str:
    """Send it once; what the other side said. Gone (410) and most of 4xx are for good; 408, 425, 429 and 5xx pass."""
    import requests  # late: a web process that only checks addresses does without it
    from urllib3.exceptions import HTTPError

    try:
        answer = requests.post(
            url,
            data=body,
            headers=headers,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
        )
        with answer:
            try:
                said = answer.raw.read(_LONGEST_SAID, decode_content=True).decode("utf-8", "replace").strip()
            except HTTPError:  # the status counts, whatever becomes of the rest
                said = ""
    except (requests.RequestException, OSError) as error:
        host = urlsplit(url).hostname or url
        raise ChannelError(say("{host} does not answer: {reason}", host=host, reason=type(error).__name__)) from error
    told = f"{answer.status_code} {said}".strip()
    if not 200 <= answer.status_code < 300:
        is_permanent = 400 <= answer.status_code < 500 and answer.status_code not in (408, 425, 429)
        raise ChannelError(say("It was answered with {answer}.", answer=told), permanent=is_permanent)
    return told


def checked_url(url: str) -> str:
    """An address that can be posted to. Raises `Invalid`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid({"address": say("Write the whole address, such as https://example.org/hook.")})
    return url


def checked_secret(secret: str) -> str:
    """Raises `Invalid` for what cannot be a key: 24 to 64 bytes in base64."""
    try:
        size = len(base64.b64decode(secret.removeprefix(_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if not 24 <= size <= 64:
        raise Invalid({"secret": say("Write 24 to 64 bytes in base64 behind whsec_, or leave it empty for a new one.")})
    return secret if secret.startswith(_PREFIX) else f"{_PREFIX}{secret}"


def new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _whole(at: datetime) -> datetime:
    return datetime.fromtimestamp(int(at.timestamp()), UTC)
