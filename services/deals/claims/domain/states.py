"""The review state and the sales stage of a registration, and the review states that allow each transition."""

from enum import Enum


class Review(Enum):
    """The state of the claim: how far the vendor's decision on it is."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    UNDER_REVIEW = "UNDER_REVIEW"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    CONVERTED = "CONVERTED"
    CANCELED = "CANCELED"


class Stage(Enum):
    """The sales stage: how far the partner's deal is. It is independent of the state."""

    PROSPECT = "PROSPECT"
    QUALIFIED = "QUALIFIED"
    TECHNICAL_VALIDATION = "TECHNICAL_VALIDATION"
    BUSINESS_VALIDATION = "BUSINESS_VALIDATION"
    COMMITTED = "COMMITTED"
    WON = "WON"
    LOST = "LOST"


class ClosureCode(Enum):
    """Why a claim was rejected or canceled."""

    DUPLICATE = "DUPLICATE"
    TERRITORY = "TERRITORY"
    DIRECT_ENGAGED = "DIRECT_ENGAGED"
    INCOMPLETE = "INCOMPLETE"
    INELIGIBLE = "INELIGIBLE"
    SUPERSEDED = "SUPERSEDED"
    OTHER = "OTHER"
    ADJUDICATED = "ADJUDICATED"


class OverrideReason(Enum):
    """Why the vendor approved a claim in spite of another partner's protected claim that blocked it."""

    OTHER_CUSTOMER = "OTHER_CUSTOMER"
    OTHER_PROJECT = "OTHER_PROJECT"
    AGREED = "AGREED"
    OTHER = "OTHER"


class ActivityType(Enum):
    """What a partner did for the deal."""

    MEETING = "MEETING"
    DEMONSTRATION = "DEMONSTRATION"
    PROOF_OF_CONCEPT = "PROOF_OF_CONCEPT"
    QUOTE = "QUOTE"
    SITE_VISIT = "SITE_VISIT"
    TENDER = "TENDER"
    OTHER = "OTHER"


STAGE_ORDER = tuple(Stage)[:5]
CLOSED_STAGES = frozenset({Stage.WON, Stage.LOST})

MAY_UPDATE = MAY_SUBMIT = frozenset({Review.DRAFT, Review.ACTION_REQUIRED})
MAY_RECALL = MAY_START_REVIEW = frozenset({Review.SUBMITTED})
MAY_DECIDE = frozenset({Review.UNDER_REVIEW})
MAY_EXTEND = MAY_CONVERT = MAY_EXPIRE = frozenset({Review.APPROVED})
CLAIMING = frozenset({Review.SUBMITTED, Review.UNDER_REVIEW, Review.ACTION_REQUIRED, Review.APPROVED})
MAY_WITHDRAW = MAY_CANCEL = MAY_ADVANCE = CLAIMING | {Review.DRAFT}
UNDECIDED = CLAIMING - {Review.APPROVED}
AWAITING_DECISION = frozenset({Review.SUBMITTED, Review.UNDER_REVIEW})
