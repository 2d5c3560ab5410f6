"""Web push to an installed browser: encrypted for it alone (RFC 8291), signed with our key (VAPID, RFC 8292)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation

from allclear.kernel.errors import ChannelError, Invalid
from allclear.kernel.localised import localised
from allclear.kernel.words import say
from allclear.notifications.channels.base import ANSWER_SECONDS, Address, Message, Receipt
from allclear.notifications.channels.webhook import checked_url

_PAGE_LIVES, _NOTICE_LIVES = 3600, 86_400  # seconds that a push service keeps it for a device that sleeps
_LONGEST = 2_500  # bytes; services take 4,096 encrypted
_GONE = (404, 410)  # the browser has given the subscription up (RFC 8030, 7.3)
_NOT_THIS = (400, 413)  # this message is not taken


class Push:
    kind = "push"

    def check(self, address: Address) -> Address:
        keys = address.get("keys") or {}
        if not (isinstance(keys, dict) and keys.get("p256dh") and keys.get("auth")):
            raise Invalid({"address": say("This is no push subscription: switch notifications on in the browser.")})
        url = checked_url(str(address.get("endpoint", "")))
        return {"endpoint": url, "keys": {"p256dh": str(keys["p256dh"]), "auth": str(keys["auth"])}}

    def send(self, address: Address, message: Message) -> Receipt:
        import requests  # late, like the next: large, and few processes send
        from pywebpush import WebPushException, webpush

        headers: dict[str, str | int | float] = {"Urgency": "high" if message.is_page else "normal"}
        try:
            answer = webpush(
                dict(address),
                _told(message),
                vapid_private_key=_vapid(),
                vapid_claims={"sub": settings.PUSH_CONTACT},
                ttl=_PAGE_LIVES if message.is_page else _NOTICE_LIVES,
                timeout=ANSWER_SECONDS,
                headers=headers,
            )
        except WebPushException as error:
            code = getattr(error.response, "status_code", 0)
            raise ChannelError(
                say("The push service answered with {code}.", code=code or str(error)),
                permanent=code in _GONE or code in _NOT_THIS,
                blames_address=code in _GONE,
            ) from error
        except (requests.RequestException, OSError, ValueError) as error:
            host = urlsplit(str(address["endpoint"])).hostname or ""
            raise ChannelError(
                say("{host} does not answer: {reason}", host=host, reason=type(error).__name__)
            ) from error
        return Receipt(answer.headers.get("Location", "") if isinstance(answer, requests.Response) else "")


def _told(message: Message) -> str:
    """What the service worker shows; short enough for every push service."""
    told = {
        "key": message.key,
        "title": message.subject,
        "body": message.text,
        "url": message.url,
        "ack": message.ack_url,
        "tag": message.thread or message.key,
        "page": message.is_page,
        "language": message.language,
        "words": _words(message.language),
    }
    while len(json.dumps(told).encode()) > _LONGEST and told["body"]:
        told["body"] = str(told["body"])[: int(len(str(told["body"])) * 0.8)]
    return json.dumps(told)


@cache
def _words(language: str) -> dict[str, str]:
    """What the service worker says by itself; it knows no translations."""
    with translation.override(language):
        return {
            "acknowledge": localised(say("Acknowledge")),
            "open": localised(say("Open")),
            "failed": localised(say("This could not be acknowledged. Try again, or open it.")),
            "kept": localised(
                say("No connection. Your acknowledgement goes out once there is one; until then others are paged.")
            ),
            "offline": localised(say("No connection: this is not acknowledged yet, and others are paged. Try again.")),
        }


@cache
def _vapid() -> Any:
    """Our key: the same for every copy of the program."""
    from py_vapid import Vapid02

    return Vapid02.from_string(settings.PUSH_KEY)


@cache
def public_key() -> str:
    """What a browser needs to subscribe."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from py_vapid import b64urlencode

    return str(b64urlencode(_vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)))
