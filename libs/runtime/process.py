"""Runs a process from its first line to its exit code: event loop, signals, messages for the operator.

Exit codes: 0 after a signal, 1 if it cannot run, with a sentence on stderr, 70 for a bug, which is in the log.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from typing import Any

import structlog
import uvloop

from libs import logs
from libs.clock import SystemClock
from libs.config import ConfigError, Settings
from libs.errors import AppError
from libs.lifetime import alongside
from libs.messaging.dead import ReplayFailed
from libs.messaging.embedded import EmbeddedFailed
from libs.messaging.relay import Relay
from libs.privacy.ledger.ledger import LedgerShort
from libs.runtime.broker import Broker, Stop
from libs.runtime.cell import running
from libs.runtime.inspection import inspect
from libs.runtime.outbox_follower import OutboxFollower
from libs.runtime.platform import Platform, directory_of
from libs.runtime.service import Build
from libs.store.port import StoreInUse
from libs.store.snapshot import BackupRefused

EXIT_REFUSED = 1
EXIT_BUG = 70

# Errors that an operator can remedy; the text of each is a sentence that says how.
REFUSALS = (ConfigError, StoreInUse, EmbeddedFailed, ReplayFailed, BackupRefused, AppError, TimeoutError)

_GC_YOUNG, _GC_MIDDLE, _GC_OLD = 20_000, 20, 50

log = structlog.get_logger()


class Stopping:
    """Handles SIGTERM and SIGINT. The first one makes `wait` return, or cancels the start; the second one cancels the
    orderly stop. at_once: whether the process was cancelled."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._serving = False
        self._task = asyncio.current_task()
        self.at_once = False
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._ask)

    async def wait(self) -> None:
        """Return when the process has to stop."""
        self._serving = True
        await self._asked.wait()

    def _ask(self) -> None:
        if self._serving and not self._asked.is_set():
            self._asked.set()
        elif self._task is not None:
            self.at_once = True
            self._task.cancel()


Work = Callable[[Stopping], Coroutine[Any, Any, None]]
# Runs while a cell does, with the settings and the address of the cell.
Beside = Callable[[Settings, str], AbstractAsyncContextManager[object]]


def execute(work: Work, settings: Settings) -> int:
    """Run `work` to its end; the exit code of the process."""
    logs.configure(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_guarded(work))


async def _guarded(work: Work) -> int:
    stopping = Stopping()
    try:
        await work(stopping)
    except asyncio.CancelledError:
        if not stopping.at_once:
            raise
    except REFUSALS as err:
        sys.stderr.write(f"prm: {err}\n")
        return EXIT_REFUSED
    except Exception as err:  # noqa: BLE001 - the outermost loop: logged with its cause
        log.error("process_failed", cause=err)
        return EXIT_BUG
    return 0


async def serve(
    builders: Mapping[str, Build], settings: Settings, stopping: Stop, *, beside: Beside | None = None
) -> None:
    """Run the services until the process has to stop. ConfigError with every fault of the settings, before anything is
    opened; other errors as `running`. beside: what else the process runs while they do."""
    await inspect(builders, settings)
    try:
        async with running(builders, settings) as cell, beside(settings, cell.address) if beside else nullcontext():
            settle_memory()
            await stopping.wait()
            log.info("stopping")
    except LedgerShort as err:  # in the log as well, because somebody has to put the ledger back
        log.error("ledger_short", cause=err)
        raise
    log.info("stopped")


async def relay_alone(service: str, settings: Settings, stopping: Stop) -> None:
    """Run the relay of a service that runs with PRM_RELAY=false, until the process has to stop. ConfigError without
    PRM_STORE_URL and PRM_NATS_URL."""
    if not settings.store_url:
        raise ConfigError(
            "a relay of its own needs PRM_STORE_URL=mongodb://...: SQLite files belong to one process, which relays "
            f"for itself; run `prm run {service}` instead"
        )
    if not settings.nats_url:
        raise ConfigError("a relay of its own needs PRM_NATS_URL=nats://..., the broker that the services use")
    directory, clock = directory_of(settings), SystemClock()
    platform = Platform(settings, directory=directory, clock=clock)
    if platform.identity is not None:
        platform.identity.require([service])
    async with AsyncExitStack() as stack:
        stack.push_async_callback(platform.close)
        store = await platform.open(service)
        broker = Broker.of(settings, directory, platform.identity)
        jetstream = await stack.enter_async_context(broker.connect(service))
        relay = Relay(store, jetstream, clock)
        await stack.enter_async_context(alongside(relay.run()))
        await stack.enter_async_context(alongside(OutboxFollower(store, relay.handover, clock).run()))
        log.info("relaying", service=service, cell=directory.here.code)
        await stopping.wait()
        await relay.drain(settings.drain_seconds)
    log.info("stopped")


def settle_memory() -> None:
    """Exclude the objects of the start from garbage collection, because they live as long as the process, and collect
    less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_YOUNG, _GC_MIDDLE, _GC_OLD)
