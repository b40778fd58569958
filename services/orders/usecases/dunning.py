"""Overdue invoices are dunned by the clock, unless somebody blocks that."""

from datetime import date

from libs.call import Command
from libs.document import same_content
from services.orders.documents import INVOICES
from services.orders.domain.dunning import block, dun, end_block, step_due
from services.orders.domain.invoice import DunningBlock, Invoice
from services.orders.domain.states import DunningBlockReason
from services.orders.usecases.settings import Env, today


class SetDunningBlock(Command, frozen=True, kw_only=True):
    """Do not dun an invoice; without a last day until the block is lifted."""

    invoice_id: str
    etag: str = ""
    reason: DunningBlockReason
    until: date | None = None


class LiftDunningBlock(Command, frozen=True, kw_only=True):
    """Dun an invoice again."""

    invoice_id: str
    etag: str = ""


class Dun(Command, frozen=True, kw_only=True):
    """Take the step of dunning that is due."""

    id: str


class EndDunningBlock(Command, frozen=True, kw_only=True):
    """End a block whose last day has passed."""

    id: str


async def set_dunning_block(env: Env, cmd: SetDunningBlock) -> Invoice:
    """The invoice with this block and no other."""
    held = await env.load(INVOICES, cmd.invoice_id, call=cmd.call, etag=cmd.etag)
    wanted = DunningBlock(reason=cmd.reason, until=cmd.until)
    invoice, event = block(held.value, wanted, today=today(env), now=env.clock.now())
    if same_content(held.value, invoice):
        return await env.unchanged(held.value, call=cmd.call)
    return await env.commit(held.put(invoice), events=[event], call=cmd.call)


async def lift_dunning_block(env: Env, cmd: LiftDunningBlock) -> Invoice:
    """The invoice without its block."""
    held = await env.load(INVOICES, cmd.invoice_id, call=cmd.call, etag=cmd.etag)
    invoice, event = end_block(held.value, now=env.clock.now())
    return await env.commit(held.put(invoice), events=[event], call=cmd.call)


async def dun_invoice(env: Env, cmd: Dun) -> Invoice:
    """The invoice, one step further if that is due."""
    held = await env.load(INVOICES, cmd.id, call=cmd.call)
    policy, day = env.settings.policy.dunning, today(env)
    due = step_due(held.value, policy)
    if due is None or day < due:
        return held.value
    invoice, event = dun(held.value, policy, today=day, now=env.clock.now())
    return await env.commit(held.put(invoice), events=[event], call=cmd.call)


async def end_dunning_block(env: Env, cmd: EndDunningBlock) -> Invoice:
    """The invoice, without its block if the last day of that has passed."""
    held = await env.load(INVOICES, cmd.id, call=cmd.call)
    blocked = held.value.dunning_block
    if blocked is None or blocked.until is None or today(env) <= blocked.until:
        return held.value
    invoice, event = end_block(held.value, now=env.clock.now())
    return await env.commit(held.put(invoice), events=[event], call=cmd.call)
