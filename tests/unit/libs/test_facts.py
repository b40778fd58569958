"""A process reads its own cell from one file, names everything that is wrong in it, and learns of other cells while it
runs."""

import json
import tempfile
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from libs.config import ConfigError, Settings
from libs.country import Cell, LawfulBound, known_countries
from libs.errors import WrongCell
from libs.facts import LAWFUL_TRADE, MAX_BYTES, REGIMES, Neighbours, WrongFacts, read_facts, read_own_facts, watching
from libs.lifetime import alongside, together
from libs.pb.prm.compliance import v1 as pb
from libs.runtime.platform import directory_of
from tests.waiting import until

DE = Cell(
    code="de",
    countries=("DE", "AT"),
    time_zone="Europe/Berlin",
    currency="EUR",
    locales=("de", "de-AT"),
    regimes=("GDPR",),
    endpoint="de.prm.example:443",
    price_corridor=(LawfulBound(bound="CEILING", since=date(2022, 6, 1), law="Regulation (EU) 2022/720, Art. 4(a)"),),
    lawful_trade="EEA",
)
FR = Cell(code="fr", countries=("FR",), time_zone="Europe/Paris", currency="EUR", endpoint="fr.prm.example:8443")


def toml(cell: Cell, **changed: object) -> str:
    """The file of a cell. changed: facts that replace those of the cell, None to leave one out; `None` as a fact of no
    cell."""
    facts = {**msgspec.to_builtins(cell), **changed}
    corridor = facts.pop("price_corridor")
    lines = [f"{name} = {_written(value)}" for name, value in facts.items() if value is not None]
    tables = [
        "\n".join(["[[cell.price_corridor]]", *(f"{k} = {v if k == 'since' else _written(v)}" for k, v in one.items())])
        for one in corridor or ()
    ]
    return "\n".join(["[cell]", *lines, *tables]) + "\n"


def _written(value: object) -> str:
    return msgspec.json.encode(value).decode()


def write(path: Path, cell: Cell, **changed: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(toml(cell, **changed))
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    for cell in (DE, FR):
        assert read_own_facts(write(tmp_path / "cell.toml", cell)) == cell


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        ("code", "DE", "2 to 12 lower-case letters"),
        ("code", "d", "2 to 12 lower-case letters"),
        ("code", "1d", "2 to 12 lower-case letters"),
        ("code", 7, "Expected `str`"),
        ("code", None, "is missing"),
        ("countries", [], "one at least"),
        ("countries", ["DE", "UK", "XQ"], "'UK' is not an ISO 3166-1 country"),
        ("countries", ["DE", "DE"], "twice"),
        ("countries", ["DE", "*"], "stands alone"),
        ("countries", "DE", "Expected `array`"),
        ("time_zone", "Europe/Bonn", "no IANA time zone"),
        ("time_zone", "../../etc/passwd", "no IANA time zone"),
        ("time_zone", "", "no IANA time zone"),
        ("time_zone", "Asia/Shanghai", "of none of the countries"),
        ("time_zone", None, "is missing"),
        ("currency", "EURO", "not ISO 4217"),
        ("currency", "DEM", "not ISO 4217"),
        ("currency", None, "is missing"),
        ("locales", [], "one at least"),
        ("locales", ["de", "xx-Nowhere"], "'xx-Nowhere' is no BCP 47 locale"),
        ("locales", ["de_DE"], "'de_DE' is no BCP 47 locale"),
        ("regimes", ["EU_GDPR"], "'EU_GDPR' is not one of CCPA, DPDP, GDPR"),
        ("endpoint", "", "must be HOST:PORT"),
        ("endpoint", "de.prm.example", "must be HOST:PORT"),
        ("endpoint", "de.prm.example:0", "must be HOST:PORT"),
        ("endpoint", "de.prm.example:65536", "must be HOST:PORT"),
        ("endpoint", "https://de.prm.example:443", "must be HOST:PORT"),
        ("endpoint", "de_.prm.example:443", "must be HOST:PORT"),
        ("endpoint", "10.0.0.1:443", "must be HOST:PORT"),
        ("lawful_trade", "EU", "must be one of EEA"),
        ("price_corridor", [{"bound": "MIDDLE", "since": "2022-06-01", "law": "x"}], "Invalid enum value 'MIDDLE'"),
        ("price_corridor", [{"bound": "FLOOR", "since": "2022-06-01", "law": " "}], "FLOOR names no law"),
        ("price_corridor", [{"bound": "FLOOR", "since": "2022-06-01", "law": "x"}] * 2, "FLOOR stands there twice"),
        ("regime", ["GDPR"], "is no fact of a cell"),
    ],
)
def test_a_wrong_fact_is_named(tmp_path: Path, fact: str, value: object, said: str) -> None:
    path = write(tmp_path / "cell.toml", DE, **{fact: value})
    with pytest.raises(WrongFacts) as refused:
        read_own_facts(path)
    [violation] = [one for one in refused.value.violations if said in one]
    assert violation.startswith(f"cell.{fact}: ")
    assert violation in str(refused.value)
    assert str(path) in str(refused.value)


VALUES = st.recursive(
    st.text(max_size=12)
    | st.sampled_from(["DE", "*", "Europe", "de", "EUR", "GDPR", "a.b:1"])
    | st.integers(-9, 9)
    | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["bound", "since", "law"]), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*Cell.__struct_fields__, "other"]), VALUES))
def test_whatever_a_file_says_it_is_read_or_refused_by_the_names_of_its_facts(facts: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cell.toml"
        lines = [f"{name} = {_inline(value)}" for name, value in facts.items()]
        path.write_text("\n".join(["[cell]", *lines]))
        found = _outcome(path)
    if isinstance(found, WrongFacts):
        names = {f"cell.{name}" for name in (*Cell.__struct_fields__, "other")}
        assert {one.split(":")[0] for one in found.violations} <= names
    else:
        assert {name: msgspec.to_builtins(getattr(found, name)) for name in facts} == facts


def _outcome(path: Path) -> Cell | WrongFacts:
    try:
        return read_own_facts(path)
    except WrongFacts as err:
        return err


def _inline(value: object) -> str:
    """A value as TOML writes it in one line; JSON's strings, numbers and lists are TOML's."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_inline(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def test_a_group_of_lawful_trade_has_every_country_of_the_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "cell.toml", DE, countries=["DE", "CH"])
    with pytest.raises(WrongFacts) as refused:
        read_own_facts(path)
    assert refused.value.violations == ("cell.lawful_trade: CH does not belong to EEA",)


def test_everything_that_is_wrong_is_named_at_once_and_before_anything_starts(tmp_path: Path) -> None:
    wrong = {"time_zone": "Mars/Olympus", "currency": "XYZ", "locales": ["?"], "regimes": ["NONE"], "endpoint": "x"}
    path = write(tmp_path / "cell.toml", DE, code="D", countries=["ZZ"], lawful_trade=None, capital="Bonn", **wrong)
    with pytest.raises(ConfigError, match=r"^PRM_CELL_FILE: ") as refused:
        directory_of(Settings(cell_file=path))
    named = {line.strip().split(":")[0] for line in str(refused.value).splitlines()[1:]}
    with pytest.raises(ConfigError, match=r"(?s)^PRM_CELL_FILE: .*\nPRM_CELLS_DIR: "):
        directory_of(Settings(cell_file=path, cells_dir=tmp_path / "nowhere"))
    assert named == {f"cell.{name}" for name in (*wrong, "code", "countries", "capital")}


def test_a_cell_that_serves_everything_needs_no_endpoint(tmp_path: Path) -> None:
    local = Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR")
    assert read_own_facts(write(tmp_path / "cell.toml", local)) == local


@pytest.mark.parametrize(
    ("text", "said"), [(b"[cell", "Expected ']'"), (b"[cell]\n#\xff", "utf-8"), (b"cell = 1", "table")]
)
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "cell.toml"
    path.write_bytes(text)
    with pytest.raises(WrongFacts, match=rf"cell\.toml is wrong:\n  .*{said}"):
        read_own_facts(path)


def test_a_file_without_facts_is_refused_as_the_own_and_skipped_as_another(tmp_path: Path) -> None:
    path = tmp_path / "cell.toml"
    path.write_text("[cells]\n")
    with pytest.raises(WrongFacts, match="there is no table `cell`"):
        read_own_facts(path)
    assert read_facts(path) is None
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(WrongFacts, match="longer than"):
        read_facts(path)


def test_regimes_are_those_of_requests(tmp_path: Path) -> None:
    known = {name.removeprefix("REGIME_") for name in pb.Regime.DESCRIPTOR.values_by_name}
    assert known - {"UNSPECIFIED", "OTHER"} == REGIMES


def test_other_cells_are_found_beside_the_own_and_in_the_folders_of_cells(tmp_path: Path) -> None:
    own = write(tmp_path / "cell.toml", DE)
    write(tmp_path / "de" / "facts" / "de.toml", DE)
    write(tmp_path / "fr" / "facts" / "fr.toml", FR, opening_hours="of a later release")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    found = directory_of(Settings(cell_file=own))
    assert (found.here, [*found.others]) == (DE, [FR])
    assert (found.others[0], found.others[:1], len(found.others)) == (FR, (FR,), 1)


def test_a_wrong_neighbour_is_left_out_and_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path / "fr.toml", FR)
    write(tmp_path / "cn.toml", FR, code="cn", currency="YUAN")
    with capture_logs() as logs:
        assert [*Neighbours(tmp_path, DE)] == [FR]
    [line] = logs
    assert (line["event"], line["violations"]) == ("neighbour_refused", ("cell.currency: 'YUAN' is not ISO 4217",))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    own = write(tmp_path / "cell.toml", DE)
    with pytest.raises(ConfigError, match=r"^PRM_CELLS_DIR: "):
        directory_of(Settings(cell_file=own, cells_dir=tmp_path / "nowhere"))


async def test_a_new_neighbour_is_named_to_callers_without_a_restart(tmp_path: Path) -> None:
    """As a mounted ConfigMap changes: a link is moved from one folder to the next."""
    first, second = tmp_path / "..1", tmp_path / "..2"
    own = write(tmp_path / "own" / "cell.toml", DE)
    write(first / "de.toml", DE)
    write(second / "fr.toml", FR)
    write(second / "cn.toml", FR, code="cn", currency="YUAN")
    shown = tmp_path / "cells"
    shown.symlink_to(first)
    here = directory_of(Settings(cell_file=own, cells_dir=shown))

    def told() -> str:
        with pytest.raises(WrongCell) as refused:
            here.require_country("FR")
        return str(refused.value.metadata["endpoint"])

    assert told() == ""
    async with alongside(together(watching(here.others))):
        following = tmp_path / "next"
        following.symlink_to(second)
        following.replace(shown)
        await until(lambda: told() == "fr.prm.example:8443", within_seconds=20)
        following.symlink_to(first)
        shown.unlink()
        following.replace(shown)
        await until(lambda: told() == "", within_seconds=20)


def test_facts_that_do_not_change_are_not_watched() -> None:
    assert watching((FR,)) == []


def test_every_group_consists_of_countries() -> None:
    assert all(members <= known_countries() for members in LAWFUL_TRADE.values())
