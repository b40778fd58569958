"""Calls the pods of a cell from inside the namespace of the cluster, and prints a `Result` as JSON.

`python -m tests.cluster.node.driver FOLDER life RUN` plays the life of a deal. With `load` in place of `life` it reads
and writes until SIGTERM, and then reads again what it has written; with `repeat` it also repeats, with the same
request_id, what was refused as UNAVAILABLE or not answered. FOLDER has the file `reach.json`, a `Reach`; when every
loader has begun there is `<RUN>.loading`.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
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
from tests.waiting import until

READY_SECONDS = 600
LOADERS = 4
PAUSE_SECONDS = 0.02
LONGEST_SECONDS = 1800
REPEAT_SECONDS = 120.0
"""How long a call is repeated: a pod that was killed is replaced meanwhile, and the other one goes on."""
REPEAT_PAUSE_SECONDS = 0.5
_PERHAPS_DONE = {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
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
    """calls: those that were answered. failed: what the others said. repeated: how many attempts were. written: how
    many documents were written, and found again at the end. chapters: of the story."""

    calls: int = 0
    repeated: int = 0
    written: int = 0
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


class Loader:
    """Reads deals and writes partners until it is told to stop. begun: set after its first round."""

    def __init__(self, reach: Reach, result: Result, *, run: str, repeats: bool) -> None:
        self._reach = reach
        self._result = result
        self._run = run
        self._repeats = repeats
        self._written: list[str] = []
        self.begun = asyncio.Event()

    async def work(self, stop: asyncio.Event) -> None:
        """Do it; at the end read again what was written, here and in the trail, to which the broker brought it."""
        async with clients(self._reach, self._reach.tokens[0], self._result) as found:
            scenario = ScenarioClient(found, run=self._run, today=SystemClock().now().date())
            while not stop.is_set():
                for service, method, fields in ASKED:
                    answer = await self._ask(scenario, service, method, fields)
                    if answer is not None and method == "ApplyPartner":
                        self._written.append(answer.partner.id)
                self.begun.set()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            for id in self._written:
                if await self._ask(scenario, "partners", "GetPartner", {"id": id}) is not None:
                    self._result.written += 1
            for id in self._written[-1:]:
                await scenario.eventually("compliance", "ListAuditEntries", lambda one: one.entries, resource_id=id)

    async def _ask(self, scenario: ScenarioClient, service: str, method: str, fields: dict[str, Any]) -> Any:
        """The answer; None, and a line among the failed ones, if there is none."""
        if method == "ApplyPartner":
            fields = {**fields, "request_id": f"{self._run}-apply-{len(self._written)}"}

        async def attempt() -> list[Any]:
            try:
                return [await scenario.ask(service, method, **fields)]
            except CallFailed as err:
                if not self._repeats or err.code not in _PERHAPS_DONE:
                    self._result.failed.append(f"{method}: {err}")
                    return [None]
            self._result.repeated += 1
            return []

        try:
            [answer] = await until(attempt, within_seconds=REPEAT_SECONDS, every_seconds=REPEAT_PAUSE_SECONDS)
        except AssertionError as err:
            self._result.failed.append(f"{method}: {err}")
            return None
        return answer


async def load(reach: Reach, run: str, begun: Callable[[], None], *, repeats: bool) -> Result:
    """Reads of deals and writes to partners, until SIGTERM. begun: called when every loader has begun."""
    result, stop = Result(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    loaders = [Loader(reach, result, run=f"{run}-{number}", repeats=repeats) for number in range(LOADERS)]
    async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as tasks:
        for one in loaders:
            tasks.create_task(one.work(stop))
        for one in loaders:
            await one.begun.wait()
        begun()
    return result


def main(folder: Path, what: str, run: str) -> None:
    """Do it, and print what came of it."""
    reach = msgspec.json.decode((folder / "reach.json").read_bytes(), type=Reach)
    loading = folder / f"{run}.loading"
    done = life(reach, run) if what == "life" else load(reach, run, loading.touch, repeats=what == "repeat")
    sys.stdout.write(msgspec.json.encode(asyncio.run(done)).decode() + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
