"""Names to addresses: what one name may take of the threads."""

import asyncio
import threading
from ipaddress import ip_address

import pytest

from libs.outbound.resolving import NameUnknown, SystemResolver
from tests.waiting import until


class Server:
    """A name server that answers when a test says so. asked: the names, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = threading.Event()

    def look_up(self, host: str) -> list[str]:
        """The address of every name but `unknown.example`."""
        self.asked.append(host)
        self.answers.wait(timeout=30)
        if host == "unknown.example":
            raise OSError(host)
        return ["93.184.216.34"]


async def test_a_name_that_many_ask_for_takes_one_thread() -> None:
    server = Server()
    resolver = SystemResolver(server.look_up)
    first = [asyncio.create_task(resolver.resolve("slow.example")) for _ in range(3)]
    await until(lambda: server.asked, within_seconds=10)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await resolver.resolve("slow.example")
    server.answers.set()
    assert await asyncio.gather(*first) == [(ip_address("93.184.216.34"),)] * 3
    assert server.asked == ["slow.example"]
    await resolver.resolve("slow.example")
    assert server.asked == ["slow.example"] * 2
    await resolver.close()


async def test_everybody_who_asks_learns_that_a_name_is_unknown() -> None:
    server = Server()
    resolver = SystemResolver(server.look_up)
    asked = [asyncio.create_task(resolver.resolve("unknown.example")) for _ in range(2)]
    server.answers.set()
    for one in asked:
        with pytest.raises(NameUnknown):
            await one
    await resolver.close()
