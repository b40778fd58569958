"""The issuer that comes along: one key for all processes of a machine, kept from others, never beside other issuers."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from libs.config import ConfigError, Settings
from libs.country import Directory
from libs.rpc.identity.credentials import own_token
from libs.rpc.identity.development import development_issuer, key_file, share_key
from libs.rpc.identity.opening import open_development
from libs.rpc.identity.port import TokenInvalid
from libs.runtime.platform import LOCAL
from tests.tokens import token

HERE = Directory(LOCAL)


def test_processes_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: development_issuer(tmp_path, "local")._kid, range(64)))
    assert len(set(made)) == 1
    assert [path.name for path in key_file(tmp_path, "local").parent.iterdir()] == ["development_issuer.pem"]


def test_nobody_else_of_the_machine_can_read_the_key(tmp_path: Path) -> None:
    development_issuer(tmp_path / "data", "local")
    assert key_file(tmp_path / "data", "local").stat().st_mode & 0o777 == 0o600
    assert key_file(tmp_path / "data", "local").parent.stat().st_mode & 0o777 == 0o700


async def test_a_token_of_another_cells_key_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(TokenInvalid, match="prm token"):
        await development_issuer(tmp_path, "local").find("another", "EdDSA")


def _elliptic() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("text", [b"", b"no key", _elliptic()], ids=["empty", "text", "another kind"])
def test_a_file_that_is_no_key_is_named_and_never_replaced(tmp_path: Path, text: bytes) -> None:
    path = key_file(tmp_path, "local")
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    with pytest.raises(ConfigError, match=r"development_issuer\.pem"):
        development_issuer(tmp_path, "local")
    assert path.read_bytes() == text


def test_a_second_folder_of_a_cell_may_share_the_key(tmp_path: Path) -> None:
    share_key(tmp_path / "data", tmp_path / "demo", "local")
    one, other = (key_file(tmp_path / name, "local").read_bytes() for name in ("data", "demo"))
    assert one == other


@pytest.mark.parametrize("listen", ["0.0.0.0:7400", "[::]:7400", "192.168.0.1:7400", "prm.example:7400"])
def test_it_is_not_trusted_where_others_can_reach_the_port(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigError, match=r"PRM_ISSUERS_FILE: .* can be reached from outside this machine"):
        open_development(Settings(data_dir=tmp_path, listen=listen), HERE)
    assert not key_file(tmp_path, "local").exists()


def test_it_is_not_trusted_beside_others(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PRM_ISSUERS_FILE is set"):
        open_development(Settings(data_dir=tmp_path, issuers_file=tmp_path / "issuers.toml"), HERE)


def test_a_command_shows_what_it_was_given_or_else_signs_where_it_can(tmp_path: Path) -> None:
    show = partial(own_token, directory=HERE, role="auditor", subject="audit")
    here, elsewhere = (Settings(data_dir=tmp_path / name) for name in ("here", "elsewhere"))
    given = token(tmp_path / "here", "finance")
    assert show(here, environ={"PRM_TOKEN": given}) == given
    assert show(here, environ={}).count(".") == 2
    assert show(elsewhere, environ={}) == ""
    assert not key_file(tmp_path / "elsewhere", "local").exists()
    told = Settings(data_dir=tmp_path / "here", issuers_file=tmp_path / "issuers.toml")
    assert show(told, environ={}) == ""
