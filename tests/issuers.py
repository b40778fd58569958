"""A token issuer on this machine: discovery, keys and tokens in the format of Keycloak."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from libs.clock import SystemClock

REALM = "/realms/prm"
DISCOVERY = f"{REALM}/.well-known/openid-configuration"
CERTS = f"{REALM}/protocol/openid-connect/certs"
AUDIENCE = "prm"

_MAKERS: dict[str, Callable[[], Any]] = {
    "RS256": partial(rsa.generate_private_key, 65537, 2048),
    "ES256": partial(ec.generate_private_key, ec.SECP256R1()),
    "EdDSA": Ed25519PrivateKey.generate,
}
_WRITERS: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}

Answer = tuple[int, dict[str, str], bytes]


class FakeIssuer:
    """`asked`: the paths of the requests in order. `posted`: the forms among them. `answers`: responses that replace
    the normal ones. While `gate` is not set, it does not answer. `slowly`: it begins to answer and never ends."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._keys: dict[str, tuple[str, Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        origin = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._server.server_port}"
        self.url, self.jwks_url = origin + REALM, origin + CERTS
        self.asked: list[str] = []
        self.posted: list[dict[str, str]] = []
        self.answers: dict[str, Answer] = {}
        self.slowly = False
        self.gate = threading.Event()
        self.gate.set()
        self.add_key("first", "RS256")

    def serve(self) -> None:
        """Answer requests until `close`."""
        self._server.serve_forever(poll_interval=0.01)

    def close(self) -> None:
        """Stop answering requests."""
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()

    def add_key(self, kid: str, algorithm: str, key: Any = None) -> None:
        """Add a key to the published keys."""
        self._keys[kid] = (algorithm, key or _MAKERS[algorithm]())

    def drop_key(self, kid: str) -> None:
        """Remove a key from the published keys."""
        del self._keys[kid]

    def public(self, kid: str) -> dict[str, Any]:
        """A key in the form in which it is published."""
        algorithm, key = self._keys[kid]
        data: dict[str, Any] = _WRITERS[algorithm].to_jwk(key.public_key(), as_dict=True)
        data.pop("key_ops", None)
        return {"kid": kid, "alg": algorithm, "use": "sig", "x5c": ["MIIC..."], **data}

    def token(self, *roles: str, kid: str = "first", signed_as: str = "", **claims: Any) -> str:
        """An access token in Keycloak's format; a claim of None is left out."""
        now = SystemClock().now()
        said = {
            "exp": int((now + timedelta(minutes=5)).timestamp()),
            "iat": int(now.timestamp()),
            "jti": "onrtcc:6f2f1c1c-8a51-4c1e-9d5c-0d7b2f0f6f11",
            "iss": self.url,
            "aud": [AUDIENCE, "account"],
            "sub": "b7a9d6f4-5e54-4a33-9d4b-8f6f4f1f2a10",
            "typ": "Bearer",
            "azp": "prm-cli",
            "sid": "0e3f5d1a-52d2-4f0e-8e0b-4f7a55d1c9aa",
            "acr": "1",
            "realm_access": {"roles": ["offline_access", "uma_authorization", "default-roles-prm", *roles]},
            "resource_access": {"account": {"roles": ["manage-account", "view-profile"]}},
            "scope": "openid prm profile",
            **claims,
        }
        algorithm, key = self._keys[kid]
        payload = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(payload, key, algorithm=signed_as or algorithm, headers={"kid": kid})

    def table(self, **more: str) -> str:
        """The entry that an operator writes into PRM_ISSUERS_FILE."""
        named = {
            "name": "staff",
            "issuer": self.url,
            "audience": AUDIENCE,
            "roles_claim": "realm_access.roles",
            "partner_claim": "prm_partner",
            **more,
        }
        return "\n".join(["[[issuers]]", *(f'{name} = "{value}"' for name, value in named.items()), ""])

    def write_file(self, folder: Path, **more: str) -> Path:
        """Write a PRM_ISSUERS_FILE with only this issuer."""
        path = folder / "issuers.toml"
        path.write_text(self.table(**more))
        return path

    def _answer(self, path: str) -> Answer:
        if path in self.answers:
            return self.answers[path]
        if path == DISCOVERY:
            found: Any = {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/protocol/openid-connect/auth",
                "token_endpoint": f"{self.url}/protocol/openid-connect/token",
                "jwks_uri": self.jwks_url,
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "HS256"],
            }
        elif path == CERTS:
            encryption = {**self.public("first"), "kid": "for-encryption", "alg": "RSA-OAEP", "use": "enc"}
            found = {"keys": [encryption, *(self.public(kid) for kid in self._keys)]}
        else:
            return 404, {}, b"{}"
        return 200, {"content-type": "application/json"}, msgspec.json.encode(found)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                issuer.posted.append(dict(parse_qsl(body.decode())))
                self.do_GET()

            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                issuer.gate.wait(30)
                status, headers, body = issuer._answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # whoever asked has had enough
                    while issuer.slowly:
                        self.wfile.write(b" ")
                        threading.Event().wait(0.01)
                    self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Log nothing; `asked` has the requests."""

        return Handler


@contextmanager
def fake_issuer(tls: ssl.SSLContext | None = None) -> Iterator[FakeIssuer]:
    """An issuer that answers while the block runs; by https if a certificate is given."""
    issuer = FakeIssuer(tls)
    thread = threading.Thread(target=issuer.serve)
    thread.start()
    try:
        yield issuer
    finally:
        issuer.close()
        thread.join(10)
