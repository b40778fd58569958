"""Submits, returns, approves and pays claims."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

from libs.call import Command, ResourceCommand
from libs.errors import InvalidInput
from libs.money import Money
from libs.person import PersonalText
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Loaded, Page, create
from services.partners.fund_claims import domain
from services.partners.fund_claims.documents import FUND_CLAIMS
from services.partners.fund_claims.domain import Claimed, FundClaim, FundEvidence
from services.partners.funds.documents import FUNDING_REQUESTS, FUNDS
from services.partners.funds.domain.fund import Fund
from services.partners.funds.domain.request import FundingRequest
from services.partners.funds.domain.states import FundClaimState, FundTreatment
from services.partners.funds.events import (
    FundClaimApproved,
    FundClaimEvent,
    FundClaimPaid,
    FundClaimReturned,
    FundClaimSubmitted,
)
from services.partners.funds.reads import fund_lock, posted
from services.partners.settings import Env


class SubmitFundClaim(Command, frozen=True, kw_only=True):
    """Claim money for an approved request."""

    funding_request_id: str
    amount: Money
    evidence: tuple[FundEvidence, ...]
    final: bool = False


class ResubmitFundClaim(ResourceCommand, frozen=True, kw_only=True):
    """Submit a returned claim again, corrected."""

    amount: Money
    evidence: tuple[FundEvidence, ...]
    final: bool = False


class ReturnFundClaim(ResourceCommand, frozen=True, kw_only=True):
    """Return a claim to the partner, whose people read the reason."""

    reason: PersonalText


class ApproveFundClaim(ResourceCommand, frozen=True, kw_only=True):
    """Approve a claim, and say how its payment is accounted for."""

    treatment: FundTreatment
    fair_value: Money | None = None


class PayFundClaim(ResourceCommand, frozen=True, kw_only=True):
    """Record that a claim was paid."""

    payment_reference: str = ""


class GetFundClaim(Command, frozen=True, kw_only=True):
    """Show one claim."""

    id: str


class ListFundClaims(ListCommand, frozen=True, kw_only=True):
    """List claims; an empty filter matches all of them."""

    partner_id: str = ""
    funding_request_id: str = ""
    state: FundClaimState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class Claiming(NamedTuple):
    """A claim, its request and its fund, loaded under the lock of the fund."""

    claim: Loaded[FundClaim]
    request: Loaded[FundingRequest]
    fund: Loaded[Fund]


async def submit_fund_claim(env: Env, cmd: SubmitFundClaim) -> FundClaim:
    """The new claim, SUBMITTED. WrongState, InvalidInput, and what `domain.submit` raises."""
    seen = await env.load(FUNDING_REQUESTS, cmd.funding_request_id, call=cmd.call)
    async with fund_lock(env, seen.value.fund_id):
        request = await env.load(FUNDING_REQUESTS, cmd.funding_request_id, call=cmd.call)
        fund = await env.load(FUNDS, request.value.fund_id, call=cmd.call)
        _refuse_wrong(cmd, fund.value)
        done = domain.submit(_new_claim(env, cmd, request.value), request.value, fund.value, now=env.clock.now())
        told = domain.event(FundClaimSubmitted, done.claim)
        return await env.commit(
            create(FUND_CLAIMS, done.claim), request.put(done.request), events=[told], call=cmd.call
        )


async def resubmit_fund_claim(env: Env, cmd: ResubmitFundClaim) -> FundClaim:
    """The claim, SUBMITTED again. InvalidInput, and what `domain.resubmit` raises."""
    async with _held(env, cmd) as held:
        _refuse_wrong(cmd, held.fund.value)
        done = domain.resubmit(
            held.claim.value,
            held.request.value,
            held.fund.value,
            amount=cmd.amount,
            evidence=cmd.evidence,
            final=cmd.final,
            now=env.clock.now(),
        )
        return await _committed(env, cmd, held, done=done, told=domain.event(FundClaimSubmitted, done.claim))


async def return_fund_claim(env: Env, cmd: ReturnFundClaim) -> FundClaim:
    """The claim, RETURNED. InvalidInput."""
    async with _held(env, cmd) as held:
        claim, request, fund = held.claim.value, held.request.value, held.fund.value
        done = domain.give_back(claim, request, fund, reason=cmd.reason, now=env.clock.now())
        return await _committed(env, cmd, held, done=done, told=domain.event(FundClaimReturned, done.claim))


async def approve_fund_claim(env: Env, cmd: ApproveFundClaim) -> FundClaim:
    """The claim, APPROVED. InvalidInput."""
    loaded = await env.load(FUND_CLAIMS, cmd.id, call=cmd.call, etag=cmd.etag)
    claim = domain.approve(loaded.value, treatment=cmd.treatment, fair_value=cmd.fair_value, now=env.clock.now())
    told = domain.event(FundClaimApproved, claim, treatment=claim.treatment, price_reduction=claim.price_reduction)
    return await env.commit(loaded.put(claim), events=[told], call=cmd.call)


async def pay_fund_claim(env: Env, cmd: PayFundClaim) -> FundClaim:
    """The claim, PAID, with its amount spent."""
    async with _held(env, cmd) as held:
        done = domain.pay(held.claim.value, held.request.value, reference=cmd.payment_reference, now=env.clock.now())
        told = domain.event(FundClaimPaid, done.claim, final=done.claim.final)
        return await _committed(env, cmd, held, done=done, told=told)


async def get_fund_claim(env: Env, cmd: GetFundClaim) -> FundClaim:
    """The claim as it is now; NotFound."""
    return await env.show(FUND_CLAIMS, cmd.id, call=cmd.call)


async def list_fund_claims(env: Env, cmd: ListFundClaims) -> Page[FundClaim]:
    """One page of claims, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "partner_id", "funding_request_id", "state")
    return await env.listing(FUND_CLAIMS, filters, call=cmd.call, **paged(cmd, UPDATED))


@asynccontextmanager
async def _held(env: Env, cmd: ResourceCommand) -> AsyncIterator[Claiming]:
    seen = await env.load(FUND_CLAIMS, cmd.id, call=cmd.call)
    async with fund_lock(env, seen.value.fund_id):
        claim = await env.load(FUND_CLAIMS, cmd.id, call=cmd.call, etag=cmd.etag)
        request = await env.load(FUNDING_REQUESTS, claim.value.funding_request_id, call=cmd.call)
        yield Claiming(claim, request, await env.load(FUNDS, claim.value.fund_id, call=cmd.call))


async def _committed(
    env: Env, cmd: ResourceCommand, held: Claiming, *, done: Claimed, told: FundClaimEvent
) -> FundClaim:
    ledger = posted(env, held.fund, done.postings)
    return await env.commit(
        held.claim.put(done.claim),
        held.request.put(done.request),
        *ledger.writes,
        events=[told, *ledger.events],
        call=cmd.call,
    )


def _refuse_wrong(cmd: SubmitFundClaim | ResubmitFundClaim, fund: Fund) -> None:
    if wrong := [*domain.claim_violations(cmd.amount, cmd.evidence, fund.currency)]:
        raise InvalidInput(wrong)


def _new_claim(env: Env, cmd: SubmitFundClaim, request: FundingRequest) -> FundClaim:
    now = env.clock.now()
    return FundClaim(
        id=env.ids.new("fcl"),
        funding_request_id=request.id,
        fund_id=request.fund_id,
        partner_id=request.partner_id,
        amount=cmd.amount,
        final=cmd.final,
        evidence=cmd.evidence,
        submit_time=now,
        create_time=now,
        update_time=now,
    )
