"""Countries, and which cell is home to which."""

import tomllib
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path

import msgspec
from babel import Locale
from babel.core import get_global

from libs.errors import InvalidInput, Violation, WrongCell
from libs.ids import parse

ANYWHERE = "*"
_COUNTRIES_CACHED = 1_024  # callers name them
_NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})

# The zone of the seat of government, for countries with several; where nobody governs, that of the largest station.
# CLDR's primary zones are the same, but there are only ten of them. It lists no zone at all for Kosovo, which keeps
# the time of Belgrade.
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
    """The registers that give an organisation its number; prm.common.v1.RegistrationIdType says which is whose."""

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


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one cell, as its folder under deploy/cells states them.

    countries: ISO 3166-1 alpha-2 codes served; `*` serves all and is for one machine only. time_zone: IANA name.
    currency: ISO 4217. locales: BCP 47. endpoint: public host:port of the gRPC route.
    """

    code: str
    countries: tuple[str, ...]
    time_zone: str
    currency: str
    locales: tuple[str, ...] = ("en",)
    regimes: tuple[str, ...] = ()
    endpoint: str = ""

    def serves(self, country: str) -> bool:
        """Whether persons and organisations of this country belong here."""
        return ANYWHERE in self.countries or country in self.countries


class Directory(msgspec.Struct, frozen=True):
    """This cell and what it knows of the others; the others are never called, only named to callers."""

    here: Cell
    others: tuple[Cell, ...] = ()

    def require_home(self, id: str) -> None:
        """Refuse a well-formed id that another cell minted; anything else passes."""
        parts = parse(id)
        if parts is not None and parts.cell != self.here.code:
            self._refuse(id, next((c for c in self.others if c.code == parts.cell), None), parts.cell)

    def require_country(self, country: str) -> None:
        """Refuse a country that this cell does not serve."""
        if not self.here.serves(country):
            self._refuse(f"country {country}", next((c for c in self.others if c.serves(country)), None), "")

    def _refuse(self, subject: str, home: Cell | None, code: str) -> None:
        raise WrongCell(
            subject,
            here=self.here.code,
            cell=home.code if home else code,
            endpoint=home.endpoint if home else "",
        )


def read_cell(path: Path) -> Directory:
    """The cell that a TOML file states as its table `cell`, and as the others what its sister files `*.toml` state.

    A cell's facts are written once: every cell gets the same folder of files, and the name of its own. A sister that
    repeats this cell, or that has no such table, says nothing. ValueError if a file is not one.
    """
    here = _read(path)
    if here is None:
        raise ValueError(f"{path}: there is no table `cell`")
    sisters = (_read(other) for other in sorted(path.parent.glob("*.toml")) if other != path)
    return Directory(here, tuple(cell for cell in sisters if cell is not None and cell.code != here.code))


def _read(path: Path) -> Cell | None:
    try:
        found = tomllib.loads(path.read_text())
        return msgspec.convert(found["cell"], Cell) if "cell" in found else None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as err:
        raise ValueError(f"{path}: {err}") from err


@cache
def known_countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes CLDR knows."""
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


def country_violations(country: str, field: str = "country") -> list[Violation]:
    """What is wrong with a code that names no country, for those who have more to complain about; else nothing."""
    known = country in known_countries()
    return [] if known else [Violation(field, "is not an ISO 3166-1 country", "UNKNOWN_COUNTRY")]


def require_known_country(country: str, field: str = "country") -> None:
    """InvalidInput (UNKNOWN_COUNTRY) for a code that names no country."""
    if found := country_violations(country, field):
        raise InvalidInput(found)


@lru_cache(maxsize=_COUNTRIES_CACHED)
def time_zone_of(country: str, fallback: str) -> str:
    """The IANA zone in which a country counts its hours: the fallback (the cell's) where it is one of the country's,
    else the only or main one of the country; the fallback again for islands where nobody lives and what is no country.
    """
    zones = get_global("territory_zones").get(country, [])
    if get_global("zone_aliases").get(fallback, fallback) in zones:
        return fallback
    return zones[0] if len(zones) == 1 else _MAIN_ZONES.get(country, fallback)
