"""A server between a driver and MongoDB that misbehaves on demand: answers itself, says nothing, or hangs up.

It speaks as much of the protocol as it needs: OP_MSG with one document, which is what an answer is.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import bson

_HEADER = struct.Struct("<iiii")
_OP_MSG = 2013

Answer = Mapping[str, Any]


class Fault(NamedTuple):
    """What becomes of one command. answer: sent instead of the server's; None hangs up. pass_on: whether the server
    is asked all the same. silent: nothing is sent, and the connection stays."""

    answer: Answer | None = None
    pass_on: bool = False
    silent: bool = False


class Proxy:
    """Listens on a free port of this machine; `url` is what a client is given."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._faults: dict[str, deque[Fault]] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.url = ""
        self.seen: list[str] = []

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"mongodb://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/?directConnection=true"

    async def stop(self) -> None:
        """Hang up on everybody."""
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def on(self, command: str, *faults: Fault) -> None:
        """The next commands of this name meet these faults, one each."""
        self._faults.setdefault(command, deque()).extend(faults)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            up_reader, up_writer = await asyncio.open_connection(*self._target)
            try:
                while await self._exchange(reader, writer, (up_reader, up_writer)):
                    pass
            finally:
                up_writer.close()
        writer.close()
        self._connections.discard(task)

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> bool:
        """One command and its answer; False to hang up."""
        message = await _message(reader)
        name = _command(message)
        self.seen.append(name)
        waiting = self._faults.get(name)
        fault = waiting.popleft() if waiting else None
        if fault is None or fault.pass_on:
            server[1].write(message)
            found = await _message(server[0])
            if fault is None:
                writer.write(found)
                return True
        if fault.silent:
            return True
        if fault.answer is None:
            return False
        writer.write(_answer(message, fault.answer))
        return True


async def _message(reader: asyncio.StreamReader) -> bytes:
    header = await reader.readexactly(_HEADER.size)
    length = _HEADER.unpack(header)[0]
    return header + await reader.readexactly(length - _HEADER.size)


def _command(message: bytes) -> str:
    """The name of the command: the first key of its body."""
    if _HEADER.unpack_from(message)[3] != _OP_MSG or message[_HEADER.size + 4] != 0:
        return ""
    start = _HEADER.size + 5
    length = struct.unpack_from("<i", message, start)[0]
    return next(iter(bson.decode(message[start : start + length])))


def _answer(message: bytes, answer: Answer) -> bytes:
    body = struct.pack("<ib", 0, 0) + bson.encode(dict(answer))
    return _HEADER.pack(_HEADER.size + len(body), 0, _HEADER.unpack_from(message)[1], _OP_MSG) + body
