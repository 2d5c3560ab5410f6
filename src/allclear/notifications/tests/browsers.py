"""The other sides of web push: a browser that decrypts (RFC 8291), and what a push service checks (RFC 8292)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from allclear.notifications.channels.push import public_key
from allclear.notifications.tests.peers import Call

AUTH = b"0123456789abcdef"


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    """A subscription, and the private half of its key."""

    def __init__(self, endpoint: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.address: dict[str, Any] = {"endpoint": endpoint, "keys": {"p256dh": text(public), "auth": text(AUTH)}}

    def decrypted(self, call: Call) -> str:
        """What a browser hands to its worker, of what the push service got (RFC 8291)."""
        assert call.headers["content-encoding"] == "aes128gcm"
        opened = http_ece.decrypt(call.body, private_key=self.key, auth_secret=AUTH, version="aes128gcm")
        return bytes(opened).decode()

    def read(self, call: Call) -> dict[str, Any]:
        return dict(json.loads(self.decrypted(call)))


def claims(call: Call) -> Mapping[str, Any]:
    """What the signed token says; fails when we have not signed it (RFC 8292)."""
    scheme, _, rest = call.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert parts["k"] == public_key()
    head, body, signature = parts["t"].split(".")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), plain(parts["k"]))
    raw = plain(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(der, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(plain(head))["alg"] == "ES256"
    return dict(json.loads(plain(body)))
