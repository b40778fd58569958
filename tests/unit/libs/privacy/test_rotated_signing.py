"""A service gets a new signing key: what the former one signed counts, and it signs no more."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from libs.audit.signatures import NotAKey, PublicKey, is_signed_by, read_keys, written_keys
from libs.privacy.keys import RETIRED_AFTER, create_keys, open_keys, rotate_signing
from libs.privacy.keysets import KeysDamaged

SERVICES = ("deals", "orders")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NEVER = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_keys(tmp_path / "keys", SERVICES)
    return tmp_path / "keys"


def test_a_running_process_signs_with_the_new_key_at_once_and_both_count_everywhere(folder: Path) -> None:
    running, other = open_keys(folder).of("deals"), open_keys(folder).of("orders")
    before, former = running.sign(b"before"), running.public_key
    rotate_signing(folder, "deals", LONG_AGO)
    after = running.sign(b"after")
    assert running.public_key == open_keys(folder).of("deals").public_key != former
    for one in (running, other, open_keys(folder)):
        assert one.verify(before, b"before", by="deals")
        assert one.verify(after, b"after", by="deals")
        assert not one.verify(after, b"after", by="orders")
    create_keys(folder, SERVICES)
    assert read_keys((folder / "public-keys").read_text()) == open_keys(folder).public_keys()
    assert [key.until for key in _keys(folder)] == [LONG_AGO + RETIRED_AFTER, None]
    assert [key.since for key in _keys(folder)] == [None, LONG_AGO]


def test_a_retired_key_signs_nothing_also_in_a_process_that_has_an_old_copy(folder: Path, tmp_path: Path) -> None:
    stale = tmp_path / "stale"
    shutil.copytree(folder, stale)
    process = open_keys(stale).of("deals")
    rotate_signing(folder, "deals", LONG_AGO)
    process.sign(b"not retired here")
    (stale / "public-keys").write_bytes((folder / "public-keys").read_bytes())
    with pytest.raises(KeysDamaged, match="the key that signed until 2026-01-01"):
        process.sign(b"text")


def test_a_key_signs_until_every_process_has_the_new_one(folder: Path, tmp_path: Path) -> None:
    stale = tmp_path / "stale"
    shutil.copytree(folder, stale)
    process = open_keys(stale).of("deals")
    rotate_signing(folder, "deals", NEVER)
    (stale / "public-keys").write_bytes((folder / "public-keys").read_bytes())
    assert open_keys(folder).verify(process.sign(b"text"), b"text", by="deals")


def test_what_says_that_it_was_signed_with_a_key_after_that_was_retired_does_not_count(folder: Path) -> None:
    signed = open_keys(folder).of("deals").sign(b"text")
    rotate_signing(folder, "deals", LONG_AGO)
    trusted = open_keys(folder).public_keys()
    end = LONG_AGO + RETIRED_AFTER
    for at, counts in (
        ("", True),
        (end.isoformat(), True),
        ((end + timedelta(microseconds=1)).isoformat(), False),
        ("2026-01-01T00:00:00", False),
        ("never", False),
    ):
        assert is_signed_by("deals", b"text", signed, trusted, at=at) is counts, at


def test_a_second_rotation_keeps_both_former_keys(folder: Path) -> None:
    signed = []
    for number in range(3):
        signed.append(open_keys(folder).of("orders").sign(b"text"))
        rotate_signing(folder, "orders", LONG_AGO + timedelta(days=number))
    assert all(open_keys(folder).verify(one, b"text", by="orders") for one in signed)
    assert [key.until for key in _keys(folder, "orders")] == [
        *(LONG_AGO + timedelta(days=number) + RETIRED_AFTER for number in range(3)),
        None,
    ]


@pytest.mark.parametrize("times", ["2026-01-01T00:00:00+00:00", "- - -", "today -", "2026-01-01T00:00:00 -"])
def test_a_line_with_other_times_is_named(folder: Path, times: str) -> None:
    key = _keys(folder)[0].hex()
    with pytest.raises(NotAKey, match="line 2: "):
        read_keys(written_keys({}) + f"deals {key} {times}\n")


def _keys(folder: Path, service: str = "deals") -> list[PublicKey]:
    listed = open_keys(folder).public_keys()[service]
    return [one for one in listed if isinstance(one, PublicKey)]
