"""The consumer of what other cells state of the requests that are linked with one of this cell."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from services.compliance.linking import usecases
from services.compliance.linking.events import RequestLinkStated
from services.compliance.settings import Env


async def on_statement(env: Env, envelope: Envelope, call: Call) -> None:
    """Keep what another cell states."""
    statement = EventCodec.decode(envelope, RequestLinkStated)
    cmd = usecases.Learn(call=call, cell=envelope.cell, version=envelope.version, statement=statement)
    await usecases.learn(env, cmd)


ARRIVING: tuple[Consumer[Env], ...] = (Consumer("compliance.request_link.stated", on_statement),)
