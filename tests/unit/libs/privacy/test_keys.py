"""The cell's keys: another cell, another name, another byte - and nothing opens."""

import base64
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tink.proto import ed25519_pb2

from libs.privacy.keys import AliasField, ForgedObject, Keys, KeysDamaged, KeysMissing, create_keys, open_keys

FILES = ("blind_email.json", "blind_person_id.json", "blind_phone.json", "manifests.json", "objects.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys")
    create_keys(made)
    return made


@pytest.fixture(scope="module")
def keys(folder: Path) -> Keys:
    return open_keys(folder)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    made = tmp_path_factory.mktemp("others")
    create_keys(made)
    return open_keys(made)


def test_a_folder_of_keys_is_made_once_and_for_its_owner_alone(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    create_keys(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert sorted(before) == sorted(FILES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", FILES)
def test_a_missing_keyset_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    create_keys(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(KeysMissing) as refused:
        open_keys(tmp_path)
    assert refused.value.message == (
        f"{tmp_path / name} is missing: create the cell's keys once with `prm keys {tmp_path}` and mount that folder, "
        "named by PRM_KEYS_DIR, in every process of the cell"
    )


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("held", [b"", b"{", b"{}", b"\xff\xfe", b"another"])
def test_a_damaged_keyset_is_named_with_what_to_do(tmp_path: Path, name: str, held: bytes) -> None:
    create_keys(tmp_path)
    another = tmp_path / ("objects.json" if name == "manifests.json" else "manifests.json")
    (tmp_path / name).write_bytes(another.read_bytes() if held == b"another" else held)
    with pytest.raises(KeysDamaged) as refused:
        open_keys(tmp_path)
    assert refused.value.message == _damaged(tmp_path / name, "it is damaged, or is another")


@pytest.mark.parametrize("name", FILES)
def test_a_keyset_that_may_not_be_read_is_named_with_the_reason(tmp_path: Path, name: str) -> None:
    create_keys(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(KeysDamaged) as refused:
        open_keys(tmp_path)
    assert refused.value.message == _damaged(tmp_path / name, "Is a directory")


def test_a_key_that_does_not_go_with_its_public_one_signs_nothing(tmp_path: Path) -> None:
    create_keys(tmp_path / "one")
    create_keys(tmp_path / "other")
    path = tmp_path / "one" / "manifests.json"
    one, other = (_key_of(tmp_path / cell / "manifests.json") for cell in ("one", "other"))
    mixed = ed25519_pb2.Ed25519PrivateKey(key_value=other.key_value, public_key=one.public_key)
    held = json.loads(path.read_text())
    held["key"][0]["keyData"]["value"] = base64.b64encode(mixed.SerializeToString()).decode()
    path.write_text(json.dumps(held))
    with pytest.raises(KeysDamaged):
        open_keys(path.parent)


def _key_of(path: Path) -> ed25519_pb2.Ed25519PrivateKey:
    value = json.loads(path.read_text())["key"][0]["keyData"]["value"]
    return ed25519_pb2.Ed25519PrivateKey.FromString(base64.b64decode(value))


def _damaged(path: Path, why: str) -> str:
    return (
        f"{path} cannot be read as that keyset of a cell ({why}): put back the copy that was kept of it; a new one "
        "would find nobody and open nothing that was sealed before"
    )


def test_every_process_that_has_the_folder_finds_the_same(folder: Path, keys: Keys) -> None:
    again = open_keys(folder)
    assert again.blind(AliasField.EMAIL, "a@b.c") == keys.blind(AliasField.EMAIL, "a@b.c")
    assert again.unseal(keys.seal(b"data", "name"), "name") == b"data"
    assert again.verify(keys.sign(b"data"), b"data")
    assert again.public_key == keys.public_key


def test_a_hash_says_nothing_across_fields_and_cells(keys: Keys, others: Keys) -> None:
    found = [one.blind(field, "same") for one in (keys, others) for field in AliasField]
    assert len(set(found)) == len(found)
    assert {len(one) for one in found} == {32}


@given(data=st.binary(max_size=200), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_altered_bit_and_nothing_opens(keys: Keys, data: bytes, place: int, bit: int) -> None:
    sealed = bytearray(keys.seal(data, "case/1/deals"))
    assert keys.unseal(bytes(sealed), "case/1/deals") == data
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(ForgedObject):
        keys.unseal(bytes(sealed), "case/1/deals")


def test_what_was_renamed_cut_or_sealed_elsewhere_does_not_open(keys: Keys, others: Keys) -> None:
    sealed = keys.seal(b"data", "case/1/deals")
    for by, what, name in (
        (keys, sealed, "case/1/orders"),
        (keys, sealed[:-1], "case/1/deals"),
        (keys, b"", "case/1/deals"),
        (others, sealed, "case/1/deals"),
    ):
        with pytest.raises(ForgedObject) as refused:
            by.unseal(what, name)
        assert refused.value.metadata == {"name": name}


def test_a_signature_is_of_one_cell_and_one_text(keys: Keys, others: Keys) -> None:
    signed = keys.sign(b"text")
    assert (len(signed), len(keys.public_key)) == (64, 32)
    assert keys.verify(signed, b"text")
    assert not keys.verify(signed, b"texT")
    assert not keys.verify(signed[:-1], b"text")
    assert not others.verify(signed, b"text")


def test_keys_print_nothing_of_themselves(folder: Path, keys: Keys) -> None:
    secret = json.loads((folder / "objects.json").read_text())["key"][0]["keyData"]["value"]
    assert secret not in repr(keys)
