"""What a cell needs and this machine cannot run in pods: a store, and an issuer of tokens. Both are processes on the
node's own address, behind TLS.

`python -m tests.cluster.node.beside CERTIFICATES LISTEN TARGET` is the TLS in front of one of them; in front of
the store it also lets the pods take turns.
"""

import asyncio
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from libs.authority import CERTIFICATE_FILE, KEY_FILE
from tests.cluster.namespace import Namespace
from tests.cluster.node.running import ADDRESS
from tests.contracts.store.turns import Turns

STORE, _STORE_BEHIND = f"{ADDRESS}:27017", "127.0.0.1:27018"
ISSUER, _ISSUER_BEHIND = f"{ADDRESS}:8443", "127.0.0.1:8099"
KEYS_URL = f"https://{ISSUER}/keys.json"
CHUNK_BYTES = 64 * 1024


@contextmanager
def beside(namespace: Namespace, folder: Path, tls: Path, published: Path) -> Iterator[None]:
    """The store and the issuer. tls: a certificate for the address. published: the folder with `keys.json`."""
    store, issuer = folder / "store", _ISSUER_BEHIND.rpartition(":")
    nx = Path(sys.executable).parent / "nx-27017"
    host, _, port = _STORE_BEHIND.partition(":")
    commands = {
        "store": [
            *(str(nx), f"--host={host}", f"--port={port}", f"--data-dir={store}"),
            *(f"--log-file={folder / 'store.own.log'}", f"--pid-file={folder / 'store.pid'}"),
        ],
        "issuer": [
            *(sys.executable, "-m", "http.server", issuer[2], f"--bind={issuer[0]}", f"--directory={published}"),
        ],
        "store-tls": [sys.executable, "-m", __name__, str(tls), STORE, _STORE_BEHIND],
        "issuer-tls": [sys.executable, "-m", __name__, str(tls), ISSUER, _ISSUER_BEHIND],
    }
    with ExitStack() as stack:
        for name, words in commands.items():
            stack.enter_context(namespace.process(folder / f"{name}.log", words))
        yield


async def _serve(tls: Path, listen: str, target: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls / CERTIFICATE_FILE, tls / KEY_FILE)
    host, _, port = listen.partition(":")

    turns = Turns()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, _, at = target.partition(":")
        try:
            behind = await asyncio.open_connection(there, int(at))
        except OSError:
            writer.close()
            return
        if listen == STORE:
            await turns.serve((reader, writer), behind, writer.get_extra_info("peername")[0])
        else:
            await asyncio.gather(_copy(reader, behind[1]), _copy(behind[0], writer))

    server = await asyncio.start_server(connected, host, int(port), ssl=context)
    async with server:
        await server.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side ends; then the other side ends too."""
    try:
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    except OSError:  # a connection that ended is no fault here
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
