"""What funded activities brought: the orders that somebody attributes to a request, over what was spent for it."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import msgspec

from libs.document import Document
from libs.errors import AppError, Code
from libs.money import Money
from services.partners.accruals.domain import InvoiceShare
from services.partners.funds.domain.request import FundingRequest

ORDERS_PER_REQUEST = 500  # so that a return reads a bounded number of invoices


class TooManyOrders(AppError):
    """The request would count more than ORDERS_PER_REQUEST orders."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_ORDERS"

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"funding request {request_id} counts {ORDERS_PER_REQUEST} orders at most",
            funding_request_id=request_id,
            limit=ORDERS_PER_REQUEST,
        )


class FundReturnState(Enum):
    """Whether there is enough to say what an activity brought."""

    MEASURED = "MEASURED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class FundAttribution(Document, frozen=True, kw_only=True):
    """An order that counts for a request; the id is the order's, so it counts for one request only."""

    funding_request_id: str
    partner_id: str
    create_time: datetime


class FundReturn(msgspec.Struct, frozen=True, kw_only=True):
    """What an activity brought. attributed: the numerator, by currency, net of tax, freight and credit notes; spent:
    the denominator. Amounts are never converted."""

    state: FundReturnState
    attributed: tuple[Money, ...]
    spent: Money
    order_count: int


def measured(request: FundingRequest, invoices: Sequence[InvoiceShare], *, orders: int) -> FundReturn:
    """The return of a request. orders: how many count for it. INSUFFICIENT_DATA without an invoiced order or money
    spent."""
    sums: dict[str, Money] = {}
    for one in invoices:
        if one.net_left is not None:
            currency = one.net_left.currency
            sums[currency] = sums.get(currency, Money.zero(currency)) + one.net_left
    enough = bool(sums) and request.spent.amount > 0
    return FundReturn(
        state=FundReturnState.MEASURED if enough else FundReturnState.INSUFFICIENT_DATA,
        attributed=tuple(sums[currency] for currency in sorted(sums)),
        spent=request.spent,
        order_count=orders,
    )
