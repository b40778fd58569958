"""The enums of purposes and consents; the names are those of the proto, which describes each."""

from enum import Enum


class LawfulBasis(Enum):
    """What permits processing."""

    CONSENT = "CONSENT"
    CONTRACT = "CONTRACT"
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION"
    VITAL_INTERESTS = "VITAL_INTERESTS"
    PUBLIC_TASK = "PUBLIC_TASK"
    LEGITIMATE_INTERESTS = "LEGITIMATE_INTERESTS"


class DataSubject(Enum):
    """Whose data is processed."""

    CUSTOMER = "CUSTOMER"
    EMPLOYEE = "EMPLOYEE"
    PROSPECT = "PROSPECT"
    SUPPLIER_VENDOR = "SUPPLIER_VENDOR"
    PARTNER_CONTACT = "PARTNER_CONTACT"


class ConsentState(Enum):
    """The state of a consent."""

    GIVEN = "GIVEN"
    WITHDRAWN = "WITHDRAWN"
    REPLACED = "REPLACED"
