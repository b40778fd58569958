"""The keys that cells share are read from a file that may change, and never printed."""

import hashlib
import hmac
from pathlib import Path

import pytest
from typer.testing import CliRunner

from libs.border_keys import BorderKeys, new_line
from libs.config import ConfigError
from services.__main__ import app

FIRST, SECOND = "spring " + "5a" * 32, "summer " + "c3" * 32


def test_the_first_key_is_the_one_to_ask_with_and_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"{FIRST}\n{SECOND}\n")
    keys = BorderKeys(path)
    assert [one.name for one in keys.current()] == ["spring", "summer"]
    path.write_text(f"{SECOND}\n")
    assert [one.name for one in keys.current()] == ["summer"]


def test_a_file_that_is_wrong_or_gone_leaves_the_keys_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(FIRST)
    keys = BorderKeys(path)
    for spoil in (lambda: path.write_text("nonsense"), path.unlink):
        spoil()
        assert [one.name for one in keys.current()] == ["spring"]


@pytest.mark.parametrize(
    "text",
    ["", "spring", "Spring " + "5a" * 32, "spring 5a", f"{FIRST}\n{FIRST}", f"{FIRST}\n{SECOND}\nnext {'0' * 64}"],
)
def test_a_file_of_another_form_stops_the_start_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    with pytest.raises(ConfigError, match="PRM_BORDER_KEYS_FILE") as refused:
        BorderKeys(path)
    assert "5a5a" not in str(refused.value)


def test_a_cell_without_a_file_has_no_keys() -> None:
    assert BorderKeys().current() == ()


def test_a_key_hashes_as_hmac_sha256_and_is_never_printed(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(FIRST)
    [key] = BorderKeys(tmp_path / "keys").current()
    assert key.hashed("acme.de") == hmac.digest(b"\x5a" * 32, b"acme.de", hashlib.sha256).hex()[:32]
    assert "5a5a" not in repr(key)


def test_the_command_prints_a_line_of_the_file(tmp_path: Path) -> None:
    lines = [CliRunner().invoke(app, ["broker", "border-key", name]).stdout for name in ("spring", "summer")]
    (tmp_path / "keys").write_text("".join(lines))
    assert [one.name for one in BorderKeys(tmp_path / "keys").current()] == ["spring", "summer"]
    assert new_line("spring") != lines[0]
    assert CliRunner().invoke(app, ["broker", "border-key", "Spring!"]).exit_code != 0
