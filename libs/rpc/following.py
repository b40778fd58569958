"""A client that follows WRONG_CELL to the cell that was named, once, if its owner knows that cell and has a token for
it.

What a cell answers chooses among the cells that the owner has configured, and nothing more: the endpoint, its
certificate and the token are the owner's. A token that is not meant for a cell is never sent there.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any

import msgspec
from google.protobuf.message import Message

from libs.errors import WrongCell
from libs.rpc.client import CallFailed, Client, Headers, bearer
from libs.rpc.identity.claims import read_unverified
from libs.rpc.identity.port import TokenInvalid
from libs.tls import Identity

TokenSource = Callable[[], Awaitable[str]]


class KnownCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell to which a client may be sent.

    endpoint: host:port; by TLS unless it is on loopback. issuer, audience: `iss` and `aud` of the tokens that the cell
    accepts. token: gives a token for it, empty if there is none now; called for each call that is followed. identity,
    known_as: as for Client.
    """

    endpoint: str
    issuer: str
    audience: str
    token: TokenSource
    identity: Identity | None = None
    known_as: str = ""


class FollowingClient:
    """Calls the home cell; a call that belongs to another known cell is made there, once."""

    def __init__(self, home: Client, cells: Mapping[str, KnownCell]) -> None:
        """home: closed by its owner. cells: the other cells, by code."""
        self._home = home
        self._cells = cells
        self._others: dict[str, Client] = {}

    async def __aenter__(self) -> "FollowingClient":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        for other in self._others.values():
            await other.close()

    async def call(self, method: str, request: Message) -> Any:
        """The answer of a unary method, from whichever cell gives it. CallFailed: that of the home cell if its
        WRONG_CELL cannot be followed, else that of the other cell."""
        try:
            return await self._home.call(method, request)
        except CallFailed as err:
            if (other := await self._named_in(err)) is None:
                raise
        client, headers = other
        return await client.call(method, request, headers=headers)

    async def stream(self, method: str, request: Message) -> AsyncIterator[Any]:
        """The answers of a server-streaming method, from whichever cell gives them; CallFailed as for `call`. (A stream
        of requests, an import, is not followed: its rows are refused one by one, each with its cell and endpoint.)"""
        begun = False
        try:
            async for answer in self._home.stream(method, request):
                begun = True
                yield answer
            return
        except CallFailed as err:
            if begun or (other := await self._named_in(err)) is None:
                raise
        client, headers = other
        async for answer in client.stream(method, request, headers=headers):
            yield answer

    async def _named_in(self, refusal: CallFailed) -> tuple[Client, Headers] | None:
        """A client of the cell that a refusal names, and the headers with the token; None if it is no WRONG_CELL, the
        cell is not known or is said to be elsewhere, or there is no token for it."""
        code = refusal.metadata.get("cell", "")
        known = self._cells.get(code) if refusal.reason == WrongCell.reason else None
        if known is None or refusal.metadata.get("endpoint", "") not in ("", known.endpoint):
            return None
        token = await known.token()
        return (self._client_of(code, known), bearer(token)) if _is_for(known, token) else None

    def _client_of(self, code: str, known: KnownCell) -> Client:
        if code not in self._others:
            self._others[code] = Client(known.endpoint, identity=known.identity, known_as=known.known_as)
        return self._others[code]


def _is_for(cell: KnownCell, token: str) -> bool:
    """Whether a token says that it is for the cell; a text that says nothing is for none."""
    try:
        _, claims = read_unverified(token)
    except TokenInvalid:
        return False
    return claims.iss == cell.issuer and cell.audience in claims.audiences
