"""One of the two services as a process of its own, to be killed: `python -m ... ROLE <folder> <url>`.

The role is `things` or `ledgers`, or `together`: ledgers with a consumer that takes several effects into one commit.
Prints a line for every commit, after it is durable.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from libs.call import Call
from libs.clock import SystemClock
from libs.env import Env
from libs.messaging.consumers import consuming
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer, Terms
from libs.messaging.jetstream import open_jetstream
from libs.messaging.relay import relaying
from libs.store.sqlite import SqliteStore
from tests.contracts.messaging.things import ALL_KINDS, CELL, SUBJECT, Ledgers, Things, note_all_down, write_down
from tests.store_faults import Away

ABOUTS = ("a", "b", "c")
ACK_WAIT_SECONDS = 1.0


async def main(role: str, folder: Path, url: str) -> None:
    """Work until killed."""
    async with AsyncExitStack() as stack:
        store = await SqliteStore.open(folder / f"{'things' if role == 'things' else 'ledgers'}.db")
        await store.ensure(ALL_KINDS)
        jetstream = await stack.enter_async_context(open_jetstream(url, CELL))
        if role == "things":
            things = Things(store, SystemClock())
            things.relay = await stack.enter_async_context(relaying(store, jetstream, SystemClock()))
            await asyncio.gather(*(happen_for_ever(things, about) for about in ABOUTS))
        ledgers = Ledgers(Away(store), SystemClock())
        table = [Consumer(SUBJECT, write_down_aloud)]
        if role == "together":
            table = [Consumer(SUBJECT, note_down_aloud, repeatable=True, handle_many=note_all_down_aloud)]
        terms = Terms(ack_wait_seconds=ACK_WAIT_SECONDS)
        await stack.enter_async_context(
            consuming("ledgers", env=ledgers.env, jetstream=jetstream, table=table, terms=terms)
        )
        await asyncio.Event().wait()


async def happen_for_ever(things: Things, about: str) -> None:
    """As fast as the store takes it."""
    while True:
        await things.happen(about)
        sys.stdout.write(f"{about} {(await things.last(about))}\n")
        sys.stdout.flush()


async def write_down_aloud(env: Env[None], envelope: Envelope, call: Call) -> None:
    """As `write_down`."""
    await write_down(env, envelope, call)
    sys.stdout.write(f"{envelope.about} {int(envelope.body)}\n")
    sys.stdout.flush()


async def note_down_aloud(env: Env[None], envelope: Envelope, call: Call) -> None:
    """As `note_down`."""
    await note_all_down_aloud(env, (envelope,), call)


async def note_all_down_aloud(env: Env[None], envelopes: Sequence[Envelope], call: Call) -> None:
    """As `note_all_down`."""
    await note_all_down(env, envelopes, call)
    sys.stdout.writelines(f"{one.about} {int(one.body)}\n" for one in envelopes)
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
