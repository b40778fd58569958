"""A partner's request for money of a fund: its states, and what it reserves and releases."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.money import Money
from libs.person import PersonalText
from services.partners.funds.domain.fund import Fund, amount_violations
from services.partners.funds.domain.ledger import Posting
from services.partners.funds.domain.states import (
    REQUEST_MOVES,
    FundActivityType,
    FundEntryType,
    FundingRequestState,
    FundState,
    RequestMove,
)
from services.partners.funds.events import FundingRequestEvent

E = TypeVar("E", bound=FundingRequestEvent)


class FundingRequest(Document, frozen=True, kw_only=True):
    """A request. reserved, spent: what the fund reserves for it now, and has spent for it. claimed: the sum of the
    claims that are not paid yet; returned: of those that wait for the partner. claim_count: of all claims.
    final_claim_id: of the claim after which no other is taken. claims_until: the last day for claims. expires_at: when
    its time ends; None if it has ended or no longer matters. finished: no further claim is taken."""

    fund_id: str
    partner_id: str
    state: FundingRequestState = FundingRequestState.DRAFT
    activity_type: FundActivityType
    title: str
    description: PersonalText | None = None
    first_day: date
    last_day: date
    amount: Money
    approved_amount: Money | None = None
    expected_revenue: Money | None = None
    reserved: Money
    spent: Money
    claimed: Money
    returned: Money
    claim_count: int = 0
    final_claim_id: str = ""
    claims_until: date | None = None
    expires_at: datetime | None = None
    finished: bool = False
    reject_reason: PersonalText | None = None
    submit_time: datetime | None = None
    decide_time: datetime | None = None
    attributed_order_count: int = 0
    create_time: datetime
    update_time: datetime


class Moved(NamedTuple):
    """A request after a move, and what is booked in the ledger of its fund."""

    request: FundingRequest
    postings: tuple[Posting, ...] = ()


class FundNotInPeriod(AppError):
    """Requests are submitted and decided within the period of their fund."""

    code, reason = Code.FAILED_PRECONDITION, "FUND_NOT_IN_PERIOD"

    def __init__(self, fund: Fund, today: date) -> None:
        super().__init__(
            f"the period of fund {fund.id} is {fund.first_day} to {fund.last_day}, today is {today}",
            id=fund.id,
            first_day=fund.first_day,
            last_day=fund.last_day,
            today=today,
        )


class ClaimsOpen(AppError):
    """The request has claims that are not paid yet."""

    code, reason = Code.FAILED_PRECONDITION, "CLAIMS_OPEN"

    def __init__(self, request: FundingRequest) -> None:
        super().__init__(
            f"request {request.id} has claims of {request.claimed.decimal} {request.claimed.currency} that are not "
            f"paid yet; {request.spent.decimal} was paid",
            id=request.id,
            claimed=request.claimed.decimal,
            spent=request.spent.decimal,
            currency=request.claimed.currency,
        )


def request_violations(fund: Fund, *, first_day: date, last_day: date, amount: Money) -> Iterator[Violation]:
    """What is wrong with a request on this fund."""
    yield from amount_violations("amount", amount, fund.currency)
    if last_day < first_day:
        yield Violation("last_day", f"is before {first_day}", "DATES_OUT_OF_ORDER")
    for field, day in (("first_day", first_day), ("last_day", last_day)):
        if not fund.first_day <= day <= fund.last_day:
            yield Violation(field, f"is not within {fund.first_day} to {fund.last_day}", "OUTSIDE_PERIOD")


def require_open(fund: Fund) -> None:
    """WrongState unless the fund is open."""
    require_state("fund", fund.id, fund.state, action="a request", allowed={FundState.OPEN})


def submit(request: FundingRequest, fund: Fund, *, now: datetime) -> Moved:
    """The request, SUBMITTED, with its amount reserved; FundNotInPeriod."""
    state = _moved_to(request, RequestMove.SUBMIT)
    _require_period(fund, fund.day_of(now))
    after = replace(request, state=state, reserved=request.amount, submit_time=now, update_time=now)
    return Moved(after, (Posting(FundEntryType.RESERVE, request.amount, request.id),))


def approve(request: FundingRequest, fund: Fund, *, amount: Money | None, now: datetime) -> Moved:
    """The request, APPROVED with this amount (None: all of it); what is not approved is released. FundNotInPeriod,
    InvalidInput."""
    state = _moved_to(request, RequestMove.APPROVE)
    _require_period(fund, fund.day_of(now))
    approved = request.amount if amount is None else amount
    if wrong := [*amount_violations("amount", approved, fund.currency)]:
        raise InvalidInput(wrong)
    if request.amount < approved:
        asked = f"is above the {request.amount.decimal} {fund.currency} asked for"
        raise InvalidInput([Violation("amount", asked, "MORE_THAN_ASKED")])
    after = replace(
        request,
        state=state,
        approved_amount=approved,
        reserved=approved,
        claims_until=fund.claims_until,
        expires_at=fund.end_of(fund.claims_until),
        decide_time=now,
        update_time=now,
    )
    return Moved(after, (Posting(FundEntryType.RELEASE, request.amount - approved, request.id),))


def reject(request: FundingRequest, reason: PersonalText, *, now: datetime) -> Moved:
    """The request, REJECTED, with nothing reserved; InvalidInput without a text."""
    state = _moved_to(request, RequestMove.REJECT)
    if not reason.text.strip():
        raise InvalidInput([Violation("reason.text", "must say why", "REQUIRED")])
    return _ended(replace(request, reject_reason=reason, decide_time=now), state, now)


def cancel(request: FundingRequest, *, now: datetime) -> Moved:
    """The request, CANCELED, with nothing reserved; ClaimsOpen."""
    state = _moved_to(request, RequestMove.CANCEL)
    if request.claimed.amount:
        raise ClaimsOpen(request)
    return _ended(request, state, now)


def expire(request: FundingRequest, *, now: datetime) -> Moved | None:
    """The request after its time; None while there is time left. What the vendor has claims for stays reserved, and the
    request stays APPROVED until they are paid; without such claims it is EXPIRED. Nothing is paid any more for claims
    that wait for the partner."""
    if request.expires_at is None or now < request.expires_at:
        return None
    state = _moved_to(request, RequestMove.EXPIRE)
    deciding, nothing = request.claimed - request.returned, Money.zero(request.amount.currency)
    if not deciding.amount:
        return _ended(replace(request, claimed=nothing, returned=nothing), state, now)
    after = replace(
        request,
        reserved=deciding,
        claimed=deciding,
        returned=nothing,
        expires_at=None,
        finished=True,
        update_time=now,
    )
    return Moved(after, (Posting(FundEntryType.RELEASE, request.reserved - deciding, request.id),))


def event(type: type[E], request: FundingRequest, **more: object) -> E:
    """The event of a request."""
    return type(funding_request_id=request.id, fund_id=request.fund_id, partner_id=request.partner_id, **more)


def _moved_to(request: FundingRequest, move: RequestMove) -> FundingRequestState:
    allowed, after = REQUEST_MOVES[move]
    require_state("funding_request", request.id, request.state, action=move.name, allowed=allowed)
    return after


def _require_period(fund: Fund, today: date) -> None:
    require_open(fund)
    if not fund.first_day <= today <= fund.last_day:
        raise FundNotInPeriod(fund, today)


def _ended(request: FundingRequest, state: FundingRequestState, now: datetime) -> Moved:
    after = replace(
        request,
        state=state,
        reserved=Money.zero(request.amount.currency),
        expires_at=None,
        finished=True,
        update_time=now,
    )
    return Moved(after, (Posting(FundEntryType.RELEASE, request.reserved, request.id),))
