"""Spreads calls over the processes of a service, as a gateway does."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from libs.rpc.client import Client


class Spread:
    """A client of a service that gives each call to the next of its processes that may have some."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self._clients = clients
        self._open = list(range(len(clients)))
        self._calls = 0

    async def call(self, path: str, request: Any, **options: Any) -> Any:
        """See Client."""
        return await self._next().call(path, request, **options)

    def stream(self, path: str, request: Any, **options: Any) -> AsyncIterator[Any]:
        """See Client."""
        return self._next().stream(path, request, **options)

    def take_out(self, number: int) -> None:
        """Give no more calls to this process."""
        self._open.remove(number)

    def put_back(self, number: int) -> None:
        """Give calls to this process again."""
        self._open.append(number)

    def _next(self) -> Client:
        self._calls += 1
        return self._clients[self._open[self._calls % len(self._open)]]
