"""Text messages and phone calls: to a number through the organisation's gateway, or to a service of one's own.

A gateway is a service that `apprise` knows, its address with `{number}` where the number goes, or any program that
takes an HTTP POST signed as Standard Webhooks says, with the body `{"type": "sms" | "voice", "timestamp", "data":
{"to", "text", "language", "ack_url", "key"}}`. It answers 2xx, if it likes with `{"id": ...}`; 422 says that the number
is no good. A POST to `ack_url` acknowledges, so that a call can offer "press 4".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from allclear.kernel.errors import ChannelError, Invalid
from allclear.kernel.words import say
from allclear.notifications.channels.base import Address, Message, Receipt
from allclear.notifications.channels.services import Service, is_known, shortened
from allclear.notifications.channels.webhook import checked_secret, new_secret, signed_post
from allclear.notifications.models import Gateway

PLACE = "{number}"


class Phone(Service):
    """`kind` is sms or voice. An address is `{"number": "+49..."}` or, as for other services, `{"url": ...}`."""

    def check(self, address: Address) -> Address:
        if not address.get("number"):
            return super().check(address)
        if not Gateway.objects.filter(kind=self.kind, is_active=True).exists():
            raise Invalid({"number": say("There is no gateway for this yet: an administrator adds one.")})
        return {"number": checked_number(str(address["number"]))}

    def send(self, address: Address, message: Message) -> Receipt:
        number = str(address.get("number") or "")
        if not number:
            return super().send(address, message)
        gateway = Gateway.objects.filter(kind=self.kind, is_active=True).first()
        if gateway is None:
            text = say("There is no gateway for text messages or calls in use any more.")
            raise ChannelError(text, permanent=True, blames_address=False)
        return self.send_through(gateway.address, number, message)

    def send_through(self, gateway: Mapping[str, Any], number: str, message: Message) -> Receipt:
        """Hand it to this gateway, for this number."""
        url = str(gateway["url"])
        if PLACE in url:
            return super().send({"url": url.replace(PLACE, number.removeprefix("+"))}, message)
        return _post(self.kind, url, str(gateway["secret"]), number, message)


def check_gateway(address: Address) -> Address:
    """The address of a gateway as it is kept. Raises `Invalid` in words."""
    url, secret = str(address.get("url", "")).strip(), str(address.get("secret", "")).strip()
    if url.startswith(("http://", "https://")):
        return {"url": url, "secret": checked_secret(secret) if secret else new_secret()}
    if PLACE not in url or not is_known(url.replace(PLACE, "15551234567")):
        text = say("Write https:// and where to post, or the address of a service that is known, with {place} in it.",
                   place=PLACE)  # fmt: skip
        raise Invalid({"url": text})
    return {"url": url}


def checked_number(text: str) -> str:
    """A number in the international form of E.164, such as +494012345678. Raises `Invalid`."""
    import phonenumbers  # late: only who adds a number needs it

    try:
        number = phonenumbers.parse(text)
        is_good = phonenumbers.is_possible_number(number)
    except phonenumbers.NumberParseException:
        is_good = False
    if not is_good:
        raise Invalid({"number": say("Write the whole number with + and the country, such as +49 40 1234567.")})
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _post(kind: str, url: str, secret: str, number: str, message: Message) -> Receipt:
    body = {
        "type": kind,
        "timestamp": message.at.isoformat(),
        "data": {
            "to": number,
            "text": shortened(f"{message.subject}\n{message.text}"),
            "language": message.language,
            "ack_url": message.ack_url,
            "key": message.key,
        },
    }
    said = signed_post(url, secret, message.key, body)
    return Receipt(reference=_reference(said), detail=said)


def _reference(said: str) -> str:
    """The name that the gateway gave it, if it gave one."""
    try:
        told = json.loads(said.partition(" ")[2])
    except ValueError:
        return ""
    return str(told.get("id", "")) if isinstance(told, dict) else ""
