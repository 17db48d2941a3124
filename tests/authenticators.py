"""What people hold in their hands when they log in: an app that shows codes, a security key."""

import base64
import hashlib
import hmac
import json
import secrets
import struct
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

USER_PRESENT, HAS_CREDENTIAL = 0x01, 0x40


def totp(secret: str, at: float | None = None) -> str:
    """The code that an app with this secret (base32) shows, by RFC 6238: six digits, half a minute, SHA-1."""
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    [value] = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(value & 0x7FFFFFFF) % 10**6:06}"


class SoftKey:
    """A security key in memory, and the browser beside it: answers as JSON what a page asks (WebAuthn, level 2)."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.id = secrets.token_bytes(16)
        self._private = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any]) -> str:
        """The answer to navigator.credentials.create, without attestation."""
        asked = options["publicKey"]
        numbers = self._private.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(public)
        data = self._data(asked["rp"]["id"], USER_PRESENT | HAS_CREDENTIAL) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._client_data("webauthn.create", asked["challenge"])
        return self._answer({"clientDataJSON": _text(said), "attestationObject": _text(attestation)})

    def show(self, options: dict[str, Any]) -> str:
        """The answer to navigator.credentials.get."""
        asked = options["publicKey"]
        data = self._data(asked["rpId"], USER_PRESENT)
        said = self._client_data("webauthn.get", asked["challenge"])
        signature = self._private.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": said, "authenticatorData": data, "signature": signature}
        return self._answer({name: _text(part) for name, part in parts.items()})

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + bytes(4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        known = _text(self.id)
        extensions: dict[str, Any] = {}
        return json.dumps(
            {"id": known, "rawId": known, "type": "public-key", "response": response}
            | {"clientExtensionResults": extensions}
        )


def _text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")
