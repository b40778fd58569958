"""The events of funds, their ledger, requests and claims; the protos document each of them."""

from datetime import date

import msgspec

from libs.money import Money
from services.partners.funds.domain.states import FundBasis, FundEntryType, FundTreatment


class FundOpened(msgspec.Struct, frozen=True, kw_only=True):
    fund_id: str
    partner_id: str
    basis: FundBasis
    currency: str
    first_day: date
    last_day: date


class FundToppedUp(msgspec.Struct, frozen=True, kw_only=True):
    fund_id: str
    partner_id: str
    amount: Money


class FundClosed(msgspec.Struct, frozen=True, kw_only=True):
    fund_id: str
    partner_id: str


class FundEntryBooked(msgspec.Struct, frozen=True, kw_only=True):
    fund_entry_id: str
    fund_id: str
    partner_id: str
    number: int
    type: FundEntryType
    amount: Money
    document_id: str
    available: Money


class FundingRequestEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a request has."""

    funding_request_id: str
    fund_id: str
    partner_id: str


class FundingRequestCreated(FundingRequestEvent, frozen=True, kw_only=True):
    pass


class FundingRequestSubmitted(FundingRequestEvent, frozen=True, kw_only=True):
    amount: Money


class FundingRequestApproved(FundingRequestEvent, frozen=True, kw_only=True):
    approved_amount: Money


class FundingRequestRejected(FundingRequestEvent, frozen=True, kw_only=True):
    pass


class FundingRequestCanceled(FundingRequestEvent, frozen=True, kw_only=True):
    pass


class FundingRequestExpired(FundingRequestEvent, frozen=True, kw_only=True):
    pass


class FundClaimEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a claim has."""

    fund_claim_id: str
    funding_request_id: str
    fund_id: str
    partner_id: str
    amount: Money


class FundClaimSubmitted(FundClaimEvent, frozen=True, kw_only=True):
    pass


class FundClaimReturned(FundClaimEvent, frozen=True, kw_only=True):
    pass


class FundClaimApproved(FundClaimEvent, frozen=True, kw_only=True):
    treatment: FundTreatment
    price_reduction: Money


class FundClaimPaid(FundClaimEvent, frozen=True, kw_only=True):
    final: bool
