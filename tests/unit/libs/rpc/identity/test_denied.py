"""The deny list: who is on it is out within a second, and a file that is gone lets nobody back in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from libs.call import Caller
from libs.config import ConfigError
from libs.lifetime import alongside
from libs.rpc.identity.denied import LOOK_SECONDS, MAX_BYTES, DenyList
from libs.rpc.identity.port import TokenRevoked
from tests.waiting import until

TOKEN = "e30.e30.c2ln"
HASH = sha256(TOKEN.encode()).hexdigest()
ADA = Caller(subject="staff:ada")


def denied(found: DenyList, caller: Caller = ADA, *, token: str = TOKEN, jti: str = "one") -> bool:
    try:
        found.check(caller, token=token, jti=jti)
    except TokenRevoked:
        return True
    return False


def listing(tmp_path: Path, text: str) -> DenyList:
    path = tmp_path / "deny"
    path.write_text(text)
    return DenyList(path)


@pytest.mark.parametrize("line", ["jti:one", "sub:staff:ada", f"sha256:{HASH}", "  jti:one  # left on Friday"])
def test_a_token_is_denied_by_its_id_its_subject_or_its_hash(tmp_path: Path, line: str) -> None:
    found = listing(tmp_path, f"# people who left\n\n{line}\n")
    assert denied(found)
    assert not denied(found, Caller(subject="partners:ada"), token="e30.e30.eA", jti="two")


def test_who_is_denied_cannot_be_acted_for_either(tmp_path: Path) -> None:
    found = listing(tmp_path, "sub:staff:ada\n")
    assert denied(found, Caller(subject="staff:robot", on_behalf_of="staff:ada"))
    assert not denied(found, Caller(subject="staff:robot"))


def test_without_a_file_nobody_is_denied() -> None:
    assert not denied(DenyList(None))


def test_every_line_of_another_form_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        listing(tmp_path, "jti:one\nada\nsub:ada@example.com\nsha256:abc\n")
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == ["line 2", "line 3", "line 4"]
    assert "example.com" not in str(caught.value)


def test_a_file_that_is_not_there_or_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"PRM_DENY_FILE: .* cannot be read"):
        DenyList(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=f"longer than {MAX_BYTES} bytes"):
        listing(tmp_path, "#" * (MAX_BYTES + 1))


@asynccontextmanager
async def watched(found: DenyList) -> AsyncIterator[asyncio.Event]:
    forgotten = asyncio.Event()
    async with alongside(found.run(forgotten.set)):
        yield forgotten


async def test_a_change_counts_within_a_second_and_what_was_remembered_is_forgotten(tmp_path: Path) -> None:
    found = listing(tmp_path, "jti:two\n")
    async with watched(found) as forgotten:
        (tmp_path / "deny").write_text("jti:one\n")
        async with asyncio.timeout(1.0):
            await forgotten.wait()
        assert denied(found)
        assert not denied(found, jti="two")


async def test_a_file_that_goes_away_lets_nobody_back_in(tmp_path: Path) -> None:
    found, path = listing(tmp_path, "jti:one\n"), tmp_path / "deny"
    async with watched(found) as forgotten:
        path.unlink()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3 * LOOK_SECONDS):
                await forgotten.wait()
        assert denied(found)
        path.write_text("jti:two\nnot a line\n")
        await until(forgotten.is_set)
        assert denied(found, jti="two")
        assert not denied(found)
