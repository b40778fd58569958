"""The cell's keys: another cell, another name, another byte - and nothing opens."""

import base64
import json
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tink.proto import ed25519_pb2

from libs.privacy.keys import AliasField, Keys, create_keys, give_keys, open_keys
from libs.privacy.keysets import KeysDamaged, KeysMissing
from libs.privacy.objects import ForgedObject

SHARED = ("blind_email.json", "blind_person_id.json", "blind_phone.json", "objects.json", "public-keys")
OWN = ("objects.json", "signing.json", "wrapping.json")
ORDER = "sealing-ordered"
_PUT_BACK = (
    "): put back the copy that was kept of it; a new one would find nobody and open nothing that was sealed before"
)
SERVICES = ("deals", "orders")
FILES = (*SHARED, *(f"deals/{name}" for name in OWN))
NEEDED = tuple(name for name in FILES if name != "deals/objects.json")  # without it the shared one encrypts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys")
    create_keys(made, SERVICES)
    return made


@pytest.fixture(scope="module")
def keys(folder: Path) -> Keys:
    return open_keys(folder).of("deals")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    made = tmp_path_factory.mktemp("others")
    create_keys(made, SERVICES)
    return open_keys(made).of("deals")


def held(folder: Path) -> dict[str, bytes]:
    """The files of a folder of keys, by their path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_of_keys_is_made_once_and_for_its_owner_alone(folder: Path) -> None:
    before = held(folder)
    create_keys(folder, SERVICES)
    assert held(folder) == before
    assert sorted(before) == sorted((*SHARED, ORDER, *(f"{service}/{name}" for service in SERVICES for name in OWN)))
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in before} == {0o600}
    assert {stat.S_IMODE((folder / service).stat().st_mode) for service in SERVICES} == {0o700}


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    create_keys(tmp_path, SERVICES)
    (tmp_path / name).unlink()
    with pytest.raises(KeysMissing) as refused:
        open_keys(tmp_path).of("deals")
    assert refused.value.message == (
        f"{tmp_path / name} is missing: create the cell's keys once with `prm keys {tmp_path}`, give each process the "
        "shared files and the folders of its own services, and name that folder in PRM_KEYS_DIR"
    )


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("held", [b"", b"{", b"{}", b"\xff\xfe", b"another"])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, name: str, held: bytes) -> None:
    create_keys(tmp_path, SERVICES)
    another = tmp_path / ("objects.json" if name.startswith("blind") else "blind_email.json")
    (tmp_path / name).write_bytes(another.read_bytes() if held == b"another" else held)
    with pytest.raises(KeysDamaged) as refused:
        open_keys(tmp_path).of("deals")
    why = refused.value.message.removeprefix(f"{tmp_path / name} cannot be read as that file of a cell's keys (")
    assert why.endswith(_PUT_BACK)
    assert why != refused.value.message


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_may_not_be_read_is_named_with_the_reason(tmp_path: Path, name: str) -> None:
    create_keys(tmp_path, SERVICES)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(KeysDamaged) as refused:
        open_keys(tmp_path).of("deals")
    text = f"{tmp_path / name} cannot be read as that file of a cell's keys (Is a directory{_PUT_BACK}"
    assert refused.value.message == text


def test_a_process_opens_and_signs_for_the_services_whose_files_it_has(tmp_path: Path) -> None:
    create_keys(tmp_path, SERVICES)
    shutil.rmtree(tmp_path / "orders")
    keys = open_keys(tmp_path)
    signed = keys.of("deals").sign(b"text")
    assert keys.verify(signed, b"text", by="deals")
    assert not keys.verify(signed, b"text", by="orders")
    with pytest.raises(KeysMissing):
        keys.of("orders")


def test_a_process_is_given_what_it_may_have_and_what_was_deleted_goes(tmp_path: Path) -> None:
    keys, given = tmp_path / "keys", tmp_path / "keys" / "given"
    create_keys(keys, SERVICES)
    (keys / "wrapping.json").write_text("of an earlier release")
    give_keys(keys, SERVICES, given)
    (keys / "wrapping.json").unlink()
    give_keys(keys, SERVICES, given)
    everything = {name: data for name, data in held(keys).items() if not name.startswith("given/")}
    for service, other in (SERVICES, SERVICES[::-1]):
        assert held(given / service) == {name: one for name, one in everything.items() if not name.startswith(other)}
        assert open_keys(given / service).of(service).sign(b"text")


def test_a_key_that_is_made_while_a_process_runs_counts_at_once(tmp_path: Path) -> None:
    create_keys(tmp_path, ["deals"])
    running = open_keys(tmp_path).of("deals")
    create_keys(tmp_path, SERVICES)
    assert running.verify(open_keys(tmp_path).of("orders").sign(b"text"), b"text", by="orders")


def test_a_key_that_does_not_go_with_its_public_one_signs_nothing(tmp_path: Path) -> None:
    create_keys(tmp_path / "one", SERVICES)
    create_keys(tmp_path / "other", SERVICES)
    path = tmp_path / "one" / "deals" / "signing.json"
    one, other = (_key_of(tmp_path / cell / "deals" / "signing.json") for cell in ("one", "other"))
    mixed = ed25519_pb2.Ed25519PrivateKey(key_value=other.key_value, public_key=one.public_key)
    held = json.loads(path.read_text())
    held["key"][0]["keyData"]["value"] = base64.b64encode(mixed.SerializeToString()).decode()
    path.write_text(json.dumps(held))
    with pytest.raises(KeysDamaged):
        open_keys(tmp_path / "one").of("deals")


def _key_of(path: Path) -> ed25519_pb2.Ed25519PrivateKey:
    value = json.loads(path.read_text())["key"][0]["keyData"]["value"]
    return ed25519_pb2.Ed25519PrivateKey.FromString(base64.b64decode(value))


def test_every_process_that_has_the_folder_finds_the_same(folder: Path, keys: Keys) -> None:
    again = open_keys(folder).of("deals")
    assert again.blind(AliasField.EMAIL, "a@b.c") == keys.blind(AliasField.EMAIL, "a@b.c")
    assert again.unseal(keys.seal(b"data", "name"), "name") == b"data"
    assert again.verify(keys.sign(b"data"), b"data", by="deals")
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
    assert keys.verify(signed, b"text", by="deals")
    assert not keys.verify(signed, b"texT", by="deals")
    assert not keys.verify(signed[:-1], b"text", by="deals")
    assert not others.verify(signed, b"text", by="deals")


def test_keys_print_nothing_of_themselves(folder: Path, keys: Keys) -> None:
    secret = json.loads((folder / "objects.json").read_text())["key"][0]["keyData"]["value"]
    assert secret not in repr(keys)
