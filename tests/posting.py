"""Calls by HTTP/1.1 as any program makes them, without anything of ours."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any

import msgspec

ANSWER_SECONDS = 30.0


class Posted(msgspec.Struct, frozen=True):
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def refusal(self) -> tuple[str, str]:
        """The code and the reason of a refusal."""
        return self.json["code"], self.detail("google.rpc.ErrorInfo")["reason"]

    @property
    def violations(self) -> list[dict[str, str]]:
        """Those of a request that is invalid."""
        found: list[dict[str, str]] = self.detail("google.rpc.BadRequest")["fieldViolations"]
        return found

    def detail(self, kind: str) -> Any:
        """The fields of a detail of a refusal."""
        return next(one["debug"] for one in self.json["details"] if one["type"] == kind)


async def post(
    address: str,
    path: str,
    body: bytes = b"{}",
    *,
    token: str = "",
    headers: Mapping[str, str] | None = None,
    verb: str = "POST",
    encryption: ssl.SSLContext | None = None,
) -> Posted:
    """The answer to one request on a connection of its own. headers: beside the usual ones, or instead of them."""
    host, _, port = address.rpartition(":")
    told = {"host": host, "connection": "close", "content-type": "application/json", "content-length": str(len(body))}
    told |= ({"authorization": f"Bearer {token}"} if token else {}) | dict(headers or {})
    lines = [f"{verb} /{path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items() if value), "", ""]
    async with asyncio.timeout(ANSWER_SECONDS):
        name = "localhost" if encryption else None
        reader, writer = await asyncio.open_connection(host, int(port), ssl=encryption, server_hostname=name)
        writer.write("\r\n".join(lines).encode("latin-1") + body)
        raw = await reader.read()
        writer.close()
    head, _, rest = raw.partition(b"\r\n\r\n")
    first, *others = head.decode("latin-1").split("\r\n")
    found = (line.partition(": ") for line in others)
    return Posted(int(first.split()[1]), {name.lower(): value for name, _, value in found}, rest)
