"""The rows about webhooks: deliveries a second to a receiver on this machine, and the same beside a receiver that never
answers."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from libs.call import SYSTEM, Call
from libs.clock import SystemClock, monotonic
from libs.env import Env
from libs.lifetime import alongside
from libs.messaging.outbox import KINDS, no_relay
from libs.outbound.posting import Poster
from libs.outbound.resolving import SystemResolver
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.store.sqlite import SqliteStore
from services.hooks.deliveries.usecases import TakeEvent, take_event
from services.hooks.sending.workers import Sender
from services.hooks.service import COMPOSITION
from services.hooks.settings import Policy, Settings
from services.hooks.subscriptions.domain.states import SignatureScheme
from services.hooks.subscriptions.domain.subscription import Subscription
from services.hooks.subscriptions.usecases import (
    ChangeState,
    CreateSubscription,
    create_subscription,
    disable_subscription,
)
from tests.builders import NO_OBJECTS
from tests.load.flows import HERE
from tests.load.pairs import Pace
from tests.load.process import cpu_seconds
from tests.load.report import Row, row

EVENT = "orders.order.confirmed"
DELIVERIES = 3_000
TAKEN_AT_ONCE = 64
CALL = Call(caller=SYSTEM, method="bench")
BODY = b'{"specversion":"1.0","data":{"order_id":"%s"}}' % (b"x" * 400)


async def hook_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Rounds with a second receiver that hangs and with one whose subscription is disabled, so that both store as much,
    in turns. A round takes the events into the queue, and ends when
    the receiver has them all: both are timed, signing, connection and store included."""
    create_keys(folder / "keys", ["hooks"])
    keys = open_keys(folder / "keys").of("hooks")
    alone: list[float] = []
    beside: list[float] = []
    before = cpu_seconds([os.getpid()])
    for turn in range(max(3, pace.pairs // 2)):
        for rates, dead in ((alone, False), (beside, True)):
            rates.append(await _round(folder / f"hooks-{turn}-{dead}.db", keys, dead=dead))
    spent = (cpu_seconds([os.getpid()]) - before) / (DELIVERIES * (len(alone) + len(beside)))
    notes = (
        f"{DELIVERIES:,} events of {len(BODY)} bytes a round, each also for one that gets none; signed with "
        f"Ed25519; the receiver is in the process; {spent * 1000:.2f} ms of processor a delivery"
    )
    yield row("webhooks to one receiver", alone, must=500, aim=1_000, unit="a second", notes=notes)
    ratios = [one / other for one, other in zip(beside, alone, strict=True)]
    yield row(
        "webhooks beside a receiver that hangs", ratios, must=0.8, aim=0.95, notes="over the same with it disabled"
    )


class _Receiver:
    """The least HTTP server: it answers each request on a connection, or never."""

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs
        self.got = 0
        self.done = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                if self._hangs:
                    await reader.read()
                    return
                self.got += 1
                if self.got >= DELIVERIES:
                    self.done.set()
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


async def _round(path: Path, keys: Keys, *, dead: bool) -> float:
    store = await SqliteStore.open(path)
    env = await _env(store, keys)
    well, hanging = _Receiver(hangs=False), _Receiver(hangs=True)
    servers = [await asyncio.start_server(one.serve, "127.0.0.1", 0) for one in (well, hanging)]
    made = [await _subscribe(env, f"http://127.0.0.1:{one.sockets[0].getsockname()[1]}/") for one in servers]
    if not dead:
        await env.run(disable_subscription, ChangeState(call=CALL, id=made[1].id))
    async with Poster(SystemResolver(), loopback=True) as poster, alongside(Sender(env, poster).run()):
        started = monotonic()
        for begin in range(0, DELIVERIES, TAKEN_AT_ONCE):
            several = range(begin, min(begin + TAKEN_AT_ONCE, DELIVERIES))
            await asyncio.gather(*[_take(env, number) for number in several])
        await asyncio.wait_for(well.done.wait(), 120)
        spent = monotonic() - started
    for server in servers:
        server.close()
    await store.close()
    return DELIVERIES / spent


async def _subscribe(env: Env[Settings], url: str) -> Subscription:
    asked = CreateSubscription(
        call=CALL,
        name="bench",
        url=url,
        event_types=(EVENT,),
        scheme=SignatureScheme.ED25519,
    )
    return await env.run(create_subscription, asked)


async def _take(env: Env[Settings], number: int) -> None:
    taken = TakeEvent(
        call=CALL,
        event_id=f"evt_{number}",
        event_type=EVENT,
        resource_id=f"ord_{number}",
        event_time=env.clock.now(),
        partner_ids=(),
        body=BODY,
        partner_body=BODY,
    )
    await take_event(env, taken)


async def _env(store: SqliteStore, keys: Keys) -> Env[Settings]:
    """The dependencies of the use cases of hooks, without a process."""
    await store.ensure((*KINDS, *COMPOSITION.kinds))
    return Env(
        "hooks",
        store=store,
        directory=HERE,
        clock=SystemClock(),
        encode=COMPOSITION.encode,
        handover=no_relay,
        keys=keys,
        objects=NO_OBJECTS,
        settings=Settings(policy=Policy(loopback=True)),
        partners=COMPOSITION.partners,
    )
