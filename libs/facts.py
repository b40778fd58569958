"""The facts of cells in their files: reading them, naming everything that is wrong in them, and following the files of
the other cells while the process runs."""

import asyncio
import re
import tomllib
from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints, overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import structlog
from babel import Locale, UnknownLocaleError
from babel.core import get_global

from libs.country import ANYWHERE, Cell, known_countries
from libs.money import current_currencies

REGIMES = frozenset(
    {
        *("GDPR", "UK_GDPR", "PIPL", "CCPA", "LGPD", "SA_PDPL", "DPDP", "VN_PDP", "ID_PDP", "RU_152FZ", "NDPA"),
        "KZ_94V",
    }
)
"""The privacy laws that a cell may name: those of prm.compliance.v1.Regime."""

_EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
LAWFUL_TRADE: Mapping[str, frozenset[str]] = {"EEA": frozenset(_EEA.split())}
"""Groups of countries between which goods that were sold in one may be resold in any other."""

LOOK_SECONDS = 5.0
MAX_BYTES = 64 * 1024
MAX_CELLS = 1_000
_NAMED = 10  # the most wrong values of one fact that are named

CODE = re.compile(r"[a-z][a-z0-9]{1,11}")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_ENDPOINT = re.compile(rf"({_LABEL}\.)+[a-z]{_LABEL}:(?P<port>[1-9]\d{{0,4}})")
_LAST_PORT = 65_535

log = structlog.get_logger()


class WrongFacts(ValueError):
    """A file of facts is wrong. violations: each begins with the fact that it is about, `cell.currency: ...`."""

    def __init__(self, path: Path, violations: Sequence[str]) -> None:
        super().__init__("\n  ".join([f"{path} is wrong:", *violations]))
        self.violations = tuple(violations)


def read_facts(path: Path, *, strict: bool = True) -> Cell | None:
    """The facts in the table `cell` of a TOML file; None if it has no such table. OSError, WrongFacts with every
    violation. strict: whether a fact of an unknown name is wrong, as it is in the file of this cell; another cell may
    be of a later release."""
    return _parse(path, path.read_bytes(), strict=strict)


def read_own_facts(path: Path) -> Cell:
    """The facts of this cell. OSError, WrongFacts."""
    found = read_facts(path)
    if found is None:
        raise WrongFacts(path, ["there is no table `cell`"])
    return found


class Neighbours(Sequence[Cell]):
    """The facts of the other cells, from the files `*.toml` and `*/facts/*.toml` of a folder; this cell and files
    without a table `cell` are left out. So is, with an error in the log, a cell whose facts are wrong: the fault of one
    must not stop another."""

    def __init__(self, folder: Path, here: Cell) -> None:
        """OSError if the folder cannot be read."""
        self._folder = folder
        self._here = here
        self._found: tuple[Cell, ...] = ()
        self._texts = _texts(folder)
        self._take()

    @overload
    def __getitem__(self, index: int) -> Cell: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Cell]: ...
    def __getitem__(self, index: int | slice) -> Cell | Sequence[Cell]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    async def run(self) -> None:
        """Read the files again whenever they change, until cancelled. While the folder cannot be read, the last facts
        stay."""
        told = ""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                texts = await asyncio.to_thread(_texts, self._folder)
            except OSError as err:
                if told != (told := str(err)):
                    log.error("cells_unreadable", cause=err)
                continue
            told = ""
            if texts != self._texts:
                self._texts = texts
                self._take()
                log.info("cells_read", cells=[one.code for one in self._found])

    def _take(self) -> None:
        found: dict[str, Cell] = {}
        for path, text in self._texts.items():
            try:
                cell = _parse(path, text, strict=False)
            except WrongFacts as err:
                log.error("neighbour_refused", file=str(path), violations=err.violations)
                continue
            if cell is not None and cell.code != self._here.code:
                found.setdefault(cell.code, cell)
        self._found = tuple(found.values())


def watching(others: Sequence[Cell]) -> list[Coroutine[Any, Any, None]]:
    """The work that keeps these facts current: none for facts that do not change."""
    return [others.run()] if isinstance(others, Neighbours) else []


def _texts(folder: Path) -> dict[Path, bytes]:
    """The content of each file. A change is found by comparing it, because modification times may be wrong."""
    next(folder.iterdir(), None)  # OSError if it cannot be read; a glob would be silent
    files = sorted({*folder.glob("*.toml"), *folder.glob("*/facts/*.toml")})[:MAX_CELLS]
    return {path: _head(path) for path in files}


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _parse(path: Path, text: bytes, *, strict: bool) -> Cell | None:
    if len(text) > MAX_BYTES:
        raise WrongFacts(path, [f"longer than {MAX_BYTES} bytes"])
    try:
        table = tomllib.loads(text.decode()).get("cell")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise WrongFacts(path, [str(err)]) from err
    if table is None:
        return None
    if not isinstance(table, dict):
        raise WrongFacts(path, ["cell: must be a table"])
    given, wrong = _convert(table, strict=strict)
    wrong += _violations(given)
    if wrong:
        raise WrongFacts(path, [f"cell.{one}" for one in wrong])
    return Cell(**given)


def _convert(table: Mapping[str, Any], *, strict: bool) -> tuple[dict[str, Any], list[str]]:
    """The facts that have the right type, and what is wrong with the others."""
    hints, given = get_type_hints(Cell), {}
    wrong = [f"{name}: is no fact of a cell" for name in sorted(set(table) - set(hints))[:_NAMED]] if strict else []
    for field in msgspec.structs.fields(Cell):
        if field.name in table:
            try:
                given[field.name] = msgspec.convert(table[field.name], hints[field.name])
            except msgspec.ValidationError as err:
                wrong.append(f"{field.name}: {err}")
        elif field.required:
            wrong.append(f"{field.name}: is missing")
    return given, wrong


def _violations(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with values of the right type; a fact that is absent is compared with nothing."""
    countries = given.get("countries", ())
    return [
        *_code(given.get("code")),
        *_countries(countries),
        *_time_zone(given.get("time_zone"), countries),
        *_each("currency", {given["currency"]} if "currency" in given else (), current_currencies(), "ISO 4217"),
        *(f"locales: {one!r} is no BCP 47 locale" for one in given.get("locales", ())[:_NAMED] if not _is_locale(one)),
        *(["locales: must name one at least"] if given.get("locales") == () else []),
        *_each("regimes", given.get("regimes", ()), REGIMES, "one of " + ", ".join(sorted(REGIMES))),
        *_endpoint(given.get("endpoint", ""), countries),
        *_lawful_trade(given.get("lawful_trade", ""), countries),
        *_corridor(given.get("price_corridor", ())),
    ]


def _code(code: str | None) -> Iterator[str]:
    if code is not None and not CODE.fullmatch(code):
        yield "code: must be 2 to 12 lower-case letters and digits, and begin with a letter"


def _countries(countries: Sequence[str]) -> Iterator[str]:
    if not countries:
        yield "countries: must name one at least"
    elif ANYWHERE not in countries:
        yield from _each("countries", countries, known_countries(), "an ISO 3166-1 country")
    elif len(countries) > 1:
        yield f"countries: {ANYWHERE} serves every country and stands alone"
    if len(set(countries)) < len(countries):
        yield "countries: one is named twice"


def _time_zone(zone: str | None, countries: Sequence[str]) -> Iterator[str]:
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"time_zone: {zone!r} is no IANA time zone"
        return
    zones = {one for country in countries for one in get_global("territory_zones").get(country, [])}
    if zones and get_global("zone_aliases").get(zone, zone) not in zones:
        yield f"time_zone: {zone!r} is the time of none of the countries"


def _is_locale(text: str) -> bool:
    try:
        Locale.parse(text, sep="-")
    except (ValueError, TypeError, UnknownLocaleError):
        return False
    return True


def _endpoint(endpoint: str, countries: Sequence[str]) -> Iterator[str]:
    found = _ENDPOINT.fullmatch(endpoint)
    if endpoint == "" and ANYWHERE in countries:
        return
    if found is None or int(found["port"]) > _LAST_PORT:
        yield "endpoint: must be HOST:PORT, a public DNS name and 1 to 65535, which callers are told"


def _lawful_trade(group: str, countries: Sequence[str]) -> Iterator[str]:
    if group and group not in LAWFUL_TRADE:
        yield f"lawful_trade: must be one of {', '.join(LAWFUL_TRADE)}, or absent"
    elif group and (outside := sorted(set(countries) - LAWFUL_TRADE[group])):
        yield f"lawful_trade: {', '.join(outside[:_NAMED])} does not belong to {group}"


def _corridor(bounds: Sequence[Any]) -> Iterator[str]:
    kinds = [one.bound for one in bounds]
    yield from (
        f"price_corridor: {kind} stands there twice" for kind in sorted({k for k in kinds if kinds.count(k) > 1})
    )
    yield from (f"price_corridor: {one.bound} names no law" for one in bounds if not one.law.strip())


def _each(fact: str, values: Collection[str], known: Collection[str], what: str) -> Iterator[str]:
    unknown = sorted(value for value in values if value not in known)
    return (f"{fact}: {value!r} is not {what}" for value in unknown[:_NAMED])
