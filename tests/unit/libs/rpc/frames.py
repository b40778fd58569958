"""HTTP/2 by hand (RFC 9113, RFC 7541), for clients that no library would be."""

import asyncio
import struct
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0x0, 0x1, 0x3, 0x4, 0x6, 0x7
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 0x3, 0x4


class Raw:
    """One connection to a server on loopback. ended: the streams that the server has ended."""

    def __init__(self, address: str, settings: Mapping[int, int] | None = None) -> None:
        self._address = address
        self._settings = settings or {}
        self._next = 1
        self.ended: set[int] = set()
        self.answered: set[int] = set()
        self.announced: dict[int, int] = {}
        self.opened: list[int] = []

    async def __aenter__(self) -> "Raw":
        host, _, port = self._address.rpartition(":")
        self._reader, self._writer = await asyncio.open_connection(host, int(port))
        told = b"".join(struct.pack(">HI", *one) for one in self._settings.items())
        self._writer.write(PREFACE + frame(SETTINGS, 0, 0, told))
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        self._reading.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await self._reading
        self._writer.close()

    async def open(self, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> int:
        """Begin a call: headers, and nothing after them unless there is a body, which is sent whole."""
        stream, self._next = self._next, self._next + 2
        told = {
            ":method": "POST",
            ":scheme": "http",
            ":path": path,
            ":authority": "localhost",
            "te": "trailers",
            "content-type": "application/grpc",
            **(headers or {}),
        }
        block = b"".join(b"\0" + text(name) + text(value) for name, value in told.items())
        self._writer.write(frame(HEADERS, END_HEADERS, stream, block))
        if body is not None:
            self._writer.write(frame(DATA, END_STREAM, stream, b"\0" + struct.pack(">I", len(body)) + body))
        self.opened.append(stream)
        await self._writer.drain()
        return stream

    def end(self, stream: int) -> None:
        """Say that nothing more comes."""
        self._writer.write(frame(DATA, END_STREAM, stream, b""))

    async def _read(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await self._reader.readexactly(9)
                length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
                stream = int.from_bytes(head[5:], "big") & 0x7FFFFFFF
                payload = await self._reader.readexactly(length)
                if kind == HEADERS:
                    self.answered.add(stream)
                if kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM):
                    self.ended.add(stream)
                elif kind == SETTINGS and not flags & ACK:
                    self.announced |= dict(struct.iter_unpack(">HI", payload))
                    self._writer.write(frame(SETTINGS, ACK, 0, b""))
                elif kind == PING and not flags & ACK:
                    self._writer.write(frame(PING, ACK, 0, payload))


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """One frame, whole."""
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def text(value: str) -> bytes:
    """A literal string of a header block, without Huffman coding."""
    raw = value.encode()
    if len(raw) < 127:
        return bytes((len(raw),)) + raw
    rest, length = len(raw) - 127, b"\x7f"
    while rest >= 128:
        length, rest = length + bytes((rest % 128 + 128,)), rest // 128
    return length + bytes((rest,)) + raw
