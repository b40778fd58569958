"""Claims are submitted, corrected, approved by one or two persons and paid; the ledger has what was spent."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.call import Call
from libs.decisions.four_eyes import ConfirmDecision, Outcome
from libs.errors import AppError, Contended, WrongState
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.partners.fund_claims.domain import ClaimTooLate, FundClaim, MoreThanApproved
from services.partners.fund_claims.usecases import claims
from services.partners.fund_claims.usecases.deciding import FOUR_EYES
from services.partners.funds.domain.request import ClaimsOpen, FundingRequest
from services.partners.funds.domain.states import FundClaimState, FundingRequestState, FundTreatment
from services.partners.funds.jobs import close_funds, expire_funding_requests, settle_funds
from services.partners.funds.usecases import requests
from services.partners.settings import Policy
from tests.builders import asked_by
from tests.component.partners.funds.acts import (
    PROOF,
    accept,
    approved,
    claim,
    get_fund,
    give_back,
    ledger,
    lines,
    open_fund,
    pay,
)
from tests.component.partners.harness import Harness
from tests.unit.partners.funds.built import eur


async def request_now(harness: Harness, request: FundingRequest) -> FundingRequest:
    """The request as it is now."""
    return await harness.look(requests.get_funding_request, requests.GetFundingRequest, id=request.id)


async def resubmit(harness: Harness, one: FundClaim, **fields: Any) -> FundClaim:
    """A returned claim, submitted again."""
    given = {"amount": one.amount, "evidence": PROOF, **fields}
    return await harness.run(claims.resubmit_fund_claim, claims.ResubmitFundClaim, id=one.id, **given)


async def test_a_claim_is_corrected_approved_and_paid(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    request = await approved(harness, fund)
    harness.events()
    first = await claim(harness, request, request_id="claim")
    assert await claim(harness, request, request_id="claim") == first
    returned = await give_back(harness, first)
    sent = await resubmit(harness, returned, amount=eur(30))
    done = await accept(harness, sent, fair_value=eur(20))
    assert (done.state, done.price_reduction) == (FundClaimState.APPROVED, eur(10))
    paid = await pay(harness, done, payment_reference="P-1", request_id="pay")
    assert await pay(harness, done, payment_reference="P-1", request_id="pay") == paid
    told = ["Submitted", "Returned", "Submitted", "Approved", "Paid"]
    assert harness.names() == [*(f"FundClaim{one}" for one in told), "FundEntryBooked"]
    assert (await lines(harness, fund))[2:] == [(3, "SPEND", "30")]
    entry = (await ledger(harness, fund))[-1]
    assert (entry.document_id, entry.reference) == (paid.id, "P-1")
    now = await request_now(harness, request)
    assert (now.reserved, now.spent, now.claimed, now.finished) == (eur(70), eur(30), eur(0), False)


async def test_the_final_claim_gives_the_rest_back_to_the_fund(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    request = await approved(harness, fund)
    await pay(harness, await accept(harness, await claim(harness, request)))
    last = await claim(harness, request, eur(35), final=True)
    with pytest.raises(ClaimsOpen):
        await harness.run(requests.cancel_funding_request, requests.CancelFundingRequest, id=request.id)
    await pay(harness, await accept(harness, last))
    assert (await lines(harness, fund))[2:] == [(3, "SPEND", "40"), (4, "SPEND", "35"), (5, "RELEASE", "25")]
    assert (await get_fund(harness, fund)).available == eur(925)


async def test_a_large_claim_is_approved_by_two_persons(harness: Harness) -> None:
    harness.env.settings = replace(harness.env.settings, policy=Policy(fund_claim_alone_up_to={"EUR": 40}))
    fund = await open_fund(harness, (await harness.active()).id)
    request = await approved(harness, fund)
    small, large = await claim(harness, request), await claim(harness, request, eur("40.01"))

    async def approve_by(call: Call, id: str) -> Outcome[Any]:
        wanted = claims.ApproveFundClaim(call=call, id=id, treatment=FundTreatment.PRICE_REDUCTION)
        return await FOUR_EYES.run(harness.env, wanted)

    may = ("partners.fund_claim.approve",)
    assert (await approve_by(asked_by("dev:anna", *may), small.id)).decision is None
    asked = await approve_by(asked_by("dev:anna", *may), large.id)
    assert asked.decision is not None
    assert asked.resource.state is FundClaimState.SUBMITTED
    assert asked.decision.summary == f"approve {large.id}: 40.0100 EUR of fund {fund.id}, PRICE_REDUCTION"
    confirm = ConfirmDecision(call=asked_by("dev:bernd", *may), id=asked.decision.id)
    await harness.env.run(FOUR_EYES.confirm, confirm)
    found = await harness.look(claims.get_fund_claim, claims.GetFundClaim, id=large.id)
    assert found.state is FundClaimState.APPROVED


async def test_claims_that_came_in_time_are_paid_after_the_fund_is_closed(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    request = await approved(harness, fund)
    sent, wrong = await claim(harness, request), await claim(harness, request, eur(20))
    await give_back(harness, wrong)
    harness.clock.advance(timedelta(days=60))  # the first of May
    assert [await expire_funding_requests(harness.env), await close_funds(harness.env)] == [1, 1]
    with pytest.raises(ClaimTooLate):
        await resubmit(harness, wrong)
    now = await request_now(harness, request)
    assert (now.state, now.reserved, now.finished) == (FundingRequestState.APPROVED, eur(40), True)
    await pay(harness, await accept(harness, sent))
    assert await settle_funds(harness.env) == 0
    closed = await get_fund(harness, fund)
    assert (closed.spent, closed.expired, closed.available) == (eur(40), eur(960), eur(0))
    assert await lines(harness, fund)


async def test_a_claim_returned_at_the_end_has_a_fortnight(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    request = await approved(harness, fund)
    sent = await claim(harness, request)
    harness.clock.advance(timedelta(days=60))
    await expire_funding_requests(harness.env)
    await close_funds(harness.env)
    await give_back(harness, sent)
    harness.clock.advance(timedelta(days=14))
    assert await expire_funding_requests(harness.env) == 0
    harness.clock.advance(timedelta(days=1))
    assert await expire_funding_requests(harness.env) == 1
    assert (await request_now(harness, request)).state is FundingRequestState.EXPIRED
    assert await settle_funds(harness.env) == 1
    closed = await get_fund(harness, fund)
    assert (closed.reserved, closed.expired) == (eur(0), eur(1000))


async def test_only_an_approved_claim_is_paid(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    sent = await claim(harness, await approved(harness, fund))
    with pytest.raises(WrongState):
        await pay(harness, sent)


async def test_claims_are_listed_by_request_and_state(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    one, other = await approved(harness, fund), await approved(harness, fund)
    made = [await claim(harness, one, eur(1)), await claim(harness, one, eur(2)), await claim(harness, other)]
    await give_back(harness, made[1])
    found = await harness.pages(claims.list_fund_claims, claims.ListFundClaims, funding_request_id=one.id, page_size=1)
    assert [row.id for row in found] == [made[0].id, made[1].id]
    waiting = {"partner_id": fund.partner_id, "state": FundClaimState.RETURNED}
    found = await harness.pages(claims.list_fund_claims, claims.ListFundClaims, **waiting)
    assert [row.id for row in found] == [made[1].id]


async def test_of_twenty_claims_at_once_as_many_are_taken_as_were_approved(either_store: Store, keys: Keys) -> None:
    harnesses = [Harness(either_store, keys) for _ in range(2)]
    fund = await open_fund(harnesses[0], (await harnesses[0].active()).id)
    request = await approved(harnesses[0], fund)

    async def outcome(place: int) -> str:
        while True:
            try:
                await claim(harnesses[place % 2], request, eur(30), request_id=f"claim {place}")
            except Contended:
                continue
            except AppError as err:
                return err.reason
            return "done"

    results = await asyncio.gather(*(outcome(place) for place in range(20)))
    assert (results.count("done"), results.count(MoreThanApproved.reason)) == (3, 17)
    assert (await request_now(harnesses[0], request)).claimed == eur(90)
