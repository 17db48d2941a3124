"""An institution on this machine that people log in by: OpenID Connect with discovery, codes, PKCE and signed tokens.

It believes whoever comes to be `person`, and says what a test has it say.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

CLIENT_ID, CLIENT_SECRET = "heritage:weaver", "kept between the two"


@dataclass
class Institution:
    """What it says. `claims` go into the id_token over what is right, `userinfo` over what it says there."""

    address: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "4711", "preferred_username": "ada@museum.example"})
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    refuses: str = ""
    signs_with: str = "RS256"
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
        } | self.discovery

    def keys(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(_key("own").public_key(), as_dict=True)
        return {"keys": [key | {"kid": "first", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent, as if the person had just shown who they are."""
        self.asked.append(asked)
        if self.refuses:
            return f"{asked['redirect_uri']}?{urlencode({'error': self.refuses, 'state': asked['state']})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """For a code that was given out, once, to the site that has its secret and the verifier."""
        asked = self.codes.pop(sent.get("code", ""), None)
        if asked is None or (sent.get("client_id"), sent.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return None
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (challenge, asked["redirect_uri"]) != (asked["code_challenge"], sent.get("redirect_uri")):
            return None
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {name: said for name, said in (claims | self.person | self.claims).items() if said is not None}
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": self.signed(claims)}

    def signed(self, claims: dict[str, Any]) -> str:
        how = {
            "RS256": (_key("own"), "RS256"),
            "another key": (_key("another"), "RS256"),
            "none": (None, "none"),
            "a secret": (CLIENT_SECRET * 4, "HS256"),
        }
        key, algorithm = how[self.signs_with]
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "first"})

    @contextmanager
    def running(self, settings: Settings) -> Iterator["Institution"]:
        """While the block runs it answers, and is the institution of the settings."""
        server = self.start()
        settings.OIDC_SERVER_URL, settings.OIDC_NAME = self.address, "Museum ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        settings.OIDC_LEAD_GROUP = "curators"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def start(self) -> ThreadingHTTPServer:
        institution = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                if address.path == "/.well-known/openid-configuration":
                    self.say(200, institution.configuration())
                elif address.path == "/keys":
                    self.say(200, institution.keys())
                elif address.path == "/authorize":
                    self.say(302, None, institution.authorize(_single(address.query)))
                elif address.path == "/userinfo":
                    token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                    known = token in institution.tokens
                    self.say(200 if known else 401, institution.person | institution.userinfo if known else {})
                else:
                    self.say(404, {})

            def do_POST(self) -> None:
                sent = _single(self.rfile.read(int(self.headers["Content-Length"])).decode())
                answer = institution.token(sent) if self.path == "/token" else None
                self.say(200 if answer else 400, answer or {"error": "invalid_grant"})

            def say(self, status: int, said: Any, address: str = "") -> None:
                body = b"" if said is None else json.dumps(said).encode()
                self.send_response(status)
                if address:
                    self.send_header("Location", address)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        return server


@cache
def _key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
