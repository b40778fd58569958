"""`prm broker reread`: lets consumers whose effects can be repeated take all events of the stream again."""

from collections.abc import Mapping, Sequence

from libs.config import Settings
from libs.messaging.administration import ensure_durable, forget_durables
from libs.messaging.logins import ADMINISTRATOR
from libs.runtime.dead_letters import broker_of


async def reread(settings: Settings, durables: Mapping[str, Sequence[str]]) -> int:
    """Make these durables anew while their service runs; how many there are. ConfigError; EmbeddedFailed, TimeoutError
    if there is no broker."""
    async with broker_of(settings, ADMINISTRATOR) as jetstream:
        session = await jetstream.session()
        for durable, subjects in durables.items():
            await forget_durables(session, (durable,))
            await ensure_durable(session, durable, subjects)
    return len(durables)
