"""Rows about the numbers of events: a create with numbers and heads over one without, on each engine."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from tests.contracts.store.mongo_server import Server, choice
from tests.load.calls import CREATE, creations
from tests.load.driver import GrpcTarget
from tests.load.pairs import Pace, Side, in_turns
from tests.load.process import server_core, under_load
from tests.load.report import Row, Skipped, row

CALLERS = 64
KEPT = 0.97


async def numbering_rows(folder: Path, pace: Pace) -> AsyncIterator[Row | Skipped]:
    """The rate with numbers over that without, from two processes of the same service in turns."""
    yield await _compared(folder / "sqlite", pace, "SQLite", ({}, {}))
    name = f"MongoDB ({choice().split(' (')[0]})"
    if not choice():
        yield Skipped(f"create with numbers over without, {name}", "no MongoDB")
        return
    with _server(folder / "one") as one, _server(folder / "other") as other:
        yield await _compared(folder / "mongo", pace, name, (one, other))


async def _compared(folder: Path, pace: Pace, store: str, environ: tuple[Mapping[str, str], Mapping[str, str]]) -> Row:
    async with AsyncExitStack() as stack:
        sides = []
        for option, told in zip(("places", "no-places"), environ, strict=True):
            ready, process = await stack.enter_async_context(
                under_load(folder / option, "deals", f"--{option}", environ=told)
            )
            target = GrpcTarget(ready.address, CREATE, creations(ready), ready.token)
            stack.push_async_callback(target.close)
            sides.append(Side(option, target, (process.pid,)))
        pairs = await in_turns(sides[0], sides[1], CALLERS, pace)
    measure = f"create with numbered events over without, {store}, {CALLERS} callers"
    return row(measure, pairs.rates, must=KEPT, aim=1.0, notes=pairs.notes)


@contextmanager
def _server(folder: Path) -> Iterator[dict[str, str]]:
    """A server of its own, so that neither process waits for the other one's transactions."""
    folder.mkdir(parents=True)
    server = Server(folder)
    with server_core():
        server.start()
    try:
        yield {**server.settings(folder), "PRM_STORE_PREFIX": server.fresh_prefix()}
    finally:
        server.tidy()
        server.kill()
