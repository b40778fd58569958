"""Which customers are to be won back, and why."""

from collections.abc import Iterable
from datetime import date
from enum import Enum

import msgspec

from libs.money import Money
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, CLOSED_STAGES
from services.deals.customers.domain.customers import EndCustomer
from services.deals.customers.domain.entries import CustomerEntry
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.outcomes import OutcomeReason


class WinBackKind(Enum):
    """Why a customer is in the list."""

    LOST = "LOST"
    LAPSED = "LAPSED"


class WinBack(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to be won back; the proto describes its fields."""

    customer_id: str
    registration_id: str
    partner_id: str
    country: str
    kind: WinBackKind
    ended_date: date
    reasons: tuple[OutcomeReason, ...] = ()
    competitor: str = ""
    expected_amount: Money | None = None


def still_gone(regs: Iterable[Registration], *, last_won: date | None, ended: date) -> bool:
    """Whether nobody has an open deal with the customer, and it has not bought after `ended`. regs: its newest
    claims."""
    return not any(_open(one) for one in regs) and (last_won is None or last_won <= ended)


def win_back(
    kind: WinBackKind, top: EndCustomer, claim: CustomerEntry, deal: PipelineDeal | None, *, ended: date
) -> WinBack:
    """The row of a customer. claim: the entry of the claim that was lost or won. deal: of that claim, if there is one;
    an imported claim may have none."""
    return WinBack(
        customer_id=top.id,
        registration_id=claim.id,
        partner_id=claim.partner_id,
        country=claim.country,
        kind=kind,
        ended_date=ended,
        reasons=deal.reasons if deal else (),
        competitor=deal.competitor if deal else "",
        expected_amount=deal.expected_amount if deal else None,
    )


def _open(reg: Registration) -> bool:
    """A claim whose deal was lost can be open still."""
    return reg.review in CLAIMING and reg.stage not in CLOSED_STAGES
