"""Countries, their time zones, and which cell serves which of them."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from functools import cache, lru_cache
from typing import Literal, NoReturn

import msgspec
from babel import Locale
from babel.core import get_global

from libs.errors import InvalidInput, Violation, WrongCell
from libs.ids import parse

ANYWHERE = "*"
_COUNTRIES_CACHED = 1_024  # a bound, because the codes come from callers
_NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})

# For a country with several zones, that of its seat of government; for Antarctica, that of the largest station. CLDR's
# primary zones agree, but cover only ten countries. CLDR lists no zone for Kosovo, which uses the time of Belgrade.
_MAIN_ZONES = {
    "AQ": "Antarctica/McMurdo",
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Hebron",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UM": "Pacific/Wake",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
    "XK": "Europe/Belgrade",
}


class RegistrationIdType(Enum):
    """The schemes of organisations' registration numbers; prm.common.v1.RegistrationIdType describes each."""

    VAT = "VAT"
    USCC = "USCC"
    CNPJ = "CNPJ"
    EIN = "EIN"
    GSTIN = "GSTIN"
    ABN = "ABN"
    BN = "BN"
    INN = "INN"
    MST = "MST"
    UBN = "UBN"
    SIREN = "SIREN"
    NPWP = "NPWP"
    UEN = "UEN"
    BIN = "BIN"
    TIN = "TIN"
    OTHER = "OTHER"


class LawfulBound(msgspec.Struct, frozen=True, kw_only=True):
    """A bound of resale prices that the cell's law allows. since: the first day. law: the rule that allows it."""

    bound: Literal["FLOOR", "CEILING", "RECOMMENDED"]
    since: date
    law: str


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one cell, from its folder under deploy/cells; `libs/facts.py` reads and checks them.

    code: part of every id that the cell makes. countries: ISO 3166-1 alpha-2 codes served; `*`, for a cell on one
    machine, serves all. time_zone: IANA name. currency: ISO 4217. locales: BCP 47, the first is the default. regimes:
    the privacy laws that apply (`facts.REGIMES`). endpoint: public host:port of the gRPC route. price_corridor: the
    bounds of resale prices that are lawful here; a bound that is absent is unlawful. lawful_trade: the group of
    countries between which parallel trade is lawful (`facts.LAWFUL_TRADE`); empty = none beyond each country.
    """

    code: str
    countries: tuple[str, ...]
    time_zone: str
    currency: str
    locales: tuple[str, ...] = ("en",)
    regimes: tuple[str, ...] = ()
    endpoint: str = ""
    price_corridor: tuple[LawfulBound, ...] = ()
    lawful_trade: str = ""

    def serves(self, country: str) -> bool:
        """Whether this cell stores the persons and organisations of the country."""
        return ANYWHERE in self.countries or country in self.countries


class Directory(msgspec.Struct, frozen=True):
    """This cell and the facts of the others. A cell never calls another; it only names it to callers. others: may
    change while the process runs (`facts.Neighbours`)."""

    here: Cell
    others: Sequence[Cell] = ()

    def require_home(self, id: str) -> None:
        """WrongCell for a well-formed id that another cell made; any other text passes."""
        parts = parse(id)
        if parts is not None and parts.cell != self.here.code:
            self.refuse(id, parts.cell)

    def require_country(self, country: str) -> None:
        """WrongCell for a country that this cell does not serve."""
        if not self.here.serves(country):
            home = next((one.code for one in self.others if one.serves(country)), "")
            self.refuse(f"country {country}", home)

    def refuse(self, subject: str, cell: str, *, field: str = "") -> NoReturn:
        """WrongCell for what belongs to another cell, with its endpoint if that is known. cell: empty if unknown."""
        home = next((one for one in self.others if one.code == cell), None)
        raise WrongCell(subject, here=self.here.code, cell=cell, endpoint=home.endpoint if home else "", field=field)


@cache
def known_countries() -> frozenset[str]:
    """The ISO 3166-1 alpha-2 codes in CLDR."""
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


def country_violations(country: str, field: str = "country") -> list[Violation]:
    """A violation (UNKNOWN_COUNTRY) for a code that names no country, else none; for callers that collect several."""
    known = country in known_countries()
    return [] if known else [Violation(field, "is not an ISO 3166-1 country", "UNKNOWN_COUNTRY")]


def require_known_country(country: str, field: str = "country") -> None:
    """InvalidInput (UNKNOWN_COUNTRY) for a code that names no country."""
    if found := country_violations(country, field):
        raise InvalidInput(found)


@lru_cache(maxsize=_COUNTRIES_CACHED)
def time_zone_of(country: str, fallback: str) -> str:
    """The IANA time zone to use for a country: `fallback` (the cell's) if the country has it, else the only or main
    zone of the country. `fallback` also for uninhabited islands and for unknown codes."""
    zones = get_global("territory_zones").get(country, [])
    if get_global("zone_aliases").get(fallback, fallback) in zones:
        return fallback
    return zones[0] if len(zones) == 1 else _MAIN_ZONES.get(country, fallback)
