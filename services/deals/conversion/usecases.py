"""The use cases that convert a claim into an order and that record the order on the claim."""

from libs.call import Command, ResourceCommand
from libs.partner_projection import active_partner
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration, refuse_disputed
from services.deals.conflicts.reads.accounts import closing_writes
from services.deals.conflicts.reads.locking import claim_lock
from services.deals.conversion import domain
from services.deals.settings import Env


class ConvertRegistration(ResourceCommand, frozen=True, kw_only=True):
    """Convert a claim into an order. currency: of the order; empty for that of the expected amounts."""

    currency: str = ""


class LinkOrder(Command, frozen=True, kw_only=True):
    """Record on a converted claim the order that was created from it."""

    registration_id: str
    partner_id: str
    order_id: str


async def convert_registration(env: Env, cmd: ConvertRegistration) -> Registration:
    """The converted claim; the orders service creates the order from the event. ClaimDisputed, as an order during a
    case would leave the case nothing to decide."""
    async with claim_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        await active_partner(env, loaded.value.partner_id, call=cmd.call)
        refuse_disputed(loaded.value, viewer=cmd.call.caller.partner_id)
        reg, event = domain.convert(loaded.value, cmd.currency, now=env.clock.now())
        return await env.commit(
            loaded.put(reg), *await closing_writes(env, loaded.value), events=[event], call=cmd.call
        )


async def link_order(env: Env, cmd: LinkOrder) -> Registration:
    """The claim with the id of its order; unchanged if `domain.link` returns None."""
    loaded = await env.load(REGISTRATIONS, cmd.registration_id, call=cmd.call)
    reg = domain.link(loaded.value, order_id=cmd.order_id, partner_id=cmd.partner_id)
    if reg is None:
        return loaded.value
    return await env.commit(loaded.put(reg), call=cmd.call)
