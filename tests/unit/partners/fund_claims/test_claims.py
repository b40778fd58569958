"""A claim moves by its table, never exceeds what was approved, and is accounted for as what it pays."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import AppError, InvalidInput, WrongState
from libs.money import Money
from libs.person import PersonalText
from services.partners.fund_claims import domain
from services.partners.fund_claims.domain import (
    ANSWER_DAYS,
    CLAIMS_PER_REQUEST,
    Claimed,
    ClaimTooLate,
    FundClaim,
    FundEvidence,
    MoreThanApproved,
    NoFurtherClaim,
    TooManyClaims,
)
from services.partners.funds.domain import request as requests
from services.partners.funds.domain.ledger import Posting
from services.partners.funds.domain.request import FundingRequest
from services.partners.funds.domain.states import (
    ClaimMove,
    FundClaimState,
    FundEntryType,
    FundEvidenceKind,
    FundingRequestState,
    FundTreatment,
)
from tests.builders import NOW, an_id
from tests.unit.partners.funds.built import LAST, a_fund, a_request, eur

WHY = PersonalText(text="The invoice is missing.")
PROOF = (FundEvidence(kind=FundEvidenceKind.INVOICE, sha256="a" * 64, reference="R-1", page_count=2),)
UNTIL = LAST + timedelta(days=30)
TABLE = {
    (FundClaimState.SUBMITTED, ClaimMove.RETURN): FundClaimState.RETURNED,
    (FundClaimState.SUBMITTED, ClaimMove.APPROVE): FundClaimState.APPROVED,
    (FundClaimState.RETURNED, ClaimMove.RESUBMIT): FundClaimState.SUBMITTED,
    (FundClaimState.APPROVED, ClaimMove.PAY): FundClaimState.PAID,
}


def an_approved(**fields: Any) -> FundingRequest:
    """A request that was approved with a hundred euros."""
    given = {
        "state": FundingRequestState.APPROVED,
        "approved_amount": eur(100),
        "reserved": eur(100),
        "claims_until": UNTIL,
        "expires_at": a_fund().end_of(UNTIL),
        **fields,
    }
    return a_request(**given)


def a_claim(number: int = 1, amount: Money | None = None, **fields: Any) -> FundClaim:
    """A claim of forty euros."""
    given = {
        "id": an_id("fcl", number),
        "funding_request_id": an_id("frq"),
        "fund_id": an_id("fnd"),
        "partner_id": an_id("ptn"),
        "amount": amount or eur(40),
        "evidence": PROOF,
        "answer_until": UNTIL,
        "submit_time": NOW,
        "create_time": NOW,
        "update_time": NOW,
        **fields,
    }
    return FundClaim(**given)


def again(claim: FundClaim, request: FundingRequest, *, now: datetime = NOW, **fields: Any) -> Claimed:
    """A returned claim, submitted again as it was unless told otherwise."""
    given = {"amount": claim.amount, "evidence": PROOF, "final": False, **fields}
    return domain.resubmit(claim, request, a_fund(), now=now, **given)


ACTS: dict[ClaimMove, Callable[[FundClaim, FundingRequest], FundClaim]] = {
    ClaimMove.RESUBMIT: lambda one, request: again(one, request).claim,
    ClaimMove.RETURN: lambda one, request: domain.give_back(one, request, a_fund(), reason=WHY, now=NOW).claim,
    ClaimMove.APPROVE: lambda one, _: domain.approve(
        one, treatment=FundTreatment.PRICE_REDUCTION, fair_value=None, now=NOW
    ),
    ClaimMove.PAY: lambda one, request: domain.pay(one, request, reference="P-1", now=NOW).claim,
}


@pytest.mark.parametrize(("state", "move"), [*product(FundClaimState, ClaimMove)])
def test_every_state_takes_the_moves_of_the_table_and_no_other(state: FundClaimState, move: ClaimMove) -> None:
    waits = eur(40) if state is FundClaimState.RETURNED else eur(0)
    request = an_approved(claimed=eur(40), returned=waits, claim_count=1)
    claim = a_claim(state=state)
    if (state, move) not in TABLE:
        with pytest.raises(WrongState):
            ACTS[move](claim, request)
        return
    assert ACTS[move](claim, request).state is TABLE[state, move]


@pytest.mark.parametrize("state", [one for one in FundingRequestState if one is not FundingRequestState.APPROVED])
def test_claims_are_taken_on_approved_requests_only(state: FundingRequestState) -> None:
    with pytest.raises(WrongState):
        domain.submit(a_claim(), an_approved(state=state), a_fund(), now=NOW)


def test_the_claims_of_a_request_never_exceed_what_was_approved_and_the_refusal_has_the_figures() -> None:
    request = an_approved(reserved=eur(70), spent=eur(30), claimed=eur(40))
    assert domain.submit(a_claim(amount=eur(30)), request, a_fund(), now=NOW).request.claimed == eur(70)
    with pytest.raises(MoreThanApproved) as refused:
        domain.submit(a_claim(amount=eur("30.01")), request, a_fund(), now=NOW)
    told = {name: refused.value.metadata[name] for name in ("approved", "spent", "claimed", "asked")}
    assert told == {"approved": "100.0000", "spent": "30.0000", "claimed": "40.0000", "asked": "30.0100"}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"finished": True}, NoFurtherClaim),
        ({"final_claim_id": an_id("fcl", 9)}, NoFurtherClaim),
        ({"claim_count": CLAIMS_PER_REQUEST}, TooManyClaims),
        ({"claims_until": NOW.date() - timedelta(days=1)}, ClaimTooLate),
    ],
)
def test_a_request_takes_so_many_claims_for_so_long(fields: dict[str, Any], error: type[AppError]) -> None:
    with pytest.raises(error):
        domain.submit(a_claim(), an_approved(**fields), a_fund(), now=NOW)


def test_a_returned_claim_waits_a_fortnight_or_as_long_as_claims_are_taken() -> None:
    early = domain.give_back(a_claim(), an_approved(claimed=eur(40)), a_fund(), reason=WHY, now=NOW)
    assert (early.claim.answer_until, early.request.returned) == (UNTIL, eur(40))
    late = datetime(2026, 4, 30, 9, tzinfo=NOW.tzinfo)
    waiting = domain.give_back(a_claim(), an_approved(claimed=eur(40)), a_fund(), reason=WHY, now=late)
    last = date(2026, 4, 30) + timedelta(days=ANSWER_DAYS)
    assert (waiting.claim.answer_until, waiting.request.expires_at) == (last, a_fund().end_of(last))
    assert waiting.request.claims_until == UNTIL
    again(waiting.claim, waiting.request, now=late + timedelta(days=ANSWER_DAYS))
    with pytest.raises(ClaimTooLate):
        again(waiting.claim, waiting.request, now=late + timedelta(days=ANSWER_DAYS + 1))


def test_a_corrected_claim_may_ask_for_more_and_become_the_final_one() -> None:
    request = an_approved(claimed=eur(60), returned=eur(40))
    claim = a_claim(state=FundClaimState.RETURNED)
    done = again(claim, request, amount=eur(80), final=True)
    assert (done.request.claimed, done.request.returned) == (eur(100), eur(0))
    assert (done.claim.final, done.request.final_claim_id) == (True, claim.id)
    with pytest.raises(MoreThanApproved):
        again(claim, request, amount=eur("80.01"))
    with pytest.raises(NoFurtherClaim):
        again(claim, replace(request, final_claim_id=an_id("fcl", 9)), final=True)
    unsaid = again(replace(claim, final=True), replace(request, final_claim_id=claim.id))
    assert unsaid.request.final_claim_id == ""


def test_nothing_is_returned_without_a_reason() -> None:
    with pytest.raises(InvalidInput):
        domain.give_back(a_claim(), an_approved(), a_fund(), reason=PersonalText(), now=NOW)


@pytest.mark.parametrize(
    ("treatment", "fair", "lowers"),
    [
        (FundTreatment.PRICE_REDUCTION, None, 40),
        (FundTreatment.DISTINCT_SERVICE, None, 40),  # paragraph 71: its value cannot be estimated
        (FundTreatment.DISTINCT_SERVICE, 25, 15),
        (FundTreatment.DISTINCT_SERVICE, 40, 0),
        (FundTreatment.DISTINCT_SERVICE, 90, 0),
    ],
)
def test_what_exceeds_the_value_of_a_distinct_service_lowers_the_price(
    treatment: FundTreatment, fair: int | None, lowers: int
) -> None:
    value = eur(fair) if fair is not None else None
    claim = domain.approve(a_claim(), treatment=treatment, fair_value=value, now=NOW)
    assert (claim.price_reduction, claim.fair_value) == (eur(lowers), value)


@pytest.mark.parametrize(
    ("treatment", "fair", "reasons"),
    [
        (FundTreatment.PRICE_REDUCTION, eur(1), ["NOT_ALLOWED"]),
        (FundTreatment.DISTINCT_SERVICE, Money.of(1, "USD"), ["CURRENCY_MISMATCH"]),
        (FundTreatment.DISTINCT_SERVICE, eur("0.001"), ["BAD_AMOUNT"]),
    ],
)
def test_a_wrong_fair_value_is_refused(treatment: FundTreatment, fair: Money, reasons: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        domain.approve(a_claim(), treatment=treatment, fair_value=fair, now=NOW)
    assert [one.reason for one in refused.value.violations] == reasons


def test_evidence_is_counted_once() -> None:
    found = [*domain.claim_violations(eur("0.001"), (*PROOF, *PROOF), "EUR")]
    assert [(one.field, one.reason) for one in found] == [
        ("amount", "BAD_AMOUNT"),
        ("evidence[1].sha256", "DUPLICATE_EVIDENCE"),
    ]


@pytest.mark.parametrize(
    ("final", "claimed", "reserved", "released", "finished"),
    [
        (False, 40, 100, 0, False),
        (True, 40, 100, 60, True),
        (True, 70, 100, 30, True),  # another claim of thirty is still open
        (False, 40, 40, 0, True),  # nothing is left
    ],
)
def test_paying_spends_and_the_final_claim_releases_the_rest(
    final: bool, claimed: int, reserved: int, released: int, *, finished: bool
) -> None:
    request = an_approved(claimed=eur(claimed), reserved=eur(reserved), spent=eur(100 - reserved))
    claim = a_claim(state=FundClaimState.APPROVED, final=final)
    done = domain.pay(claim, request, reference="P-1", now=NOW)
    assert done.postings == (
        Posting(FundEntryType.SPEND, eur(40), claim.id, "P-1"),
        Posting(FundEntryType.RELEASE, eur(released), claim.id),
    )
    assert done.request.reserved == eur(reserved - 40 - released)
    assert done.request.spent == eur(140 - reserved)
    assert (done.request.claimed, done.request.finished) == (eur(claimed - 40), finished)
    assert (done.request.expires_at is None) is (finished and claimed == 40)


def test_a_claim_that_nobody_corrects_in_time_gets_nothing() -> None:
    request = an_approved(claimed=eur(70), returned=eur(30), claim_count=2)
    ended = requests.expire(request, now=a_fund().end_of(UNTIL))
    assert ended is not None
    assert (ended.request.claimed, ended.request.returned, ended.request.reserved) == (eur(40), eur(0), eur(40))
    done = domain.pay(a_claim(state=FundClaimState.APPROVED), ended.request, reference="", now=NOW)
    assert (done.request.reserved, done.request.spent) == (eur(0), eur(40))
    assert done.postings[1].amount == eur(0)
