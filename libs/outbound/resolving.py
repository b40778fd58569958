"""Names to addresses: a port, and the resolver of the system in threads of its own."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from libs.outbound.addresses import Address, literal

THREADS_AT_MOST = 64
ADDRESSES_AT_MOST = 16


class NameUnknown(Exception):
    """The name has no address, or nobody who knows answered."""


class Resolver(Protocol):
    """Finds the addresses of a name. It is asked once for each connection, and the connection goes to an address of
    that answer."""

    async def resolve(self, host: str) -> tuple[Address, ...]:
        """At least one address. NameUnknown."""
        ...

    async def close(self) -> None:
        """Release what it holds."""
        ...


class SystemResolver:
    """The resolver of the system. Its threads are its own, so that a name server that does not answer holds up no other
    work of the process. Who asks for a name while it is asked for gets the same answer, so a name takes one thread.
    look_up: what finds the addresses of a name, as text; OSError or UnicodeError if it has none."""

    def __init__(self, look_up: Callable[[str], Sequence[str]] | None = None) -> None:
        self._look_up = look_up or _look_up
        self._threads = ThreadPoolExecutor(THREADS_AT_MOST, thread_name_prefix="resolve")
        self._asked: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def resolve(self, host: str) -> tuple[Address, ...]:
        """See Resolver."""
        try:
            found = await asyncio.shield(self._asked.get(host) or self._ask(host))
        except (OSError, UnicodeError) as err:
            raise NameUnknown(host) from err
        addresses = tuple(address for one in found if (address := literal(one)) is not None)
        if not addresses:
            raise NameUnknown(host)
        return addresses[:ADDRESSES_AT_MOST]

    def _ask(self, host: str) -> asyncio.Future[Sequence[str]]:
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, host)
        self._asked[host] = asked
        asked.add_done_callback(partial(self._answered, host))
        return asked

    def _answered(self, host: str, asked: asyncio.Future[Sequence[str]]) -> None:
        del self._asked[host]
        if not asked.cancelled():
            asked.exception()  # whoever asked may have left in time; then nobody else takes it

    async def close(self) -> None:
        """See Resolver. Does not wait for threads that still ask."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
