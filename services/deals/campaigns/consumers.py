"""The consumers of campaigns: what changes the result of a campaign makes its tally stale."""

from libs.call import Call
from libs.errors import NotYetKnown
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.store.port import get
from services.deals.campaigns import wire
from services.deals.campaigns.usecases.tallying import MarkTallies, mark_tallies
from services.deals.customers.documents import ENTRIES
from services.deals.settings import Env


async def on_touch(env: Env, envelope: Envelope, call: Call) -> None:
    """A lead or a claim was touched, or the claim of a lead was made."""
    await env.run(mark_tallies, wire.touched(envelope, call))


async def on_order(env: Env, envelope: Envelope, call: Call) -> None:
    """An order has changed, and its claim may be touched. NotYetKnown before the histories of customers have the
    event, in which it is counted."""
    if (told := wire.order(envelope, call)) is None:
        return
    filed = await get(env.store, ENTRIES, told.document_id)
    if filed is None or filed.value.partner_version < told.version:
        raise NotYetKnown("order", told.document_id)
    if filed.value.parent_id:
        await env.run(mark_tallies, MarkTallies(call=call, registration_id=filed.value.parent_id))


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("deals.touch.recorded", on_touch, repeatable=True),
    Consumer("deals.lead.converted", on_touch, repeatable=True),
    Consumer("orders.order.*", on_order, repeatable=True, part="campaigns"),
)
