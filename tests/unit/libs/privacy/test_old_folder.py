"""A folder of keys that an earlier release made: one wrapping key and one signing key for all services."""

from pathlib import Path

import pytest

from libs.audit.signatures import CELL, keys_given, read_keys
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.privacy.keysets import KeysMissing
from libs.privacy.wrapping import rotate_wrapping
from tests.unit.libs.privacy.old_folder import SERVICES, make_old_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_old_folder(tmp_path)
    return tmp_path


def test_it_is_used_as_it_is_until_it_is_upgraded(folder: Path) -> None:
    deals, orders = _both(folder)
    assert orders.verify(deals.sign(b"text"), b"text", by="deals")
    assert deals.open_wrapping().name == orders.open_wrapping().name
    assert deals.public_keys() == {CELL: (deals.public_key,)}


def test_after_the_upgrade_each_service_has_keys_of_its_own_and_the_old_ones_still_open_and_count(folder: Path) -> None:
    before, _ = _both(folder)
    name = before.open_wrapping().name
    signed, wrapped = before.sign(b"text"), before.open_wrapping().current().encrypt(b"key", b"deals")
    former = before.public_key
    create_keys(folder, SERVICES)
    deals, orders = _both(folder)
    assert before.public_key == deals.public_key
    assert len({former, deals.public_key, orders.public_key}) == 3
    assert len({name, *(one.open_wrapping().name for one in (deals, orders))}) == 3
    for service in SERVICES:
        assert before.verify(signed, b"text", by=service)
        assert deals.verify(signed, b"text", by=service)
    assert not deals.verify(orders.sign(b"text"), b"text", by="deals")
    assert before.verify(orders.sign(b"text"), b"text", by="orders")  # by a process that has run since before
    old = deals.open_wrapping().named(name)
    assert old is not None
    assert old.decrypt(wrapped, b"deals") == b"key"


def test_once_everything_is_wrapped_anew_the_old_keys_can_be_deleted_and_what_they_signed_still_counts(
    folder: Path,
) -> None:
    before, _ = _both(folder)
    name, signed = before.open_wrapping().name, before.sign(b"text")
    create_keys(folder, SERVICES)
    for shared in ("wrapping.json", "manifests.json"):
        (folder / shared).unlink()
    create_keys(folder, SERVICES)
    deals, _ = _both(folder)
    assert deals.open_wrapping().named(name) is None
    assert deals.verify(signed, b"text", by="orders")
    path = folder / "handed-over"
    path.write_text((folder / "public-keys").read_text())
    assert keys_given(str(path)) == read_keys(path.read_text()) == deals.public_keys()


def test_the_key_of_one_service_alone_is_rotated_and_not_before_it_has_one(folder: Path) -> None:
    with pytest.raises(KeysMissing):
        rotate_wrapping(folder, "deals")
    create_keys(folder, SERVICES)
    deals, orders = (one.open_wrapping().name for one in _both(folder))
    rotate_wrapping(folder, "deals")
    assert [one.open_wrapping().name == former for one, former in zip(_both(folder), (deals, orders), strict=True)] == [
        False,
        True,
    ]


def _both(folder: Path) -> tuple[Keys, Keys]:
    keys = open_keys(folder)
    return keys.of("deals"), keys.of("orders")
