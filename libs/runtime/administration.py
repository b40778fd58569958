"""The administrator's work as a process of its own: it makes the streams and durables of a cell."""

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack

import structlog

from libs.config import ConfigError, Settings
from libs.messaging.administration import administering
from libs.messaging.logins import ADMINISTRATOR, Durables
from libs.runtime.broker import Broker, Stop, durables_to_make
from libs.runtime.edge import administering_the_edge, named_edge
from libs.runtime.encryption import identity_of
from libs.runtime.platform import directory_of

log = structlog.get_logger()


async def administer(
    settings: Settings, services: Mapping[str, Durables], arriving: Iterable[Durables], stopping: Stop
) -> None:
    """Create and maintain the streams and the durables of these services and of the readers, and those of the edge if
    PRM_EDGE_URL names one, until the process has to stop. arriving: the durables on the directory. ConfigError."""
    if not settings.nats_url:
        raise ConfigError("PRM_NATS_URL: name the broker; an embedded one is administered by the process that has it")
    directory, identity = directory_of(settings), identity_of(settings)
    broker, edge = Broker.of(settings, directory, identity), named_edge(settings, directory, identity)
    durables = durables_to_make(settings, directory, services.values())
    async with AsyncExitStack() as stack:
        jetstream = await stack.enter_async_context(broker.connect(ADMINISTRATOR, administers=True))
        await stack.enter_async_context(administering(jetstream, durables))
        if edge is not None:
            await stack.enter_async_context(administering_the_edge(edge, arriving))
        log.info("administering", cell=directory.here.code, durables=len(durables), edge=edge is not None)
        await stopping.wait()
