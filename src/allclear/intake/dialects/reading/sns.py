"""Whether a message is Amazon SNS's own: the signature in its envelope, by a certificate from an address of SNS."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from allclear.intake.dialects.base import Fetch, Unreadable
from allclear.intake.dialects.reading.part import Part
from allclear.kernel.words import say

_HOST = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES: dict[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}  # by SignatureVersion


def is_of_sns(url: str) -> bool:
    """Whether the address is one of Amazon SNS itself, by https."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = parts.scheme == "https" and port in (None, 443) and parts.username is None and "\\" not in url
    return is_plain and bool(_HOST.fullmatch(parts.hostname or ""))


def check(envelope: Part, fetch: Fetch) -> None:
    """Raises `Unreadable` unless SNS has signed the envelope."""
    url = envelope.text("SigningCertURL", "SigningCertUrl")
    if not is_of_sns(url) or not urlsplit(url).path.endswith(".pem"):
        reason = say("The message is not signed by Amazon SNS: “SigningCertURL” is no address of it.")
        raise Unreadable(reason, status=401)
    algorithm = _HASHES.get(envelope.text("SignatureVersion"))
    if algorithm is None:
        raise Unreadable(say("“SignatureVersion” must be 1 or 2."), status=401)
    try:
        signature = base64.b64decode(envelope.text("Signature"), validate=True)
        key = x509.load_pem_x509_certificate(fetch(url)).public_key()
        if not isinstance(key, RSAPublicKey):
            raise InvalidSignature
        key.verify(signature, signed_text(envelope).encode(), PKCS1v15(), algorithm())
    except OSError as error:
        raise Unreadable(say("The certificate of Amazon SNS cannot be fetched just now."), status=503) from error
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise Unreadable(say("The signature does not fit: the message is not Amazon SNS's own."), status=401) from error


def signed_text(envelope: Part) -> str:
    """What is signed: names and values of the fields that count, a line each."""
    names = _SIGNED.get(envelope.text("Type"), _SIGNED["Notification"])
    pairs = ((name, envelope.value.get(name)) for name in names)
    return "".join(f"{name}\n{value}\n" for name, value in pairs if isinstance(value, str))
