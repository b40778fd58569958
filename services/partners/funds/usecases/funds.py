"""Opens funds, adds to their budgets, and shows them with their ledgers."""

from datetime import date, datetime

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.country import time_zone_of
from libs.errors import InvalidInput, require_state
from libs.money import Money
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Loaded, Page, Write, create, get
from services.partners.agreement.reads import require_funds
from services.partners.funds.documents import FUND_BOOKS, FUND_ENTRIES, FUNDS
from services.partners.funds.domain.fund import (
    Fund,
    FundBook,
    FundRate,
    amount_violations,
    followed,
    fund_violations,
    listed,
    opened,
    require_budget,
)
from services.partners.funds.domain.ledger import FundEntry, Posting
from services.partners.funds.domain.states import FundBasis, FundEntryType, FundState
from services.partners.funds.events import FundToppedUp
from services.partners.funds.reads import fund_lock, posted
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import MAY_BE_GRANTED
from services.partners.settings import Env

_BY_NUMBER = "number"


class OpenFund(Command, frozen=True, kw_only=True):
    """Open a fund for a partner."""

    partner_id: str
    name: str
    currency: str
    basis: FundBasis
    budget: Money | None = None
    rates: tuple[FundRate, ...] = ()
    first_day: date
    last_day: date
    claim_days: int = 0
    previous_fund_id: str = ""


class TopUpFund(ResourceCommand, frozen=True, kw_only=True):
    """Add to the budget of a fund."""

    amount: Money
    reference: str = ""


class GetFund(Command, frozen=True, kw_only=True):
    """Show one fund."""

    id: str


class ListFunds(ListCommand, frozen=True, kw_only=True):
    """List funds; an empty filter matches all of them."""

    partner_id: str = ""
    state: FundState | None = None
    currency: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class ListFundEntries(ListCommand, frozen=True, kw_only=True):
    """List the ledger of a fund, or its entries about one document."""

    fund_id: str
    document_id: str = ""


async def open_fund(env: Env, cmd: OpenFund) -> Fund:
    """The new fund, with its budget booked. WrongState, NoAgreement, InvalidInput, FundOverlaps, TooManyFunds,
    FundHasSuccessor."""
    async with env.settings.locks.of(f"funds:{cmd.partner_id}"), fund_lock(env, cmd.previous_fund_id):
        partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
        require_state("partner", partner.id, partner.status, action="open a fund", allowed=MAY_BE_GRANTED)
        await require_funds(env, partner.id)
        previous = await env.load(FUNDS, cmd.previous_fund_id, call=cmd.call) if cmd.previous_fund_id else None
        fund = _new_fund(env, cmd, partner)
        if wrong := [*fund_violations(fund, cmd.budget, previous=previous.value if previous else None)]:
            raise InvalidInput(wrong)
        fund = replace(fund, closes_at=fund.end_of(fund.claims_until))
        budget = cmd.budget or Money.zero(cmd.currency)
        fresh = Loaded(FUNDS, fund)
        ledger = posted(env, fresh, [Posting(FundEntryType.ACCRUE, budget, fund.id)])
        put = ledger.fund or create(FUNDS, fund)
        return await env.commit(
            put,
            *ledger.entries,
            *await _around(env, fund, previous),
            events=[opened(fund), *ledger.events],
            call=cmd.call,
        )


async def top_up_fund(env: Env, cmd: TopUpFund) -> Fund:
    """The fund with more budget. WrongState, FundAccrues, InvalidInput."""
    async with fund_lock(env, cmd.id):
        loaded = await env.load(FUNDS, cmd.id, call=cmd.call, etag=cmd.etag)
        require_budget(loaded.value)
        if wrong := [*amount_violations("amount", cmd.amount, loaded.value.currency)]:
            raise InvalidInput(wrong)
        ledger = posted(env, loaded, [Posting(FundEntryType.ACCRUE, cmd.amount, cmd.id, cmd.reference)])
        assert ledger.fund is not None
        told = FundToppedUp(fund_id=cmd.id, partner_id=loaded.value.partner_id, amount=cmd.amount)
        return await env.commit(ledger.fund, *ledger.entries, events=[told, *ledger.events], call=cmd.call)


async def get_fund(env: Env, cmd: GetFund) -> Fund:
    """The fund as it is now; NotFound."""
    return await env.show(FUNDS, cmd.id, call=cmd.call)


async def list_funds(env: Env, cmd: ListFunds) -> Page[Fund]:
    """One page of funds, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "partner_id", "state", "currency")
    return await env.listing(FUNDS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def list_fund_entries(env: Env, cmd: ListFundEntries) -> Page[FundEntry]:
    """One page of the ledger, by number."""
    fund = await env.show(FUNDS, cmd.fund_id, call=cmd.call)
    filters = {"partner_id": fund.partner_id, **filters_of(cmd, "fund_id", "document_id")}
    by_number = replace(cmd, order_by=cmd.order_by or _BY_NUMBER)
    return await env.listing(FUND_ENTRIES, filters, call=cmd.call, **paged(by_number))


async def _around(env: Env, fund: Fund, previous: Loaded[Fund] | None) -> tuple[Write, ...]:
    """The writes of the previous fund and of the partner's book that open this one."""
    writes: list[Write] = []
    if previous is not None:
        writes.append(previous.put(followed(previous.value, fund, now=env.clock.now())))
    if fund.basis is FundBasis.ACCRUED:
        loaded = await get(env.store, FUND_BOOKS, fund.partner_id)
        book = listed(loaded.value if loaded else FundBook(id=fund.partner_id), fund)
        writes.append(loaded.put(book) if loaded else create(FUND_BOOKS, book))
    return tuple(writes)


def _new_fund(env: Env, cmd: OpenFund, partner: Partner) -> Fund:
    now, nothing = env.clock.now(), Money.zero(cmd.currency)
    return Fund(
        id=env.ids.new("fnd"),
        partner_id=partner.id,
        name=cmd.name,
        basis=cmd.basis,
        rates=cmd.rates,
        currency=cmd.currency,
        first_day=cmd.first_day,
        last_day=cmd.last_day,
        claim_days=cmd.claim_days,
        time_zone=time_zone_of(partner.country, env.directory.here.time_zone),
        previous_fund_id=cmd.previous_fund_id,
        accrued=nothing,
        reserved=nothing,
        spent=nothing,
        expired=nothing,
        create_time=now,
        update_time=now,
    )
