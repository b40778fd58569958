"""The states of a partner, and the states that each transition requires."""

from enum import Enum

from libs.partner import PartnerStatus


class PartnerKind(Enum):
    """The business of a partner."""

    DISTRIBUTOR = "DISTRIBUTOR"
    RESELLER = "RESELLER"
    AGENT = "AGENT"
    SYSTEM_INTEGRATOR = "SYSTEM_INTEGRATOR"
    RETAILER = "RETAILER"


class StatusReason(Enum):
    """Why a partner was rejected, suspended or terminated."""

    INCOMPLETE_APPLICATION = "INCOMPLETE_APPLICATION"
    FAILED_VETTING = "FAILED_VETTING"
    SANCTIONS = "SANCTIONS"
    DUPLICATE = "DUPLICATE"
    OVERDUE_PAYMENT = "OVERDUE_PAYMENT"
    AGREEMENT_BREACH = "AGREEMENT_BREACH"
    AGREEMENT_ENDED = "AGREEMENT_ENDED"
    INACTIVE = "INACTIVE"
    PARTNER_REQUEST = "PARTNER_REQUEST"
    INSOLVENCY = "INSOLVENCY"
    OTHER = "OTHER"


APPLYING = frozenset({PartnerStatus.APPLIED, PartnerStatus.VETTING})
ADMITTED = frozenset({PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED})
ENDED = frozenset({PartnerStatus.TERMINATED, PartnerStatus.REJECTED})

MAY_START_VETTING = frozenset({PartnerStatus.APPLIED})
MAY_APPROVE = frozenset({PartnerStatus.VETTING})
MAY_REJECT = APPLYING
MAY_SUSPEND = MAY_BE_GRANTED = frozenset({PartnerStatus.ACTIVE})
MAY_REINSTATE = frozenset({PartnerStatus.SUSPENDED})
MAY_TERMINATE = MAY_SET_TIER = MAY_SEE_DOWNLINE = ADMITTED
MAY_UPDATE = MAY_ADD_CONTACT = APPLYING | ADMITTED
