"""Calls the pods of a cell from inside the namespace of the cluster, and prints a `Result` as JSON.

`python -m tests.cluster.node.driver FOLDER life RUN` plays the life of a deal; with `load` in place of `life` it reads
and writes until SIGTERM. FOLDER has the file `reach.json`, a `Reach`.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE
from libs.clock import SystemClock
from libs.rpc.client import CallFailed, Client
from libs.tls import Identity
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play

READY_SECONDS = 600
LOADERS = 4
PAUSE_SECONDS = 0.02
LONGEST_SECONDS = 1800
ASKED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("deals", "ListRegistrations", {"page_size": 5}),
    ("deals", "ListRegistrations", {"page_size": 1}),
    ("partners", "ApplyPartner", {"kind": "PARTNER_KIND_AGENT", "legal_name": "Load", "country": "DE"}),
)


class Reach(msgspec.Struct, frozen=True):
    """addresses: host:port by service. certificates: the folder of the operator's. tokens: of two persons."""

    addresses: dict[str, str]
    certificates: str
    tokens: tuple[str, str]


class Result(msgspec.Struct):
    """calls: those that were answered. failed: what the others said. chapters: of the story."""

    calls: int = 0
    failed: list[str] = []
    chapters: list[str] = []


class CountingClient:
    """A client that counts."""

    def __init__(self, client: Client, result: Result) -> None:
        self._client = client
        self._result = result

    async def call(self, path: str, request: Any, /) -> Any:
        """As libs.rpc.client.Client."""
        answer = await self._client.call(path, request)
        self._result.calls += 1
        return answer

    def stream(self, path: str, request: Any, /) -> AsyncIterator[Any]:
        """As libs.rpc.client.Client."""
        self._result.calls += 1
        return self._client.stream(path, request)


@asynccontextmanager
async def clients(reach: Reach, token: str, result: Result) -> AsyncIterator[dict[str, CountingClient]]:
    """A client for each service, which is ready."""
    folder = Path(reach.certificates)
    shown = Identity(*(folder / name for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE)))
    async with AsyncExitStack() as stack:
        found = {}
        for name, at in reach.addresses.items():
            client = await stack.enter_async_context(Client(at, token=token, identity=shown, known_as=name))
            await client.ready(SERVICES[name], within_seconds=READY_SECONDS)
            found[name] = CountingClient(client, result)
        yield found


async def life(reach: Reach, run: str) -> Result:
    """The life of a deal."""
    result = Result()
    async with clients(reach, reach.tokens[0], result) as first, clients(reach, reach.tokens[1], result) as second:
        scenario = ScenarioClient(first, second=second, run=run, today=SystemClock().now().date())
        await play(scenario, STEPS)
    result.chapters = sorted({line.chapter for line in scenario.told})
    return result


async def load(reach: Reach, run: str) -> Result:
    """Reads of deals and writes to partners, until SIGTERM."""
    result, stop = Result(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def loader(number: int) -> None:
        async with clients(reach, reach.tokens[0], result) as found:
            scenario = ScenarioClient(found, run=f"{run}-{number}", today=SystemClock().now().date())
            while not stop.is_set():
                for service, method, fields in ASKED:
                    try:
                        await scenario.ask(service, method, **fields)
                    except CallFailed as err:
                        result.failed.append(f"{method}: {err}")
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)

    async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as tasks:
        for number in range(LOADERS):
            tasks.create_task(loader(number))
    return result


def main(folder: Path, what: str, run: str) -> None:
    """Do it, and print what came of it."""
    reach = msgspec.json.decode((folder / "reach.json").read_bytes(), type=Reach)
    done = life(reach, run) if what == "life" else load(reach, run)
    sys.stdout.write(msgspec.json.encode(asyncio.run(done)).decode() + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
