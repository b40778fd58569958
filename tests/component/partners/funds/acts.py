"""What is done with funds in tests, as an RPC would do it."""

from typing import Any

from libs.money import Money
from libs.person import PersonalText
from services.partners.fund_claims.domain import FundClaim, FundEvidence
from services.partners.fund_claims.usecases import claims
from services.partners.funds.domain.fund import Fund
from services.partners.funds.domain.ledger import FundEntry
from services.partners.funds.domain.request import FundingRequest
from services.partners.funds.domain.states import FundActivityType, FundBasis, FundEvidenceKind, FundTreatment
from services.partners.funds.usecases import funds, requests
from tests.component.partners.harness import Harness
from tests.unit.partners.funds.built import FIRST, LAST, eur

PROOF = (FundEvidence(kind=FundEvidenceKind.INVOICE, sha256="a" * 64, reference="R-1", page_count=2),)


async def open_fund(harness: Harness, partner_id: str, budget: Money | None = None, **fields: Any) -> Fund:
    """A discretionary fund of the first quarter, with a thousand euros unless told otherwise."""
    discretionary = fields.get("basis", FundBasis.DISCRETIONARY) is FundBasis.DISCRETIONARY
    money = budget or eur(1000)
    given: dict[str, Any] = {
        "name": "Spring",
        "currency": money.currency,
        "basis": FundBasis.DISCRETIONARY,
        "budget": money if discretionary else None,
        "first_day": FIRST,
        "last_day": LAST,
        "claim_days": 30,
    }
    return await harness.run(funds.open_fund, funds.OpenFund, partner_id=partner_id, **{**given, **fields})


async def draft(harness: Harness, fund: Fund, amount: Money | None = None, **fields: Any) -> FundingRequest:
    """A draft of a request for a hundred euros."""
    given: dict[str, Any] = {
        "activity_type": FundActivityType.TRADE_FAIR,
        "title": "Fair",
        "first_day": FIRST,
        "last_day": LAST,
        "amount": amount or eur(100),
    }
    given = {**given, **fields}
    return await harness.run(requests.create_funding_request, requests.CreateFundingRequest, fund_id=fund.id, **given)


async def submit(harness: Harness, request: FundingRequest, **fields: Any) -> FundingRequest:
    """The request, submitted."""
    return await harness.run(requests.submit_funding_request, requests.SubmitFundingRequest, id=request.id, **fields)


async def approve(harness: Harness, request: FundingRequest, **fields: Any) -> FundingRequest:
    """The request, approved as by two persons."""
    return await harness.run(requests.approve_funding_request, requests.ApproveFundingRequest, id=request.id, **fields)


async def approved(harness: Harness, fund: Fund, amount: Money | None = None) -> FundingRequest:
    """A request that was approved whole."""
    return await approve(harness, await submit(harness, await draft(harness, fund, amount)))


async def get_fund(harness: Harness, fund: Fund) -> Fund:
    """The fund as it is now."""
    return await harness.look(funds.get_fund, funds.GetFund, id=fund.id)


async def ledger(harness: Harness, fund: Fund) -> list[FundEntry]:
    """All entries of a fund, by number."""
    return await harness.pages(funds.list_fund_entries, funds.ListFundEntries, fund_id=fund.id, page_size=7)


async def lines(harness: Harness, fund: Fund) -> list[tuple[int, str, str]]:
    """Number, type and amount of all entries; fails unless they add up to the totals of the fund."""
    entries, now = await ledger(harness, fund), await get_fund(harness, fund)
    assert_adds_up(now, entries)
    return [(one.number, one.type.name, f"{one.amount.decimal.normalize():f}") for one in entries]


def assert_adds_up(fund: Fund, entries: list[FundEntry]) -> None:
    """The totals are the sums over the entries, whose numbers have no gap, and each says what was available then."""
    sums = {"ACCRUE": 0, "RESERVE": 0, "RELEASE": 0, "SPEND": 0, "EXPIRE": 0}
    for number, one in enumerate(entries, start=1):
        sums[one.type.name] += one.amount.amount
        free = sums["ACCRUE"] - sums["RESERVE"] + sums["RELEASE"] - sums["EXPIRE"]
        assert (one.number, one.available.amount) == (number, free)
    assert fund.entry_count == len(entries)
    assert fund.accrued.amount == sums["ACCRUE"]
    assert fund.reserved.amount == sums["RESERVE"] - sums["RELEASE"] - sums["SPEND"]
    assert fund.spent.amount == sums["SPEND"]
    assert fund.expired.amount == sums["EXPIRE"]


async def claim(harness: Harness, request: FundingRequest, amount: Money | None = None, **fields: Any) -> FundClaim:
    """A claim of forty euros with an invoice."""
    given = {"amount": amount or eur(40), "evidence": PROOF, **fields}
    return await harness.run(claims.submit_fund_claim, claims.SubmitFundClaim, funding_request_id=request.id, **given)


async def accept(harness: Harness, one: FundClaim, **fields: Any) -> FundClaim:
    """The claim, approved as by two persons."""
    given = {"treatment": FundTreatment.DISTINCT_SERVICE, **fields}
    return await harness.run(claims.approve_fund_claim, claims.ApproveFundClaim, id=one.id, **given)


async def pay(harness: Harness, one: FundClaim, **fields: Any) -> FundClaim:
    """The claim, paid."""
    return await harness.run(claims.pay_fund_claim, claims.PayFundClaim, id=one.id, **fields)


async def give_back(harness: Harness, one: FundClaim, **fields: Any) -> FundClaim:
    """The claim, returned."""
    given = {"reason": PersonalText(text="Which fair?"), **fields}
    return await harness.run(claims.return_fund_claim, claims.ReturnFundClaim, id=one.id, **given)
