"""Which driver serves many callers better: `python -m tests.load.drivers`, one JSON line for each driver and mix.

On the server of PRM_TEST_MONGO_URL or what stands in for one (tests/contracts/store/mongo_server.py). nx-27017 is a
Python process of one core, so there the figures compare what the drivers cost the client, not what a MongoDB can do.
"""

import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import uvloop

from libs.clock import monotonic
from libs.store.mongo import MongoStore
from libs.store.opening import DRIVERS, Driver
from libs.store.port import Query, get
from tests.contracts.store.documents import COUNTERS, KINDS, counter, fill, item
from tests.contracts.store.mongo_server import Server, choice

CALLERS = 64
SECONDS = 6.0
ROUNDS = 2


async def _measure(server: Server, driver: Driver, mix: str) -> dict[str, object]:
    store = await MongoStore.open(server.url, server.fresh(), driver=driver)
    await store.ensure(KINDS)
    await fill(store, *(counter(f"{n}") for n in range(200)))
    took: list[float] = []
    ends = monotonic() + SECONDS
    cpu = time.process_time()

    async def call(caller: int) -> None:
        number = 0
        while (begun := monotonic()) < ends:
            number += 1
            if mix == "reads":
                await get(store, COUNTERS, f"{(caller + number) % 200}")
            elif mix == "pages":
                await store.find(Query(kind=COUNTERS, limit=50))
            else:
                await store.commit([counter(f"{caller}-{number}"), item(f"{caller}-{number}")])
            took.append(monotonic() - begun)

    await asyncio.gather(*map(call, range(CALLERS)))
    cpu = time.process_time() - cpu
    await store.close()
    took.sort()
    return {
        "driver": driver,
        "mix": mix,
        "callers": CALLERS,
        "per_second": round(len(took) / SECONDS),
        "p50_ms": round(took[len(took) // 2] * 1_000, 1),
        "p99_ms": round(took[len(took) * 99 // 100] * 1_000, 1),
        "client_cpu_us": round(cpu / len(took) * 1_000_000),
    }


def main() -> None:
    """Each mix with each driver, in turn."""
    with TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        server = Server(Path(folder))
        server.start()
        sys.stderr.write(f"MongoDB: {choice()}\n")
        try:
            for mix in ("reads", "pages", "commits"):
                for driver in DRIVERS * ROUNDS:
                    line = msgspec.json.encode(runner.run(_measure(server, driver, mix)))
                    sys.stdout.write(line.decode() + "\n")
                    sys.stdout.flush()
        finally:
            server.tidy()
            server.kill()


if __name__ == "__main__":
    main()
