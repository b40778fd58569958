"""The consumer of the record: subject -> use case."""

from libs.call import Call, Mark
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.store.port import get
from services.orders.record import wire
from services.orders.record.documents import REGISTRATIONS
from services.orders.record.usecases import know_registration
from services.orders.settings import Env


async def on_registration(env: Env, envelope: Envelope, call: Call) -> None:
    """The first event that arrives about a registration stores its partner; a handover changes it."""
    await env.run(know_registration, wire.registration_of(envelope, call))


async def knows_registration(env: Env, mark: Mark) -> bool:
    """Whether the registration is stored; any of its events has all that is stored of it, but for a handover that
    another event overtook, which a caller does not wait for."""
    return await get(env.store, REGISTRATIONS, mark.about) is not None


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("deals.registration.*", on_registration, knows_registration),)
