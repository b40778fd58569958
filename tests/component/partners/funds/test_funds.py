"""A fund is opened, topped up, reserved from and closed; its ledger explains every figure."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.call import Call
from libs.decisions.four_eyes import ConfirmDecision, Outcome
from libs.errors import EtagMismatch, InvalidInput, NotFound, WrongState
from libs.money import Money
from libs.person import PersonalText
from services.partners.funds.domain.fund import FundHasSuccessor, FundOverlaps, FundRate
from services.partners.funds.domain.ledger import FundExhausted
from services.partners.funds.domain.states import FundBasis, FundingRequestState, FundState
from services.partners.funds.jobs import close_funds, expire_funding_requests, settle_funds
from services.partners.funds.usecases import funds, requests
from services.partners.funds.usecases.deciding import FOUR_EYES
from services.partners.settings import Policy
from tests.builders import a_call_of, asked_by
from tests.component.partners.funds.acts import (
    approve,
    approved,
    draft,
    get_fund,
    ledger,
    lines,
    open_fund,
    submit,
)
from tests.component.partners.harness import Harness
from tests.unit.partners.funds.built import FIRST, LAST, eur

ACCRUED: dict[str, Any] = {"basis": FundBasis.ACCRUED, "rates": (FundRate(basis_points=100),)}


async def top_up(harness: Harness, id: str, amount: Money, **fields: Any) -> Any:
    """A fund with more budget."""
    return await harness.run(funds.top_up_fund, funds.TopUpFund, id=id, amount=amount, **fields)


async def test_a_budget_is_booked_when_the_fund_is_opened_and_told(harness: Harness) -> None:
    partner = await harness.active()
    harness.events()
    fund = await open_fund(harness, partner.id, request_id="open")
    assert harness.names() == ["FundOpened", "FundEntryBooked"]
    assert (fund.version, fund.available, fund.time_zone) == (1, eur(1000), "Europe/Berlin")
    assert await open_fund(harness, partner.id, request_id="open") == fund
    [entry] = await ledger(harness, fund)
    assert (entry.number, entry.document_id, entry.available) == (1, fund.id, eur(1000))
    await top_up(harness, fund.id, eur("0.50"), reference="B-7", request_id="more")
    await top_up(harness, fund.id, eur("0.50"), reference="B-7", request_id="more")
    assert await lines(harness, fund) == [(1, "ACCRUE", "1000"), (2, "ACCRUE", "0.5")]
    assert harness.names() == ["FundToppedUp", "FundEntryBooked"]
    with pytest.raises(EtagMismatch):
        await top_up(harness, fund.id, eur(1), etag="1")
    with pytest.raises(InvalidInput):
        await top_up(harness, fund.id, Money.of(1, "USD"))


async def test_only_a_partner_in_business_gets_a_fund(harness: Harness) -> None:
    applicant = await harness.apply()
    with pytest.raises(WrongState):
        await open_fund(harness, applicant.id)
    with pytest.raises(NotFound):
        await open_fund(harness, applicant.id[:-1] + "0")


async def test_a_fund_beyond_all_calendars_is_refused(harness: Harness) -> None:
    partner = await harness.active()
    for last in (date.max, date.max - timedelta(days=30), date(2200, 1, 1)):
        with pytest.raises(InvalidInput) as refused:
            await open_fund(harness, partner.id, last_day=last)
        assert [(one.field, one.reason) for one in refused.value.violations] == [("last_day", "OUT_OF_RANGE")]


async def test_accrued_funds_do_not_overlap_and_begin_empty(harness: Harness) -> None:
    partner = await harness.active()
    fund = await open_fund(harness, partner.id, **ACCRUED)
    assert await lines(harness, fund) == []
    with pytest.raises(FundOverlaps):
        await open_fund(harness, partner.id, **ACCRUED)
    await open_fund(harness, partner.id)  # a discretionary fund counts no revenue


async def test_a_request_reserves_and_a_refused_one_says_what_is_there(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    request = await submit(harness, await draft(harness, fund, eur(700)))
    assert (request.state, request.reserved) == (FundingRequestState.SUBMITTED, eur(700))
    another = await draft(harness, fund, eur(400))
    with pytest.raises(FundExhausted) as refused:
        await submit(harness, another)
    told = {name: refused.value.metadata[name] for name in ("available", "asked", "currency", "entry")}
    assert told == {"available": "300.0000", "asked": "400.0000", "currency": "EUR", "entry": "2"}
    await approve(harness, request, amount=eur(600))
    await submit(harness, another)
    assert await lines(harness, fund) == [
        (1, "ACCRUE", "1000"),
        (2, "RESERVE", "700"),
        (3, "RELEASE", "100"),
        (4, "RESERVE", "400"),
    ]
    assert {one.document_id for one in await ledger(harness, fund)} == {fund.id, request.id, another.id}


async def test_what_is_rejected_or_withdrawn_is_available_again(harness: Harness) -> None:
    partner = await harness.active()
    fund = await open_fund(harness, partner.id)
    one, other = [await submit(harness, await draft(harness, fund)) for _ in range(2)]
    why = PersonalText(text="Not this year.")
    rejected = await harness.run(
        requests.reject_funding_request, requests.RejectFundingRequest, id=one.id, reason=why, request_id="no"
    )
    seen = await requests.get_funding_request(
        harness.env, requests.GetFundingRequest(call=a_call_of(partner.id), id=one.id)
    )
    assert (rejected.state, seen.reject_reason) == (FundingRequestState.REJECTED, why)
    harness.events()
    await harness.run(requests.cancel_funding_request, requests.CancelFundingRequest, id=other.id)
    assert harness.names() == ["FundingRequestCanceled", "FundEntryBooked"]
    assert (await get_fund(harness, fund)).available == eur(1000)
    assert [kind for _, kind, _ in await lines(harness, fund)].count("RELEASE") == 2


def letting_one(harness: Harness, **units: int) -> None:
    """The same service under another policy."""
    harness.env.settings = replace(harness.env.settings, policy=Policy(funding_request_alone_up_to=units))


async def test_a_large_request_is_approved_by_two_persons(harness: Harness) -> None:
    letting_one(harness, EUR=100)
    fund = await open_fund(harness, (await harness.active()).id)
    may = ("partners.funding_request.approve",)

    async def approve_by(call: Call, id: str, amount: Money | None = None) -> Outcome[Any]:
        return await FOUR_EYES.run(harness.env, requests.ApproveFundingRequest(call=call, id=id, amount=amount))

    small, large = [await submit(harness, await draft(harness, fund, eur(one))) for one in (100, "100.01")]
    assert (await approve_by(asked_by("dev:anna", *may), small.id)).decision is None
    asked = await approve_by(asked_by("dev:anna", *may), large.id)
    assert asked.decision is not None
    assert asked.resource.state is FundingRequestState.SUBMITTED
    assert asked.decision.summary == f"approve {large.id}: 100.0100 EUR of fund {fund.id}"
    confirm = ConfirmDecision(call=asked_by("dev:bernd", *may), id=asked.decision.id)
    harness.events()
    await harness.env.run(FOUR_EYES.confirm, confirm)
    assert harness.names() == ["DecisionConfirmed", "FundingRequestApproved"]
    lowered = await submit(harness, await draft(harness, fund, eur(500)))
    assert (await approve_by(asked_by("dev:anna", *may), lowered.id, eur(100))).decision is None
    assert await lines(harness, fund)


async def test_what_nobody_needs_expires_when_the_fund_closes(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    waiting, kept = await submit(harness, await draft(harness, fund)), await approved(harness, fund)
    unsent = await draft(harness, fund)
    assert await expire_funding_requests(harness.env) == 0
    harness.clock.advance(timedelta(days=30))  # the first of April
    assert await expire_funding_requests(harness.env) == 2
    assert await close_funds(harness.env) == 0
    harness.clock.advance(timedelta(days=30))  # the first of May
    assert await close_funds(harness.env) == 1
    assert await settle_funds(harness.env) == 0
    assert await expire_funding_requests(harness.env) == 1
    assert await settle_funds(harness.env) == 1
    assert [await settle_funds(harness.env), await close_funds(harness.env)] == [0, 0]
    for one in (waiting, kept, unsent):
        found = await harness.look(requests.get_funding_request, requests.GetFundingRequest, id=one.id)
        assert found.state is FundingRequestState.EXPIRED
    closed = await get_fund(harness, fund)
    assert (closed.state, closed.available, closed.expired) == (FundState.CLOSED, eur(0), eur(1000))
    assert (await lines(harness, fund))[-3:] == [(5, "EXPIRE", "900"), (6, "RELEASE", "100"), (7, "EXPIRE", "100")]
    with pytest.raises(WrongState):
        await draft(harness, fund)


async def test_one_fund_follows_another(harness: Harness) -> None:
    partner = await harness.active()
    first = await open_fund(harness, partner.id)
    later: dict[str, Any] = {"first_day": LAST + timedelta(days=1), "last_day": LAST + timedelta(days=90)}
    following = await open_fund(harness, partner.id, previous_fund_id=first.id, **later)
    assert (await get_fund(harness, first)).next_fund_id == following.id
    with pytest.raises(FundHasSuccessor):
        await open_fund(harness, partner.id, previous_fund_id=first.id, **later)


async def test_funds_and_requests_are_listed_by_what_they_are(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    mine = [await open_fund(harness, partner.id), await open_fund(harness, partner.id, Money.of(900, "JPY"))]
    theirs = await open_fund(harness, other.id)
    every = await harness.pages(funds.list_funds, funds.ListFunds, page_size=1)
    assert [one.id for one in every] == [mine[0].id, mine[1].id, theirs.id]
    some = await harness.pages(funds.list_funds, funds.ListFunds, partner_id=partner.id, currency="JPY")
    assert [one.id for one in some] == [mine[1].id]
    made = [await draft(harness, mine[0]), await draft(harness, theirs)]
    found = await harness.pages(requests.list_funding_requests, requests.ListFundingRequests, fund_id=theirs.id)
    assert [one.id for one in found] == [made[1].id]
    by_state = {"partner_id": partner.id, "state": FundingRequestState.DRAFT, "order_by": "update_time desc"}
    found = await harness.pages(requests.list_funding_requests, requests.ListFundingRequests, **by_state)
    assert [one.id for one in found] == [made[0].id]


async def test_a_draft_names_all_its_faults(harness: Harness) -> None:
    fund = await open_fund(harness, (await harness.active()).id)
    with pytest.raises(InvalidInput) as refused:
        await draft(harness, fund, eur("1.001"), first_day=FIRST - timedelta(days=1))
    assert [one.reason for one in refused.value.violations] == ["BAD_AMOUNT", "OUTSIDE_PERIOD"]
