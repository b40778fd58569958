"""A partner's claim on an approved request: its states, its evidence, and what is spent for it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.money import Money
from libs.person import PersonalText
from services.partners.funds.domain.fund import Fund, amount_violations
from services.partners.funds.domain.ledger import Posting
from services.partners.funds.domain.request import FundingRequest
from services.partners.funds.domain.states import (
    CLAIM_MOVES,
    ClaimMove,
    FundClaimState,
    FundEntryType,
    FundEvidenceKind,
    FundingRequestState,
    FundTreatment,
)
from services.partners.funds.events import FundClaimEvent

CLAIMS_PER_REQUEST = 100
ANSWER_DAYS = 14

E = TypeVar("E", bound=FundClaimEvent)


class FundEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is kept elsewhere. sha256: of it, hex. page_count: 0 if it has no pages."""

    kind: FundEvidenceKind
    sha256: str
    reference: str = ""
    page_count: int = 0


class FundClaim(Document, frozen=True, kw_only=True):
    """A claim. final: it is the last one of its request. price_reduction: the part of the amount that lowers the price
    of what the partner buys. answer_until: of a returned claim, the last day on which it can be submitted again."""

    funding_request_id: str
    fund_id: str
    partner_id: str
    state: FundClaimState = FundClaimState.SUBMITTED
    amount: Money
    final: bool = False
    evidence: tuple[FundEvidence, ...]
    treatment: FundTreatment | None = None
    fair_value: Money | None = None
    price_reduction: Money | None = None
    return_reason: PersonalText | None = None
    answer_until: date | None = None
    payment_reference: str = ""
    submit_time: datetime
    decide_time: datetime | None = None
    pay_time: datetime | None = None
    create_time: datetime
    update_time: datetime


class Claimed(NamedTuple):
    """A claim and its request after a move, and what is booked in the ledger of their fund."""

    claim: FundClaim
    request: FundingRequest
    postings: tuple[Posting, ...] = ()


class MoreThanApproved(AppError):
    """The claims of a request would exceed its approved amount."""

    code, reason = Code.FAILED_PRECONDITION, "MORE_THAN_APPROVED"

    def __init__(self, request: FundingRequest, asked: Money, *, others: Money) -> None:
        approved = request.approved_amount or request.amount
        super().__init__(
            f"request {request.id} was approved with {approved.decimal} {approved.currency}; {request.spent.decimal} "
            f"was paid, {others.decimal} is claimed, {asked.decimal} was asked for",
            id=request.id,
            approved=approved.decimal,
            spent=request.spent.decimal,
            claimed=others.decimal,
            asked=asked.decimal,
            currency=approved.currency,
        )


class ClaimTooLate(AppError):
    """The time for a claim, or for correcting it, is over."""

    code, reason = Code.FAILED_PRECONDITION, "CLAIM_TOO_LATE"

    def __init__(self, id: str, last_day: date | None, today: date) -> None:
        super().__init__(f"claims on {id} were taken until {last_day}, today is {today}", id=id, last_day=last_day)


class NoFurtherClaim(AppError):
    """The request takes no further claim. claim_id: its final claim, empty for none."""

    code, reason = Code.FAILED_PRECONDITION, "NO_FURTHER_CLAIM"

    def __init__(self, request: FundingRequest) -> None:
        why = f"claim {request.final_claim_id} is its final one" if request.final_claim_id else "its time is over"
        super().__init__(f"request {request.id}: {why}", id=request.id, claim_id=request.final_claim_id)


class TooManyClaims(AppError):
    """The request has had the maximum number of claims."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_CLAIMS"

    def __init__(self, request: FundingRequest) -> None:
        super().__init__(
            f"request {request.id} has had {CLAIMS_PER_REQUEST} claims", id=request.id, limit=CLAIMS_PER_REQUEST
        )


def claim_violations(amount: Money, evidence: Sequence[FundEvidence], currency: str) -> Iterator[Violation]:
    """What is wrong with a claim on a request in this currency."""
    yield from amount_violations("amount", amount, currency)
    hashes = [one.sha256 for one in evidence]
    for place, sha256 in enumerate(hashes):
        if sha256 in hashes[:place]:
            yield Violation(f"evidence[{place}].sha256", "is of a document named before", "DUPLICATE_EVIDENCE")


def submit(claim: FundClaim, request: FundingRequest, fund: Fund, *, now: datetime) -> Claimed:
    """A new claim, and its request with it. WrongState, NoFurtherClaim, ClaimTooLate, TooManyClaims,
    MoreThanApproved."""
    allowed = {FundingRequestState.APPROVED}
    require_state("funding_request", request.id, request.state, action="a claim", allowed=allowed)
    if request.finished or request.final_claim_id:
        raise NoFurtherClaim(request)
    _require_time(request.id, request.claims_until, fund.day_of(now))
    if request.claim_count >= CLAIMS_PER_REQUEST:
        raise TooManyClaims(request)
    _require_room(request, claim.amount, others=request.claimed)
    after = replace(
        request,
        claimed=request.claimed + claim.amount,
        claim_count=request.claim_count + 1,
        final_claim_id=claim.id if claim.final else "",
        update_time=now,
    )
    return Claimed(claim, after)


def resubmit(
    claim: FundClaim,
    request: FundingRequest,
    fund: Fund,
    *,
    amount: Money,
    evidence: tuple[FundEvidence, ...],
    final: bool,
    now: datetime,
) -> Claimed:
    """A returned claim, SUBMITTED again with these values. NoFurtherClaim, ClaimTooLate, MoreThanApproved."""
    state = _moved_to(claim, ClaimMove.RESUBMIT)
    _require_time(claim.id, claim.answer_until, fund.day_of(now))
    other_final = request.final_claim_id not in ("", claim.id)
    if final and other_final:
        raise NoFurtherClaim(request)
    others = request.claimed - claim.amount
    _require_room(request, amount, others=others)
    again = replace(
        claim,
        state=state,
        amount=amount,
        evidence=evidence,
        final=final,
        answer_until=None,
        submit_time=now,
        update_time=now,
    )
    after = replace(
        request,
        claimed=others + amount,
        returned=request.returned - claim.amount,
        final_claim_id=request.final_claim_id if other_final else claim.id if final else "",
        update_time=now,
    )
    return Claimed(again, after)


def give_back(claim: FundClaim, request: FundingRequest, fund: Fund, *, reason: PersonalText, now: datetime) -> Claimed:
    """The claim, RETURNED. The partner may correct it for ANSWER_DAYS, and in any case while claims are taken;
    InvalidInput without a text."""
    state = _moved_to(claim, ClaimMove.RETURN)
    if not reason.text.strip():
        raise InvalidInput([Violation("reason.text", "must say why", "REQUIRED")])
    until = fund.day_of(now) + timedelta(days=ANSWER_DAYS)
    until = max(until, request.claims_until) if request.claims_until else until
    returned = replace(claim, state=state, return_reason=reason, answer_until=until, decide_time=now, update_time=now)
    ends = fund.end_of(until)
    after = replace(
        request,
        returned=request.returned + claim.amount,
        expires_at=max(request.expires_at, ends) if request.expires_at else ends,
        update_time=now,
    )
    return Claimed(returned, after)


def approve(claim: FundClaim, *, treatment: FundTreatment, fair_value: Money | None, now: datetime) -> FundClaim:
    """The claim, APPROVED, with the part of it that lowers the price; InvalidInput."""
    state = _moved_to(claim, ClaimMove.APPROVE)
    if fair_value is not None:
        wrong = [*amount_violations("fair_value", fair_value, claim.amount.currency)]
        if treatment is not FundTreatment.DISTINCT_SERVICE:
            wrong.append(Violation("fair_value", "goes with a distinct service", "NOT_ALLOWED"))
        if wrong:
            raise InvalidInput(wrong)
    service = min(claim.amount, fair_value) if fair_value is not None else Money.zero(claim.amount.currency)
    return replace(
        claim,
        state=state,
        treatment=treatment,
        fair_value=fair_value,
        price_reduction=claim.amount - service,
        decide_time=now,
        update_time=now,
    )


def pay(claim: FundClaim, request: FundingRequest, *, reference: str, now: datetime) -> Claimed:
    """The claim, PAID: its amount is spent and, once the final claim is paid, what no claim asks for is released."""
    state = _moved_to(claim, ClaimMove.PAY)
    paid = replace(claim, state=state, payment_reference=reference, pay_time=now, update_time=now)
    claimed, reserved = request.claimed - claim.amount, request.reserved - claim.amount
    finished = request.finished or claim.final or not reserved.amount
    rest = reserved - claimed if finished else Money.zero(reserved.currency)
    after = replace(
        request,
        spent=request.spent + claim.amount,
        claimed=claimed,
        reserved=reserved - rest,
        finished=finished,
        expires_at=request.expires_at if claimed.amount or not finished else None,
        update_time=now,
    )
    postings = (
        Posting(FundEntryType.SPEND, claim.amount, claim.id, reference),
        Posting(FundEntryType.RELEASE, rest, claim.id),
    )
    return Claimed(paid, after, postings)


def event(type: type[E], claim: FundClaim, **more: object) -> E:
    """The event of a claim."""
    return type(
        fund_claim_id=claim.id,
        funding_request_id=claim.funding_request_id,
        fund_id=claim.fund_id,
        partner_id=claim.partner_id,
        amount=claim.amount,
        **more,
    )


def _moved_to(claim: FundClaim, move: ClaimMove) -> FundClaimState:
    allowed, after = CLAIM_MOVES[move]
    require_state("fund_claim", claim.id, claim.state, action=move.name, allowed={allowed})
    return after


def _require_time(id: str, last_day: date | None, today: date) -> None:
    if last_day is None or today > last_day:
        raise ClaimTooLate(id, last_day, today)


def _require_room(request: FundingRequest, asked: Money, *, others: Money) -> None:
    """MoreThanApproved unless what is reserved covers the other claims and this one."""
    if request.reserved < others + asked:
        raise MoreThanApproved(request, asked, others=others)
