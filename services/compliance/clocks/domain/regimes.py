"""The privacy laws, the types of request, and which law applies in a country."""

from enum import Enum


class Regime(Enum):
    """The privacy law under which a request is made."""

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


class RequestType(Enum):
    """The kinds of requests that a data subject can make."""

    ACCESS = "ACCESS"
    PORTABILITY = "PORTABILITY"
    RECTIFICATION = "RECTIFICATION"
    ERASURE = "ERASURE"
    RESTRICTION = "RESTRICTION"
    OBJECTION = "OBJECTION"
    OPT_OUT = "OPT_OUT"
    COMPLAINT = "COMPLAINT"


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
_COUNTRY_OF = {regime: country for country, regime in REGIME_OF.items()} | {Regime.CCPA: "US"}


def regime_of(country: str) -> Regime:
    """The law of a country (ISO 3166-1 alpha-2), OTHER if it is not listed. Never CCPA: for California the caller of
    CreateRequest names it."""
    return Regime.GDPR if country in _EU_AND_EEA.split() else REGIME_OF.get(country, Regime.OTHER)


def calendar_country(regime: Regime, country: str) -> str:
    """The country whose working days count: that of the law, or that of the person under a law of several countries."""
    return _COUNTRY_OF.get(regime, country)
