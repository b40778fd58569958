"""HTTP/1.1 as light as a client can be: connections that stay open, one call at a time on each, bodies as bytes."""

import asyncio
from collections.abc import Mapping
from types import TracebackType

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


class Connection:
    """One connection to a server on loopback while the block runs; ConnectionError."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        self._writer.close()

    async def call(
        self, verb: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status; asyncio.IncompleteReadError if the server closes the connection."""
        lines = [f"{verb} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
        if body:
            lines.append("content-type: application/json")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        return Answer(status, await self._reader.readexactly(length))
