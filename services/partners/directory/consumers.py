"""The consumers of the directory: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from services.partners.directory import usecases
from services.partners.directory.events import OrganisationStated
from services.partners.settings import Env


async def on_change(env: Env, envelope: Envelope, call: Call) -> None:
    """State what is new about a partner of this cell."""
    await usecases.state(env, usecases.State(call=call, id=envelope.about))


async def on_statement(env: Env, envelope: Envelope, call: Call) -> None:
    """Keep what another cell states."""
    statement = EventCodec.decode(envelope, OrganisationStated)
    cmd = usecases.Learn(call=call, cell=envelope.cell, version=envelope.version, statement=statement)
    await usecases.learn(env, cmd)


CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("partners.partner.*", on_change),)
ARRIVING: tuple[Consumer[Env], ...] = (Consumer("partners.organisation.stated", on_statement),)
