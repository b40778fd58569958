"""Creates, submits, decides and withdraws requests, and ends those whose time is over."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.errors import InvalidInput
from libs.money import Money
from libs.person import PersonalText
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Loaded, Page, create
from services.partners.agreement.reads import require_funds
from services.partners.funds.documents import FUNDING_REQUESTS, FUNDS
from services.partners.funds.domain import request as domain
from services.partners.funds.domain.fund import Fund
from services.partners.funds.domain.request import FundingRequest, Moved
from services.partners.funds.domain.states import FundActivityType, FundingRequestState
from services.partners.funds.events import (
    FundingRequestApproved,
    FundingRequestCanceled,
    FundingRequestCreated,
    FundingRequestEvent,
    FundingRequestExpired,
    FundingRequestRejected,
    FundingRequestSubmitted,
)
from services.partners.funds.reads import locked_request, posted
from services.partners.settings import Env


class CreateFundingRequest(Command, frozen=True, kw_only=True):
    """Create a draft of a request."""

    fund_id: str
    activity_type: FundActivityType
    title: str
    description: PersonalText | None = None
    first_day: date
    last_day: date
    amount: Money
    expected_revenue: Money | None = None


class SubmitFundingRequest(ResourceCommand, frozen=True, kw_only=True):
    """Ask the vendor for the money."""


class CancelFundingRequest(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a request."""


class ApproveFundingRequest(ResourceCommand, frozen=True, kw_only=True):
    """Approve a request, or a part of its amount."""

    amount: Money | None = None


class RejectFundingRequest(ResourceCommand, frozen=True, kw_only=True):
    """Reject a request; the partner's people read the reason."""

    reason: PersonalText


class ExpireFundingRequest(ResourceCommand, frozen=True, kw_only=True):
    """End a request whose time is over."""


class GetFundingRequest(Command, frozen=True, kw_only=True):
    """Show one request."""

    id: str


class ListFundingRequests(ListCommand, frozen=True, kw_only=True):
    """List requests; an empty filter matches all of them."""

    partner_id: str = ""
    fund_id: str = ""
    state: FundingRequestState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def create_funding_request(env: Env, cmd: CreateFundingRequest) -> FundingRequest:
    """The new request, a DRAFT. WrongState, NoAgreement, InvalidInput."""
    fund = (await env.load(FUNDS, cmd.fund_id, call=cmd.call)).value
    domain.require_open(fund)
    await require_funds(env, fund.partner_id)
    if wrong := [*domain.request_violations(fund, first_day=cmd.first_day, last_day=cmd.last_day, amount=cmd.amount)]:
        raise InvalidInput(wrong)
    now, nothing = env.clock.now(), Money.zero(fund.currency)
    request = FundingRequest(
        id=env.ids.new("frq"),
        fund_id=fund.id,
        partner_id=fund.partner_id,
        activity_type=cmd.activity_type,
        title=cmd.title,
        description=cmd.description,
        first_day=cmd.first_day,
        last_day=cmd.last_day,
        amount=cmd.amount,
        expected_revenue=cmd.expected_revenue,
        reserved=nothing,
        spent=nothing,
        claimed=nothing,
        returned=nothing,
        expires_at=fund.end_of(fund.last_day),
        create_time=now,
        update_time=now,
    )
    told = domain.event(FundingRequestCreated, request)
    return await env.commit(create(FUNDING_REQUESTS, request), events=[told], call=cmd.call)


async def submit_funding_request(env: Env, cmd: SubmitFundingRequest) -> FundingRequest:
    """The request, SUBMITTED, with its amount reserved. NoAgreement, FundNotInPeriod, FundExhausted."""
    async with locked_request(env, cmd) as (held, fund):
        await require_funds(env, held.value.partner_id)
        moved = domain.submit(held.value, fund.value, now=env.clock.now())
        told = domain.event(FundingRequestSubmitted, moved.request, amount=moved.request.amount)
        return await _committed(env, cmd, held, fund=fund, moved=moved, told=told)


async def cancel_funding_request(env: Env, cmd: CancelFundingRequest) -> FundingRequest:
    """The request, CANCELED. ClaimsOpen."""
    async with locked_request(env, cmd) as (held, fund):
        moved = domain.cancel(held.value, now=env.clock.now())
        told = domain.event(FundingRequestCanceled, moved.request)
        return await _committed(env, cmd, held, fund=fund, moved=moved, told=told)


async def approve_funding_request(env: Env, cmd: ApproveFundingRequest) -> FundingRequest:
    """The request, APPROVED. FundNotInPeriod, InvalidInput."""
    async with locked_request(env, cmd) as (held, fund):
        moved = domain.approve(held.value, fund.value, amount=cmd.amount, now=env.clock.now())
        told = domain.event(FundingRequestApproved, moved.request, approved_amount=moved.request.approved_amount)
        return await _committed(env, cmd, held, fund=fund, moved=moved, told=told)


async def reject_funding_request(env: Env, cmd: RejectFundingRequest) -> FundingRequest:
    """The request, REJECTED. InvalidInput."""
    async with locked_request(env, cmd) as (held, fund):
        moved = domain.reject(held.value, cmd.reason, now=env.clock.now())
        told = domain.event(FundingRequestRejected, moved.request)
        return await _committed(env, cmd, held, fund=fund, moved=moved, told=told)


async def expire_funding_request(env: Env, cmd: ExpireFundingRequest) -> FundingRequest:
    """The request after its time; unchanged while there is time left."""
    async with locked_request(env, cmd) as (held, fund):
        moved = domain.expire(held.value, now=env.clock.now())
        if moved is None:
            return held.value
        told = domain.event(FundingRequestExpired, moved.request)
        return await _committed(env, cmd, held, fund=fund, moved=moved, told=told)


async def get_funding_request(env: Env, cmd: GetFundingRequest) -> FundingRequest:
    """The request as it is now; NotFound."""
    return await env.show(FUNDING_REQUESTS, cmd.id, call=cmd.call)


async def list_funding_requests(env: Env, cmd: ListFundingRequests) -> Page[FundingRequest]:
    """One page of requests, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "partner_id", "fund_id", "state")
    return await env.listing(FUNDING_REQUESTS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def _committed(
    env: Env,
    cmd: ResourceCommand,
    held: Loaded[FundingRequest],
    *,
    fund: Loaded[Fund],
    moved: Moved,
    told: FundingRequestEvent,
) -> FundingRequest:
    ledger = posted(env, fund, moved.postings)
    return await env.commit(held.put(moved.request), *ledger.writes, events=[told, *ledger.events], call=cmd.call)
