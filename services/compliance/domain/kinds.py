"""The closed lists of a request, as the proto names them."""

from enum import Enum


class RequestType(Enum):
    """What can be asked."""

    ACCESS = "ACCESS"
    PORTABILITY = "PORTABILITY"
    RECTIFICATION = "RECTIFICATION"
    ERASURE = "ERASURE"
    RESTRICTION = "RESTRICTION"
    OBJECTION = "OBJECTION"
    OPT_OUT = "OPT_OUT"
    COMPLAINT = "COMPLAINT"


# What a person who asks gets here. Of the others nothing but the search is built: no data would be corrected, erased or
# restricted, and no complaint handled.
BUILT = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})


class RequestState(Enum):
    """How far a request is."""

    RECEIVED = "RECEIVED"
    VERIFYING_IDENTITY = "VERIFYING_IDENTITY"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    READY_FOR_REVIEW = "READY_FOR_REVIEW"
    COMPLETED = "COMPLETED"
    PARTIALLY_COMPLETED = "PARTIALLY_COMPLETED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Regime(Enum):
    """The law a request is made under."""

    GDPR = "GDPR"
    UK_GDPR = "UK_GDPR"
    PIPL = "PIPL"
    CCPA = "CCPA"
    LGPD = "LGPD"
    SA_PDPL = "SA_PDPL"
    DPDP = "DPDP"
    VN_PDP = "VN_PDP"
    ID_PDP = "ID_PDP"
    RU_152FZ = "RU_152FZ"
    NDPA = "NDPA"
    KZ_94V = "KZ_94V"
    OTHER = "OTHER"


class RequestChannel(Enum):
    """How a request came in."""

    PORTAL = "PORTAL"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    LETTER = "LETTER"
    IN_PERSON = "IN_PERSON"
    AUTHORITY = "AUTHORITY"
    AGENT = "AGENT"


class IdentityProof(Enum):
    """How a person proved to be the one."""

    ACCOUNT = "ACCOUNT"
    CALL_BACK = "CALL_BACK"
    DOCUMENT = "DOCUMENT"
    KNOWN = "KNOWN"


class DenialReason(Enum):
    """Why a request was denied, as the Data Rights Protocol names it."""

    SUSPECTED_FRAUD = "SUSPECTED_FRAUD"
    INSUF_VERIFICATION = "INSUF_VERIFICATION"
    NO_MATCH = "NO_MATCH"
    CLAIM_NOT_COVERED = "CLAIM_NOT_COVERED"
    OUTSIDE_JURISDICTION = "OUTSIDE_JURISDICTION"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    OTHER = "OTHER"


REGIME_OF = {
    "GB": Regime.UK_GDPR,
    "CN": Regime.PIPL,
    "BR": Regime.LGPD,
    "SA": Regime.SA_PDPL,
    "IN": Regime.DPDP,
    "VN": Regime.VN_PDP,
    "ID": Regime.ID_PDP,
    "RU": Regime.RU_152FZ,
    "NG": Regime.NDPA,
    "KZ": Regime.KZ_94V,
}
_EU_AND_EEA = """
AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO
"""


def regime_of(country: str) -> Regime:
    """The law of a country, ISO 3166-1 alpha-2; California is told apart by the caller, not by the country."""
    return Regime.GDPR if country in _EU_AND_EEA.split() else REGIME_OF.get(country, Regime.OTHER)
