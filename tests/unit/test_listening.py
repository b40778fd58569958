"""A listening test server leaves no socket behind, whenever its client came."""

import asyncio
import gc
import socket
import ssl
from pathlib import Path

import pytest

from libs.authority import BOTH_FILE, Authority
from libs.clock import SystemClock
from tests.listening import Serve, listening

TURNS = (0, 1, 2, 5)  # of the loop, between the connection of the client and the end of the block


async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    await writer.drain()


async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readexactly(1)


@pytest.mark.parametrize("serve", [greet, wait])
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("turns", TURNS)
def test_no_connection_outlives_the_block(serve: Serve, encrypted: bool, turns: int, tmp_path: Path) -> None:
    encryption = None
    if encrypted:
        now = SystemClock().now()
        authority = Authority.create("cell", now)
        authority.keep(authority.issue(["localhost"], now), tmp_path)
        encryption = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        encryption.load_cert_chain(tmp_path / BOTH_FILE)

    async def connect_and_end() -> socket.socket:
        async with listening(serve, encryption=encryption) as port:
            client = socket.create_connection(("127.0.0.1", port))
            for _ in range(turns):
                await asyncio.sleep(0)
        return client

    with asyncio.run(connect_and_end()) as client:
        gc.collect()  # a socket left open is a ResourceWarning here, which is an error
        client.settimeout(5)
        try:
            while client.recv(100):
                pass
        except ConnectionResetError:
            pass


async def test_what_is_served_is_received() -> None:
    async with listening(greet) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()
