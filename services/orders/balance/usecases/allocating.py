"""Allocates credits to invoices, by call or the oldest first, and reverses allocations."""

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.money import Money
from libs.store.port import Loaded
from services.orders.balance.documents import ALLOCATIONS
from services.orders.balance.domain.allocation import (
    INVOICES_PER_CALL,
    Allocation,
    AllocationPart,
    NothingToAllocate,
    Share,
    allocated,
    oldest_first,
    part_violations,
    reversed_allocation,
    shares_of,
    used,
)
from services.orders.balance.reads import (
    allocate,
    allocation_reversed,
    oldest_credits,
    oldest_invoices,
    reclaim,
)
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.reads import Change, settlement
from services.orders.credit.documents import ACCOUNTS, PARTNER_CREDITS
from services.orders.credit.domain import CreditAccount, PartnerCredit
from services.orders.credit.reads import account_lock, account_of
from services.orders.record.domain.violations import refuse
from services.orders.settings import Env


class AllocateCredit(Command, frozen=True, kw_only=True):
    """Allocate a credit to these invoices; without parts, to those that are due first."""

    credit_id: str
    etag: str = ""
    parts: tuple[AllocationPart, ...] = ()


class ReverseAllocation(ResourceCommand, frozen=True, kw_only=True):
    """Reverse an allocation."""


class AllocateOldest(Command, frozen=True, kw_only=True):
    """Allocate the open credits of an account to its invoices, the oldest first."""

    id: str


async def allocate_credit(env: Env, cmd: AllocateCredit) -> PartnerCredit:
    """The credit with what was allocated. The same commit updates the invoices, their orders and the account."""
    seen = (await env.load(PARTNER_CREDITS, cmd.credit_id, call=cmd.call)).value
    async with account_lock(env, seen.partner_id, seen.currency):
        held = await env.load(PARTNER_CREDITS, cmd.credit_id, call=cmd.call, etag=cmd.etag)
        invoices, shares = await _wanted(env, cmd, held.value)
        done = await allocate(
            env,
            seen.partner_id,
            shares,
            credits=[held],
            invoices=invoices,
            opened=Money.zero(seen.currency),
            call=cmd.call,
        )
        return await env.commit(done.credits[0], *done.writes, events=done.events, call=cmd.call)


async def reverse_allocation(env: Env, cmd: ReverseAllocation) -> Allocation:
    """The allocation, reversed. The same commit reopens the amount on its credit and its invoice, for which other
    credits may count again."""
    seen = (await env.load(ALLOCATIONS, cmd.id, call=cmd.call)).value
    async with account_lock(env, seen.partner_id, seen.amount.currency):
        held = await env.load(ALLOCATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
        now, amount = env.clock.now(), held.value.amount
        put = held.put(reversed_allocation(held.value, today=env.today(), now=now))
        credit = await env.load(PARTNER_CREDITS, seen.credit_id, call=cmd.call)
        invoice = await env.load(INVOICES, seen.invoice_id, call=cmd.call)
        change = Change(invoice, allocated(invoice.value, -amount, now=now))
        again = await reclaim(env, [change], currency=amount.currency, spare=seen.credit_id)
        rest = await settlement(env, seen.partner_id, again.changes, owed=amount + again.owed, call=cmd.call)
        return await env.commit(
            put,
            credit.put(used(credit.value, allocated=-amount, now=now)),
            *again.writes,
            *rest.writes,
            events=[allocation_reversed(seen), *again.events, *rest.events],
            call=cmd.call,
        )


async def allocate_oldest(env: Env, cmd: AllocateOldest) -> PartnerCredit | CreditAccount:
    """The oldest credit with what was allocated; credits that a person holds back stay as they are. If nothing can be
    allocated: the account, which is not settleable until its next change."""
    seen = (await env.load(ACCOUNTS, cmd.id, call=cmd.call)).value
    async with account_lock(env, seen.partner_id, seen.currency):
        account = await account_of(env, seen.partner_id, seen.currency)
        sources = await oldest_credits(env, seen.partner_id, seen.currency, most=INVOICES_PER_CALL, by_policy=True)
        invoices = await oldest_invoices(env, seen.partner_id, seen.currency, most=INVOICES_PER_CALL)
        shares = oldest_first([one.value for one in sources], [one.value for one in invoices], most=INVOICES_PER_CALL)
        if not shares:
            return await env.commit(account.put(replace(account.value, settleable=False)), call=cmd.call)
        done = await allocate(
            env,
            seen.partner_id,
            shares,
            credits=sources,
            invoices=invoices,
            opened=Money.zero(seen.currency),
            call=cmd.call,
        )
        return await env.commit(*done.credits, *done.writes, events=done.events, call=cmd.call)


async def _wanted(
    env: Env, cmd: AllocateCredit, credit: PartnerCredit
) -> tuple[tuple[Loaded[Invoice], ...], tuple[Share, ...]]:
    """The invoices that the call names, or those that are due first, and the shares to allocate. InvalidInput,
    MoreThanOpen, MoreThanCredit, NothingToAllocate."""
    if not cmd.parts:
        invoices = await oldest_invoices(env, credit.partner_id, credit.currency, most=INVOICES_PER_CALL)
        shares = oldest_first([credit], [one.value for one in invoices], most=INVOICES_PER_CALL)
        if not shares:
            raise NothingToAllocate("credit or invoices of", credit.partner_id)
        return invoices, shares
    found = await env.load_many(INVOICES, [part.invoice_id for part in cmd.parts], call=cmd.call)
    by_id = {one.value.id: one.value for one in found}
    named = [by_id[part.invoice_id] for part in cmd.parts]
    refuse(*part_violations(cmd.parts, named, partner_id=credit.partner_id, currency=credit.currency))
    return tuple(found), shares_of(credit, cmd.parts, named)
