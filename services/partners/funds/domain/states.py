"""The states of funds, requests and claims, and the moves between them."""

from collections.abc import Mapping
from enum import Enum


class FundBasis(Enum):
    """Where the money of a fund comes from."""

    DISCRETIONARY = "DISCRETIONARY"
    ACCRUED = "ACCRUED"


class FundState(Enum):
    """Whether a fund takes requests and claims."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class FundEntryType(Enum):
    """What an entry does to the totals of its fund."""

    ACCRUE = "ACCRUE"
    RESERVE = "RESERVE"
    RELEASE = "RELEASE"
    SPEND = "SPEND"
    EXPIRE = "EXPIRE"


class FundingRequestState(Enum):
    """How far a request is."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class FundActivityType(Enum):
    """What the money of a request is for."""

    EVENT = "EVENT"
    TRADE_FAIR = "TRADE_FAIR"
    DIGITAL_CAMPAIGN = "DIGITAL_CAMPAIGN"
    TRAINING = "TRAINING"
    COLLATERAL = "COLLATERAL"
    DEMO_EQUIPMENT = "DEMO_EQUIPMENT"
    OTHER = "OTHER"


class RequestMove(Enum):
    """What can be done with a request."""

    SUBMIT = "SUBMIT"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    CANCEL = "CANCEL"
    EXPIRE = "EXPIRE"


# The states in which each move is allowed, and the state after it.
REQUEST_MOVES: Mapping[RequestMove, tuple[frozenset[FundingRequestState], FundingRequestState]] = {
    RequestMove.SUBMIT: (frozenset({FundingRequestState.DRAFT}), FundingRequestState.SUBMITTED),
    RequestMove.APPROVE: (frozenset({FundingRequestState.SUBMITTED}), FundingRequestState.APPROVED),
    RequestMove.REJECT: (frozenset({FundingRequestState.SUBMITTED}), FundingRequestState.REJECTED),
    RequestMove.CANCEL: (
        frozenset({FundingRequestState.DRAFT, FundingRequestState.SUBMITTED, FundingRequestState.APPROVED}),
        FundingRequestState.CANCELED,
    ),
    RequestMove.EXPIRE: (
        frozenset({FundingRequestState.DRAFT, FundingRequestState.SUBMITTED, FundingRequestState.APPROVED}),
        FundingRequestState.EXPIRED,
    ),
}


class FundClaimState(Enum):
    """How far a claim is."""

    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    PAID = "PAID"


class FundTreatment(Enum):
    """How a payment to a customer is accounted for, IFRS 15 paragraphs 70 to 72."""

    DISTINCT_SERVICE = "DISTINCT_SERVICE"
    PRICE_REDUCTION = "PRICE_REDUCTION"


class FundEvidenceKind(Enum):
    """What a piece of evidence is."""

    INVOICE = "INVOICE"
    PROOF_OF_PAYMENT = "PROOF_OF_PAYMENT"
    PHOTO = "PHOTO"
    PUBLICATION = "PUBLICATION"
    ATTENDEE_LIST = "ATTENDEE_LIST"
    REPORT = "REPORT"
    OTHER = "OTHER"


class ClaimMove(Enum):
    """What can be done with a claim."""

    RESUBMIT = "RESUBMIT"
    RETURN = "RETURN"
    APPROVE = "APPROVE"
    PAY = "PAY"


# The state in which each move is allowed, and the state after it.
CLAIM_MOVES: Mapping[ClaimMove, tuple[FundClaimState, FundClaimState]] = {
    ClaimMove.RESUBMIT: (FundClaimState.RETURNED, FundClaimState.SUBMITTED),
    ClaimMove.RETURN: (FundClaimState.SUBMITTED, FundClaimState.RETURNED),
    ClaimMove.APPROVE: (FundClaimState.SUBMITTED, FundClaimState.APPROVED),
    ClaimMove.PAY: (FundClaimState.APPROVED, FundClaimState.PAID),
}
