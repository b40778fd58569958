"""What is said on the hub between cells, recorded in a file for the search for marks."""

from pathlib import Path

from nats.aio.msg import Msg

from libs.messaging.jetstream import JetStream

_HEARD = ("prm.edge.>", "$JS.>", "$O.>", "$KV.>", "$SYS.>", "dead.>", "_INBOX.>")


async def record(jetstream: JetStream, file: Path, *cells: str) -> None:
    """Write every message that the hub passes on, with its subject and headers, to the file, as long as the connection
    of the hub's administrator lasts; also what should never be there, such as events of these cells. What is delivered
    is not heard but stored, in files of the hub: who listens to deliveries counts as their receiver."""

    async def write(msg: Msg) -> None:
        with file.open("ab") as out:
            out.write(b"\n".join([msg.subject.encode(), str(msg.headers).encode(), msg.data, b""]))

    client = (await jetstream.session()).client
    for subject in (*_HEARD, *(f"prm.{cell}.>" for cell in cells)):
        await client.subscribe(subject, cb=write)
    await client.flush()
