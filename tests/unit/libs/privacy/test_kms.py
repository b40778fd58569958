"""The key of a service, wrapped by a key management service that refuses, has another key, is away or slow."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tink import TinkError

from libs.clock import SteppedClock
from libs.ids import Ids
from libs.privacy.keys import create_keys, open_keys
from libs.privacy.keysets import KeysDamaged
from libs.privacy.kms import KmsRefused, KmsUnavailable, is_uri, open_kms
from libs.privacy.vault.documents import SERVICE_KEYS
from libs.privacy.vault.service_key import ServiceKeyLocked
from libs.privacy.vault.vault import Vault
from libs.privacy.wrapping import open_wrapping, rotate_wrapping, wrap_with, wrap_with_file
from libs.store.port import get
from libs.store.sqlite import SqliteStore
from tests.builders import NOW
from tests.transit import TOKEN, Transit, serving

SERVICE, OTHER = "deals", "orders"


@pytest.fixture
def transit() -> Iterator[Transit]:
    made = Transit()
    with serving(made):
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_keys(tmp_path / "keys", [SERVICE, OTHER])
    for service in (SERVICE, OTHER):
        (tmp_path / "keys" / service / "kms-credentials").write_text(f"{TOKEN}\n")
    return tmp_path / "keys"


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Vault]:
    """The vault of the service, as a process opens it."""
    key_store = await SqliteStore.open(folder.parent / "keys.db")
    clock = SteppedClock(NOW)
    wrapping = open_keys(folder).of(SERVICE).open_wrapping
    try:
        vault = await Vault.open(key_store, wrapping, service=SERVICE, ids=Ids("local", clock), clock=clock)
    except BaseException:
        await key_store.close()
        raise
    try:
        yield vault
    finally:
        await vault.close()


async def test_it_is_asked_once_at_a_start_and_never_for_a_person(folder: Path, transit: Transit) -> None:
    wrap_with(folder, SERVICE, transit.uri("deals"))
    async with opened(folder):
        assert transit.asked == ["encrypt", "decrypt", "decrypt"]  # Tink checks what it has wrapped
    transit.asked.clear()
    async with opened(folder) as vault:
        await vault.stock(500)
        assert not await vault.rewrap()
        assert transit.asked == ["decrypt"]


async def test_a_file_is_replaced_by_it_while_the_service_runs_and_can_then_be_deleted(
    folder: Path, transit: Transit
) -> None:
    async with opened(folder) as vault:
        locked = vault.lock("text", "name")
        wrap_with(folder, SERVICE, transit.uri("deals"))
        assert await vault.rewrap()
        assert not await vault.rewrap()
    (folder / SERVICE / "wrapping.json").unlink()
    create_keys(folder, [SERVICE])
    assert not (folder / SERVICE / "wrapping.json").exists()
    async with opened(folder) as vault:
        assert vault.unlock(locked, "name") == "text"


async def test_after_its_key_was_rotated_the_command_wraps_with_the_newest_version(
    folder: Path, transit: Transit
) -> None:
    wrap_with(folder, SERVICE, transit.uri("deals"))
    async with opened(folder) as vault:
        for version in (2, 3, 4, 5):
            transit.rotate("deals")
            assert not await vault.rewrap()
            rotate_wrapping(folder, SERVICE)
            assert await vault.rewrap()
            row = await get(vault.key_store, SERVICE_KEYS, "service")
            assert row is not None
            assert f"vault:v{version}:".encode() in row.value.wrapped
    async with opened(folder):
        pass


async def test_files_wrap_again_while_the_service_runs_and_its_keys_there_can_then_be_deleted(
    folder: Path, transit: Transit
) -> None:
    wrap_with(folder, SERVICE, transit.uri("deals"))
    (folder / SERVICE / "wrapping.json").unlink()
    async with opened(folder) as vault:
        locked = vault.lock("text", "name")
        wrap_with_file(folder, SERVICE)
        create_keys(folder, [SERVICE])
        assert await vault.rewrap()
        assert not await vault.rewrap()
        rotate_wrapping(folder, SERVICE)
        assert await vault.rewrap()
    transit.keys.clear()
    transit.asked.clear()
    for one in ("as it is", "without the KMS"):
        if one == "without the KMS":
            (folder / SERVICE / "kms").unlink()
            (folder / SERVICE / "kms-credentials").unlink()
        async with opened(folder) as vault:
            assert vault.unlock(locked, "name") == "text"
    assert transit.asked == []


async def test_the_way_back_gives_the_file_a_new_key_and_leads_there_again(folder: Path, transit: Transit) -> None:
    before = open_wrapping(folder, SERVICE).name
    wrap_with(folder, SERVICE, transit.uri("deals"))
    async with opened(folder) as vault:
        wrap_with_file(folder, SERVICE)
        assert open_wrapping(folder, SERVICE).name != before
        assert await vault.rewrap()
        wrap_with(folder, SERVICE, transit.uri("deals-2"))
        assert await vault.rewrap()
    async with opened(folder):
        assert transit.asked[-1] == "decrypt"


async def test_another_service_with_other_credentials_takes_over(folder: Path, transit: Transit) -> None:
    other = Transit(token="hvs.other")
    with serving(other):
        wrap_with(folder, SERVICE, transit.uri("deals"))
        async with opened(folder) as vault:
            locked = vault.lock("text", "name")
            wrap_with(folder, SERVICE, other.uri("moved"), "hvs.other")
            assert await vault.rewrap()
            other.rotate("moved")
            rotate_wrapping(folder, SERVICE)
            assert await vault.rewrap()
        transit.status = 503
        async with opened(folder) as vault:
            assert vault.unlock(locked, "name") == "text"


async def test_a_rotation_to_another_key_needs_the_former_one_only_once(folder: Path, transit: Transit) -> None:
    wrap_with(folder, SERVICE, transit.uri("deals"))
    async with opened(folder) as vault:
        wrap_with(folder, SERVICE, transit.uri("deals-2"))
        assert await vault.rewrap()
    del transit.keys["deals"]
    async with opened(folder):
        pass


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("another key", ServiceKeyLocked),
        ("no token", KmsRefused),
        ("403", KmsRefused),
        ("503", KmsUnavailable),
        ("429", KmsUnavailable),
        ("500", KmsUnavailable),
    ],
)
async def test_a_fault_at_a_start_is_named_and_what_it_says_holds_no_secret(
    folder: Path, transit: Transit, fault: str, error: type[Exception]
) -> None:
    wrap_with(folder, SERVICE, transit.uri("deals"))
    async with opened(folder):
        pass
    if fault == "another key":
        transit.keys["deals"] = [bytes(32)]
    elif fault == "no token":
        (folder / SERVICE / "kms-credentials").write_text("hvs.another")
    else:
        transit.status = int(fault)
    with pytest.raises(error) as refused:
        async with opened(folder):
            pass
    assert "hvs" not in str(refused.value)


async def test_no_key_is_made_that_the_service_did_not_wrap(folder: Path, transit: Transit) -> None:
    wrap_with(folder, SERVICE, transit.uri("deals"))
    del transit.keys["deals"]
    with pytest.raises(KmsRefused):
        async with opened(folder):
            pass
    transit.uri("deals")
    async with opened(folder):
        pass


async def test_one_that_does_not_answer_is_away_after_some_seconds(folder: Path, transit: Transit) -> None:
    wrap_with(folder, SERVICE, transit.uri("deals"))
    transit.answering.clear()
    with pytest.raises(KmsUnavailable):
        async with opened(folder):
            pass


async def test_away_later_stops_nothing(folder: Path) -> None:
    transit = Transit()
    with serving(transit):
        wrap_with(folder, SERVICE, transit.uri("deals"))
        opening = opened(folder)
        vault = await opening.__aenter__()
    try:
        rotate_wrapping(folder, SERVICE)
        assert not await vault.rewrap()
        await vault.stock(500)
        assert vault.unlock(vault.lock("text", "name"), "name") == "text"
        with serving(transit):
            assert await vault.rewrap()
    finally:
        await opening.__aexit__(None, None, None)


def test_what_one_service_wrapped_another_cannot_take_for_its_own(folder: Path, transit: Transit) -> None:
    for service in (SERVICE, OTHER):
        wrap_with(folder, service, transit.uri("shared"))
    keys = open_keys(folder)
    mine, theirs = (keys.of(one).open_wrapping().current() for one in (SERVICE, OTHER))
    sealed = mine.encrypt(b"key", SERVICE.encode())
    assert theirs.decrypt(sealed, SERVICE.encode()) == b"key"
    with pytest.raises(TinkError):
        theirs.decrypt(sealed, OTHER.encode())


@pytest.mark.parametrize("line", ["", "x", "hcvault://h/t/keys/n", "http://h/t/keys/n 1", "hcvault://h/n 1"])
def test_a_damaged_file_is_named(folder: Path, line: str) -> None:
    (folder / SERVICE / "kms").write_text(f"{line}\n")
    with pytest.raises(KeysDamaged) as refused:
        open_keys(folder).of(SERVICE)
    assert str(folder / SERVICE / "kms") in refused.value.message


@pytest.mark.parametrize(
    ("uri", "extra"),
    [
        ("aws-kms://arn:aws:kms:eu-central-1:111122223333:key/1234abcd", "aws"),
        ("gcp-kms://projects/p/locations/l/keyRings/r/cryptoKeys/k", "gcp"),
    ],
)
def test_a_library_that_is_not_installed_is_named_with_the_extra(tmp_path: Path, uri: str, extra: str) -> None:
    assert is_uri(uri)
    with pytest.raises(KmsRefused, match=rf"pip install 'prm\[{extra}\]'"):
        open_kms(uri, tmp_path / "kms-credentials")
