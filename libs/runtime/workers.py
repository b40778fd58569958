"""Runs the workers of the services; starts again what fails, because a bug in a worker must not stop the calls."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from libs.env import Env
from libs.lifetime import together
from libs.runtime.service import Service, Worker

AGAIN_SECONDS = 1.0

log = structlog.get_logger()


async def working(services: Sequence[Service], *, again_seconds: float = AGAIN_SECONDS) -> None:
    """Run the workers of all services until cancelled. again_seconds: how long after a failure one is started again."""
    await together(_repeat(worker, service.env, again_seconds) for service in services for worker in service.workers)


async def _repeat(worker: Worker[Any], env: Env[Any], again_seconds: float) -> None:
    while True:
        try:
            await worker.run(env)
        except Exception as err:  # noqa: BLE001 - the outermost loop: logged with its cause
            log.error("worker_failed", worker=worker.name, cause=err)
        await asyncio.sleep(again_seconds)
