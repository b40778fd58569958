"""The two axes of a registration, and which review state each move needs."""

from enum import Enum


class Review(Enum):
    """The vendor's axis: is the claim accepted?"""

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
    """The seller's axis: how far is the deal?"""

    PROSPECT = "PROSPECT"
    QUALIFIED = "QUALIFIED"
    TECHNICAL_VALIDATION = "TECHNICAL_VALIDATION"
    BUSINESS_VALIDATION = "BUSINESS_VALIDATION"
    COMMITTED = "COMMITTED"
    WON = "WON"
    LOST = "LOST"


class ClosureCode(Enum):
    """Why a claim was turned down or ended."""

    DUPLICATE = "DUPLICATE"
    TERRITORY = "TERRITORY"
    DIRECT_ENGAGED = "DIRECT_ENGAGED"
    INCOMPLETE = "INCOMPLETE"
    INELIGIBLE = "INELIGIBLE"
    SUPERSEDED = "SUPERSEDED"
    OTHER = "OTHER"


class MatchKey(Enum):
    """What two claims can agree in."""

    REGISTRATION_ID = "REGISTRATION_ID"
    DOMAIN = "DOMAIN"
    PHONE = "PHONE"
    NAME = "NAME"


class OverrideReason(Enum):
    """Why a claim is protected although another partner's on what looks like the same customer is."""

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
