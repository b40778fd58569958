"""Whoever sets a process up wrongly learns of everything that is wrong at once, before anything is opened."""

from pathlib import Path

import pytest

from libs.config import ConfigError, Settings
from libs.privacy.keys import create_keys
from libs.runtime.inspection import inspect, require_folder
from services.__main__ import builders
from tests.unit.libs.runtime.test_process import ended


async def test_every_wrong_variable_is_named_in_one_go_those_of_files_and_of_each_service_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    code, out, err = await ended(
        *("run", "all"),
        folder=tmp_path / "file" / "below",
        PRM_RELAY="s3cret",
        PRM_LISTEN="7400",
        PRM_TLS_CERT=str(tmp_path / "none.crt"),
        PRM_NATS_URL="nats://broker.example:4222",
        PRM_STORE_URL="mysql://s3cret",
        PRM_OTLP_ENDPOINT="http://collector.example:4317",
        PRM_CELL_FILE=str(tmp_path / "none.toml"),
        PRM_POLICY_FILE=str(tmp_path / "file"),
        PRM_ISSUERS_FILE=str(tmp_path / "none-either.toml"),
        PRM_DEALS_DECISION_DAYS="s3cret",
        PRM_COMPLIANCE_CHECKPOINT_ENTRIES="s3cret",
        PRM_TICKETS_POLICY_FILE=str(tmp_path / "no-policy.toml"),
    )
    assert (code, out) == (1, "")
    lines = err.splitlines()
    assert lines[0] == "prm: these environment variables are wrong:"
    named = {line.split(":")[0].strip() for line in lines[1:] if line.startswith("  PRM_")}
    assert named == {
        "PRM_RELAY",
        "PRM_LISTEN",
        "PRM_TLS_KEY, PRM_TLS_CA",
        "PRM_NATS_URL",
        "PRM_STORE_URL",
        "PRM_OTLP_ENDPOINT",
        "PRM_CELL_FILE",
        "PRM_POLICY_FILE",
        "PRM_ISSUERS_FILE",
        "PRM_DATA_DIR",
        "PRM_KEYS_DIR",
        "PRM_DEALS_DECISION_DAYS",
        "PRM_COMPLIANCE_CHECKPOINT_ENTRIES",
        "PRM_TICKETS_POLICY_FILE",
    }
    assert "s3cret" not in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", [("run", "deals"), ("demo",), ("replay",), ("token", "--role", "auditor")])
async def test_a_data_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("x")
    code, out, err = await ended(*command, folder=tmp_path / "file" / "below")
    assert (code, out) == (1, "")
    assert err == (
        f"prm: PRM_DATA_DIR: {tmp_path}/file/below cannot be used (Not a directory); "
        "name a folder that this user may write to\n"
    )


async def test_a_damaged_keyset_stops_the_start_with_its_variable_and_its_file(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys")
    (tmp_path / "keys" / "objects.json").write_text("{}")
    code, out, err = await ended("run", "all", folder=tmp_path / "data", PRM_KEYS_DIR=str(tmp_path / "keys"))
    assert (code, out) == (1, "")
    assert err.startswith(f"prm: PRM_KEYS_DIR: {tmp_path}/keys/objects.json cannot be read as that file of a cell")
    assert len(err.splitlines()) == 1


async def test_what_is_right_is_not_complained_of_and_nothing_is_opened(tmp_path: Path) -> None:
    await inspect(builders(), Settings(data_dir=tmp_path / "data", listen="127.0.0.1:0"))
    made = {path.name for path in (tmp_path / "data").rglob("*") if path.is_file()}
    assert not [name for name in made if name.endswith(".db")]


async def test_one_fault_keeps_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^PRM_CELL_FILE: "):
        await inspect(builders(), Settings(data_dir=tmp_path, listen="127.0.0.1:0", cell_file=tmp_path / "none"))


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    require_folder(tmp_path / "a" / "b")
    require_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
