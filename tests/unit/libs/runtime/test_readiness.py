"""The log of a running service says why its store cannot be reached, and says each reason once."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from libs.errors import StoreRefused, StoreUnavailable
from libs.lifetime import alongside
from libs.runtime.readiness import PROBE, Readiness
from libs.store.port import Kind, Loaded, Store, Write
from libs.store.sqlite import SqliteStore
from tests.store_faults import Wrapper
from tests.waiting import until

EXPIRED = "MongoDB: no encrypted connection: certificate verify failed: certificate has expired"
REFUSED = "MongoDB refused this process: OperationFailure 18 AuthenticationFailed"


class Failing(Wrapper):
    """A store that fails every call with `cause`, while there is one, and counts them."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.cause: StoreUnavailable | None = None
        self.calls = 0

    async def get_many(self, kind: Kind[Any], ids: Sequence[str]) -> Mapping[str, Loaded[Any]]:
        self.calls += 1
        if self.cause is not None:
            raise self.cause
        return await self.inner.get_many(kind, ids)

    async def commit(self, writes: Sequence[Write]) -> None:
        if self.cause is not None:
            raise self.cause
        await self.inner.commit(writes)


async def test_the_log_says_why_a_store_cannot_be_reached_and_each_reason_once(tmp_path: Path) -> None:
    inner = await SqliteStore.open(tmp_path / "store.db")
    await inner.ensure([PROBE])
    store, told = Failing(inner), list[bool]()

    async def tell(ready: bool) -> None:
        told.append(ready)

    watch = Readiness("deals", store)
    captured: AbstractContextManager[list[Any]] = capture_logs()
    with captured as logs:
        async with alongside(watch.run(tell)):
            for reason in (StoreRefused(EXPIRED), StoreUnavailable(REFUSED)):
                store.cause, seen = reason, store.calls
                watch.doubt()
                await until(lambda: store.calls > seen + 2)  # noqa: B023  # awaited before the next turn
            store.cause = None
            await until(lambda: told == [True, False, True])
    await inner.close()
    said = [(line["event"], str(line.get("cause", ""))) for line in logs]
    assert said == [("store_unavailable", EXPIRED), ("store_unavailable", REFUSED), ("store_available", "")]
