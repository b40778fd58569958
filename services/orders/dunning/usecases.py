"""Sets and lifts dunning blocks; for the jobs, marks invoices overdue, duns them and ends blocks."""

from datetime import date

from libs.call import Call, Command
from libs.document import same_content
from libs.store.port import Loaded
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.invoice import DunningBlock, Invoice
from services.orders.billing.domain.states import DunningBlockReason
from services.orders.dunning.domain import block, dun, end_block, expire_block, fall_overdue
from services.orders.record.events import OrderEvent
from services.orders.settings import Env


class SetDunningBlock(Command, frozen=True, kw_only=True):
    """Block the dunning of an invoice; `until` None: until the block is lifted."""

    invoice_id: str
    etag: str = ""
    reason: DunningBlockReason
    until: date | None = None


class LiftDunningBlock(Command, frozen=True, kw_only=True):
    """Lift the dunning block of an invoice."""

    invoice_id: str
    etag: str = ""


class FallOverdue(Command, frozen=True, kw_only=True):
    """Mark an invoice that was not paid in time as overdue."""

    id: str


class Dun(Command, frozen=True, kw_only=True):
    """Take the next dunning step of an invoice if it is due."""

    id: str


class EndDunningBlock(Command, frozen=True, kw_only=True):
    """End a block whose last day has passed."""

    id: str


async def set_dunning_block(env: Env, cmd: SetDunningBlock) -> Invoice:
    """The invoice with this block, which replaces any other."""
    loaded = await env.load(INVOICES, cmd.invoice_id, call=cmd.call, etag=cmd.etag)
    wanted = DunningBlock(reason=cmd.reason, until=cmd.until)
    invoice, event = block(loaded.value, wanted, today=env.today(), now=env.clock.now())
    if same_content(loaded.value, invoice):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(invoice), events=[event], call=cmd.call)


async def lift_dunning_block(env: Env, cmd: LiftDunningBlock) -> Invoice:
    """The invoice without its block; DunningNotBlocked."""
    loaded = await env.load(INVOICES, cmd.invoice_id, call=cmd.call, etag=cmd.etag)
    invoice, event = end_block(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(invoice), events=[event], call=cmd.call)


async def fall_overdue_invoice(env: Env, cmd: FallOverdue) -> Invoice:
    """The invoice, overdue if its due date has passed with something open; the event is published once."""
    loaded = await env.load(INVOICES, cmd.id, call=cmd.call)
    return await _commit(env, loaded, fall_overdue(loaded.value, today=env.today(), now=env.clock.now()), call=cmd.call)


async def dun_invoice(env: Env, cmd: Dun) -> Invoice:
    """The invoice, one dunning step further if that is due."""
    loaded = await env.load(INVOICES, cmd.id, call=cmd.call)
    days = env.settings.policy.dunning.days_past_due
    return await _commit(env, loaded, dun(loaded.value, days, today=env.today(), now=env.clock.now()), call=cmd.call)


async def end_dunning_block(env: Env, cmd: EndDunningBlock) -> Invoice:
    """The invoice, without its block if the last day of the block has passed."""
    loaded = await env.load(INVOICES, cmd.id, call=cmd.call)
    return await _commit(env, loaded, expire_block(loaded.value, today=env.today(), now=env.clock.now()), call=cmd.call)


async def _commit(
    env: Env, loaded: Loaded[Invoice], after: tuple[Invoice, OrderEvent] | None, *, call: Call
) -> Invoice:
    """The invoice as committed; unchanged if `after` is None."""
    return await env.commit(loaded.put(after[0]), events=[after[1]], call=call) if after else loaded.value
