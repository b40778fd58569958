"""A server that speaks the part of the transit API of HashiCorp Vault that wraps keys, on loopback."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import urandom
from threading import Event, Thread
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.test"
MOST_SECONDS = 30.0


class Transit:
    """The keys of the server, each with its versions, and what it is made to do. slow: answers only when it is set.
    status: the answer to everything, if not 0. token: of who may use them. asked: the operations so far."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.keys: dict[str, list[bytes]] = {}
        self.answering = Event()
        self.answering.set()
        self.status = 0
        self.asked: list[str] = []
        self.port = 0

    def uri(self, name: str) -> str:
        """The URI of a key, which is made if there is none."""
        self.keys.setdefault(name, [urandom(32)])
        return f"hcvault://127.0.0.1:{self.port}/transit/keys/{name}"

    def rotate(self, name: str) -> None:
        """Add a version of a key, which encrypts from now on."""
        self.keys[name].append(urandom(32))

    def answer(self, path: str, token: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The status and the body of an answer."""
        self.answering.wait(MOST_SECONDS)
        _, _, mount, operation, name = path.split("/")
        self.asked.append(operation)
        if self.status:
            return self.status, {"errors": ["as told"]}
        if token != self.token:
            return 403, {"errors": ["permission denied"]}
        if mount != "transit" or name not in self.keys:
            return 400, {"errors": ["encryption key not found"]}
        if operation == "encrypt":
            nonce, versions = urandom(12), self.keys[name]
            sealed = nonce + AESGCM(versions[-1]).encrypt(nonce, b64decode(body["plaintext"]), None)
            return 200, {"data": {"ciphertext": f"vault:v{len(versions)}:{b64encode(sealed).decode()}"}}
        _, version, text = body["ciphertext"].split(":")
        try:
            sealed, key = b64decode(text), self.keys[name][int(version[1:]) - 1]
            plain = AESGCM(key).decrypt(sealed[:12], sealed[12:], None)
        except (InvalidTag, IndexError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": b64encode(plain).decode()}}


@contextmanager
def serving(transit: Transit) -> Iterator[None]:
    """Serve on the port of `transit`, any free one at first, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = transit.answer(self.path, self.headers.get("X-Vault-Token", ""), body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = _answer  # noqa: N815 - the names that the library calls

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", transit.port), Handler) as server:
        transit.port = server.server_address[1]
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            transit.answering.set()
            server.shutdown()
            thread.join()
