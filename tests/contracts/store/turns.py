"""Lets the replicas of a service, its pods, take turns on NX-27017, which has one connection for each database: without
this, a transaction of one pod would contain what another pod writes meanwhile, and would end with it.

A pod has the databases of its service for itself while it has a transaction, and during any other command. Its own
commands pass meanwhile, else those that wait could occupy all the connections that the end of the transaction needs.
A transaction whose client is gone is aborted, as a server of MongoDB does.
"""

import asyncio
import struct
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import bson

_HEADER = struct.Struct("<iiii")
_OP_MSG = 2013
_MORE_TO_COME = 2
_FLAGS = slice(16, 20)
DOCUMENT = 21
"""Where the document of a message begins: after header, flags and the kind of its first section."""
_OF_THE_SERVER = {"admin", "config", "local"}
_ENDS = {"commitTransaction", "abortTransaction"}

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Turn:
    """Whose turn it is on the databases of a service."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._pod = ""
        self._held = 0
        self._transactions = 0

    async def enter(self, pod: str, transaction: bool) -> None:
        """Wait for a turn, for a command or a transaction."""
        if not (self._transactions and self._pod == pod):
            await self._lock.acquire()
            self._pod = pod
        self._held += 1
        self._transactions += transaction

    def leave(self, transaction: bool) -> None:
        """End what `enter` began."""
        self._held -= 1
        self._transactions -= transaction
        if not self._held:
            self._pod = ""
            self._lock.release()


class Opened(NamedTuple):
    """A transaction. command: its first, without what it writes. client: who sent that."""

    turn: Turn
    command: dict[str, Any]
    client: Stream


class Turns:
    """Whose turn it is, for each service."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = defaultdict(Turn)
        self._opened: dict[bytes, Opened] = {}

    async def serve(self, client: Stream, server: Stream, pod: str) -> None:
        """Pass the commands of a pod and the replies on until one side ends."""
        try:
            while frame := await read_frame(client[0]):
                replies = await self._replies(frame, client, server, pod)
                client[1].writelines(replies)
                await client[1].drain()
        except (OSError, asyncio.IncompleteReadError):  # a connection that ended is no fault here
            pass
        finally:
            for session in [key for key, one in self._opened.items() if one.client is client]:
                await self._abort(session, server)
            for _, writer in (client, server):
                writer.close()

    async def _replies(self, frame: bytes, client: Stream, server: Stream, pod: str) -> list[bytes]:
        command = _command(frame)
        session = bytes(command.get("lsid", {}).get("id", b""))
        database = command.get("$db", "admin")
        if session in self._opened or database in _OF_THE_SERVER:
            replies = await _asked(server, frame)
            if next(iter(command), "") in _ENDS:
                self._end(session)
            return replies
        turn = self._turns[database.removesuffix("_keys").removesuffix("_ledger")]
        begins = bool(command.get("startTransaction"))
        await turn.enter(pod, begins)
        if begins:
            told = {key: command[key] for key in ("lsid", "txnNumber", "autocommit")}
            self._opened[session] = Opened(turn, told, client)
            return await _asked(server, frame)
        try:
            return await _asked(server, frame)
        finally:
            turn.leave(transaction=False)

    def _end(self, session: bytes) -> None:
        if found := self._opened.pop(session, None):
            found.turn.leave(transaction=True)

    async def _abort(self, session: bytes, server: Stream) -> None:
        try:
            document = bson.encode({"abortTransaction": 1, **self._opened[session].command, "$db": "admin"})
            await _asked(server, message(document))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._end(session)


@asynccontextmanager
async def taking_turns(url: str, count: int) -> AsyncIterator[list[str]]:
    """URLs under which as many pods reach the NX-27017 of a URL, while the block runs."""
    host, _, port = url.removeprefix("mongodb://").rstrip("/").partition(":")
    turns = Turns()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pod = writer.get_extra_info("sockname")[1]
        await turns.serve((reader, writer), await asyncio.open_connection(host, int(port)), str(pod))

    listening = [await asyncio.start_server(connected, "127.0.0.1", 0) for _ in range(count)]
    try:
        ports = [one.sockets[0].getsockname()[1] for one in listening]
        yield [f"mongodb://127.0.0.1:{at}/?retryWrites=false" for at in ports]
    finally:
        for one in listening:
            one.close()


def message(document: bytes) -> bytes:
    """A message with one document."""
    return _HEADER.pack(DOCUMENT + len(document), 1, 0, _OP_MSG) + bytes(DOCUMENT - _HEADER.size) + document


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next message; b"" at the end. IncompleteReadError in the middle of one."""
    try:
        head = await reader.readexactly(_HEADER.size)
    except asyncio.IncompleteReadError as err:
        if err.partial:
            raise
        return b""
    return head + await reader.readexactly(_HEADER.unpack(head)[0] - len(head))


async def _asked(server: Stream, frame: bytes) -> list[bytes]:
    """The replies of the server; none to a message that asks for none."""
    server[1].write(frame)
    await server[1].drain()
    replies: list[bytes] = []
    more = not _more_to_come(frame)
    while more:
        reply = await read_frame(server[0])
        if not reply:
            raise ConnectionResetError("the store has ended")
        replies.append(reply)
        more = _more_to_come(reply)
    return replies


def _command(frame: bytes) -> dict[str, Any]:
    """What a message asks; {} if it is of the old kind, with which a connection begins."""
    if not _is_message(frame):
        return {}
    [size] = struct.unpack_from("<i", frame, DOCUMENT)
    found: dict[str, Any] = bson.decode(frame[DOCUMENT : DOCUMENT + size])
    return found


def _more_to_come(frame: bytes) -> bool:
    return _is_message(frame) and bool(int.from_bytes(frame[_FLAGS], "little") & _MORE_TO_COME)


def _is_message(frame: bytes) -> bool:
    return bool(_HEADER.unpack_from(frame)[3] == _OP_MSG)
