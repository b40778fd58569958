"""A server between a driver and MongoDB that misbehaves on demand: answers itself, says nothing, waits, or hangs up.

It speaks as much of the protocol as it needs: OP_MSG with one document, which is what an answer is. It speaks to the
server as the server's URL says, TLS included, and in clear to the driver; the user and the password are the driver's.
"""

import asyncio
import ssl
import struct
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote_plus, urlencode

import bson
from pymongo import uri_parser

from tests.listening import listening

_HEADER = struct.Struct("<iiii")
_OP_MSG = 2013
# What is between the proxy and the server, or needs more than one server.
_NOT_PASSED_ON = ("tls", "ssl", "replicaset", "directconnection", "compressors", "loadbalanced")

Answer = Mapping[str, Any]


class Fault(NamedTuple):
    """What becomes of one command. answer: sent instead of the server's; None hangs up. pass_on: whether the server
    is asked all the same. silent: nothing is sent, and the connection stays. edit: makes what is sent out of what the
    server answers. held: waits for this before anything else."""

    answer: Answer | None = None
    pass_on: bool = False
    silent: bool = False
    edit: Callable[[dict[str, Any]], Answer] | None = None
    held: asyncio.Event | None = None


Rule = Callable[[dict[str, Any]], Fault | None]


class Proxy:
    """Listens on a free port of this machine; `url` is what a client is given. `login`: user and password in it, other
    than the server's."""

    def __init__(self, server_url: str, *, login: str = "", options: Mapping[str, str] | None = None) -> None:
        found = uri_parser.parse_uri(server_url)
        self._target = found["nodelist"][0]
        self._encryption = _encryption(found["options"])
        if not login and found["username"]:
            login = f"{quote_plus(found['username'])}:{quote_plus(found['password'] or '')}"
        self._login = f"{login}@" if login else ""
        given = parse_qsl(server_url.partition("?")[2])
        kept = {name: value for name, value in given if not name.lower().startswith(_NOT_PASSED_ON)}
        self._options = urlencode({**kept, **(options or {}), "directConnection": "true"})
        self._faults: dict[str, deque[Fault]] = {}
        self._rules: dict[str, Rule] = {}
        self._open = AsyncExitStack()
        self.url = ""
        self.seen: list[str] = []

    async def start(self) -> None:
        """Begin to listen."""
        port = await self._open.enter_async_context(listening(self._serve))
        self.url = f"mongodb://{self._login}127.0.0.1:{port}/?{self._options}"

    async def stop(self) -> None:
        """Hang up on everybody."""
        await self._open.aclose()

    def on(self, command: str, *faults: Fault) -> None:
        """The next commands of this name meet these faults, one each."""
        self._faults.setdefault(command, deque()).extend(faults)

    def on_each(self, command: str, rule: Rule) -> None:
        """Every command of this name, from now on, meets the fault that the rule makes of it."""
        self._rules[command] = rule

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self._target, ssl=self._encryption)
        try:
            while await self._exchange(reader, writer, (up_reader, up_writer)):
                pass
        finally:
            up_writer.close()
            await up_writer.wait_closed()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> bool:
        """One command and its answer; False to hang up."""
        message = await _message(reader)
        command = _content(message)
        name = next(iter(command), "")
        self.seen.append(name)
        fault = self._fault(name, command)
        if fault is not None and fault.held is not None:
            await fault.held.wait()
        if fault is None or fault.pass_on or fault.edit is not None:
            server[1].write(message)
            found = await _message(server[0])
            if fault is None:
                writer.write(found)
                return True
            if fault.edit is not None:
                writer.write(_answer(message, fault.edit(_content(found))))
                return True
        if fault.silent:
            return True
        if fault.answer is None:
            return False
        writer.write(_answer(message, fault.answer))
        return True

    def _fault(self, name: str, command: dict[str, Any]) -> Fault | None:
        if waiting := self._faults.get(name):
            return waiting.popleft()
        rule = self._rules.get(name)
        return rule(command) if rule else None


def _encryption(options: Mapping[str, Any]) -> ssl.SSLContext | None:
    if not options.get("tls"):
        return None
    context = ssl.create_default_context(cafile=options.get("tlsCAFile"))
    if file := options.get("tlsCertificateKeyFile"):
        context.load_cert_chain(file)
    return context


async def _message(reader: asyncio.StreamReader) -> bytes:
    header = await reader.readexactly(_HEADER.size)
    length = _HEADER.unpack(header)[0]
    return header + await reader.readexactly(length - _HEADER.size)


def _content(message: bytes) -> dict[str, Any]:
    """The body, and each sequence of documents under its name; empty for what is no OP_MSG."""
    if _HEADER.unpack_from(message)[3] != _OP_MSG:
        return {}
    found: dict[str, Any] = {}
    sequences: dict[str, Any] = {}
    at = _HEADER.size + 4
    while at < len(message):
        kind, length = message[at], struct.unpack_from("<i", message, at + 1)[0]
        section = message[at + 1 : at + 1 + length]
        if kind == 0:
            found = bson.decode(section)
        else:
            name, _, documents = section[4:].partition(b"\0")
            sequences[name.decode()] = bson.decode_all(documents)
        at += 1 + length
    return found | sequences


def _answer(message: bytes, answer: Answer) -> bytes:
    body = struct.pack("<ib", 0, 0) + bson.encode(dict(answer))
    return _HEADER.pack(_HEADER.size + len(body), 0, _HEADER.unpack_from(message)[1], _OP_MSG) + body
