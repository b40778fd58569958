"""The states of a lead, the reasons for its moves, and the states that allow each transition."""

from enum import Enum


class LeadState(Enum):
    """How far a lead is; `prm.deals.v1.LeadState` describes each."""

    NEW = "NEW"
    QUALIFIED = "QUALIFIED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    IN_POOL = "IN_POOL"
    CONVERTED = "CONVERTED"
    DISQUALIFIED = "DISQUALIFIED"
    EXPIRED = "EXPIRED"


class LeadSource(Enum):
    """Where a lead came from."""

    WEB_FORM = "WEB_FORM"
    TRADE_FAIR = "TRADE_FAIR"
    MAIL = "MAIL"
    PHONE = "PHONE"
    EVENT = "EVENT"
    REFERRAL = "REFERRAL"
    CAMPAIGN = "CAMPAIGN"
    OTHER = "OTHER"


class LeadBasis(Enum):
    """Why the data of the person may be passed on to a partner."""

    CONSENT = "CONSENT"
    STEPS_BEFORE_CONTRACT = "STEPS_BEFORE_CONTRACT"
    LEGITIMATE_INTERESTS = "LEGITIMATE_INTERESTS"
    NO_PERSON = "NO_PERSON"


class LeadClosureCode(Enum):
    """Why a lead leads to nothing."""

    DUPLICATE = "DUPLICATE"
    NOT_REACHABLE = "NOT_REACHABLE"
    NO_NEED = "NO_NEED"
    NO_BUDGET = "NO_BUDGET"
    LOST_TO_COMPETITOR = "LOST_TO_COMPETITOR"
    SPAM = "SPAM"
    OBJECTED = "OBJECTED"
    OTHER = "OTHER"


class LeadDeclineReason(Enum):
    """Why a partner does not want a lead."""

    NO_CAPACITY = "NO_CAPACITY"
    NOT_MY_PRODUCT = "NOT_MY_PRODUCT"
    NOT_MY_TERRITORY = "NOT_MY_TERRITORY"
    TOO_SMALL = "TOO_SMALL"
    CONFLICT_OF_INTEREST = "CONFLICT_OF_INTEREST"
    OTHER = "OTHER"


MAY_QUALIFY = frozenset({LeadState.NEW})
MAY_DISTRIBUTE = frozenset({LeadState.QUALIFIED})
MAY_ACCEPT = MAY_LAPSE = frozenset({LeadState.OFFERED})
MAY_DECLINE = frozenset({LeadState.OFFERED, LeadState.ACCEPTED})
MAY_PICK = frozenset({LeadState.IN_POOL})
MAY_CONVERT = MAY_TAKE_BACK = frozenset({LeadState.ACCEPTED})
MAY_EXPIRE = frozenset({LeadState.NEW, LeadState.QUALIFIED, LeadState.IN_POOL})
OPEN = frozenset(LeadState) - {LeadState.CONVERTED, LeadState.DISQUALIFIED, LeadState.EXPIRED}
MAY_DISQUALIFY = OPEN
MAY_STATE_BASIS = OPEN - {LeadState.ACCEPTED}
HELD = frozenset({LeadState.OFFERED, LeadState.ACCEPTED})
