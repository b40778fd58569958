"""Names to addresses: a port, and the resolver of the system in threads of its own."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
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
    work of the process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS_AT_MOST, thread_name_prefix="resolve")

    async def resolve(self, host: str) -> tuple[Address, ...]:
        """See Resolver."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _look_up, host)
        except (OSError, UnicodeError) as err:
            raise NameUnknown(host) from err
        addresses = tuple(address for one in found if (address := literal(one)) is not None)
        if not addresses:
            raise NameUnknown(host)
        return addresses[:ADDRESSES_AT_MOST]

    async def close(self) -> None:
        """See Resolver. Does not wait for threads that still ask."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
