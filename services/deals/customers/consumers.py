"""The consumers of end customers: what puts a claim, an order or a ticket into a history.

An update of a claim counts once the claim is submitted again. An event that comes again changes nothing, so the stream
can be read anew from its beginning.
"""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.deals.customers import wire
from services.deals.customers.usecases.filing import file_claim, file_document
from services.deals.settings import Env


async def on_claim(env: Env, envelope: Envelope, call: Call) -> None:
    """Put the claim into the history of its customer."""
    await env.run(file_claim, wire.claim(envelope, call))


async def on_document(env: Env, envelope: Envelope, call: Call) -> None:
    """Store what an event says of an order or a ticket."""
    if (command := wire.document(envelope, call)) is not None:
        await env.run(file_document, command)


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("deals.registration.submitted", on_claim, repeatable=True),
    Consumer("deals.registration.imported", on_claim, repeatable=True),
    Consumer("deals.registration.converted", on_claim, repeatable=True),
    Consumer("deals.registration.handed_over", on_claim, repeatable=True),
    Consumer("orders.order.*", on_document, repeatable=True),
    Consumer("tickets.ticket.*", on_document, repeatable=True),
)
