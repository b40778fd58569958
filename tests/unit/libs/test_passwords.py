"""Passwords come from files; what cannot be one is refused with the file's name, and no password is ever printed."""

from pathlib import Path

import pytest

from libs.config import ConfigError, Settings
from libs.passwords import BYTES, PasswordFile, open_password, refuse_secret
from libs.runtime.encryption import identity_of

VARIABLE = "PRM_STORE_PASSWORD_FILE"


@pytest.mark.parametrize("held", [b"s3cret", b"s3cret\n", b"s3cret\r\n"])
def test_a_file_holds_a_password_and_perhaps_the_end_of_its_line(held: bytes, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(held)
    file = PasswordFile(VARIABLE, tmp_path / "p")
    assert file.current().reveal() == "s3cret"
    assert "s3cret" not in f"{file!r} {file} {file.current()!r} {file.current()} {vars(file)}"


@pytest.mark.parametrize("held", [b"", b"\n", b"s3cret\nmore", b"\xff\xfe", b"s" * (BYTES + 1)])
def test_anything_else_is_refused_with_the_files_name(held: bytes, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(held)
    with pytest.raises(ConfigError, match=f"{VARIABLE}: {tmp_path}/p must hold the password") as caught:
        PasswordFile(VARIABLE, tmp_path / "p")
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{VARIABLE}: {tmp_path}/p cannot be read, No such file"):
        open_password(VARIABLE, tmp_path / "p")
    assert open_password(VARIABLE, None) is None


def test_a_file_that_was_replaced_is_read_again_and_one_that_is_gone_counts_as_before(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_text("old")
    file = PasswordFile(VARIABLE, path)
    path.write_text("new")
    assert file.current().reveal() == "new"
    path.unlink()
    assert file.current().reveal() == "new"


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://u:s3cret@127.0.0.1/",
        "mongodb://u:s3cret@[::1]:27017,127.0.0.1/?replicaSet=prm",
        "mongodb+srv://u:@cell.example/",
        "mongodb://u:s3c/ret@127.0.0.1/",
        "tls://nats-0:4222,tls://u:s3cret@nats-1:4222",
        "nats://u:s3cret@[::1]:4222",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match=r"PRM_X: holds a password.*PRM_Y") as caught:
        refuse_secret("PRM_X", url, file_variable="PRM_Y")
    assert "s3c" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["mongodb://u@127.0.0.1:27017,[::1]:2/?x=a@b:c", "mongodb://[::1]:27017/", "tls://u@nats:4222,tls://[::1]:4222"],
)
def test_a_user_alone_may_be_named(url: str) -> None:
    refuse_secret("PRM_X", url, file_variable="PRM_Y")


def test_a_process_names_everything_that_is_wrong_with_its_logins(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("s3cret")
    wrong = [
        Settings(store_url="mongodb://u:s3cret@127.0.0.1/", nats_url="nats://u:s3cret@127.0.0.1:4222"),
        Settings(
            store_url="mongodb://127.0.0.1/",
            store_password_file=tmp_path / "p",
            nats_url="nats://u@127.0.0.1:4222",
        ),
        Settings(
            store_url="mongodb://u@127.0.0.1/",
            store_password_file=tmp_path / "q",
            nats_url="nats://s3cret@127.0.0.1:4222",
        ),
    ]
    for told in wrong:
        with pytest.raises(ConfigError) as caught:
            identity_of(told)
        assert [line.partition(":")[0] for line in str(caught.value).splitlines()] in (
            ["PRM_NATS_URL", "PRM_STORE_URL"],
            ["PRM_NATS_URL", "PRM_STORE_PASSWORD_FILE"],
        )
        assert "s3cret" not in str(caught.value)


def test_users_with_passwords_in_files_are_taken(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("s3cret")
    told = Settings(
        store_url="mongodb://u@[::1]:27017/",
        store_password_file=tmp_path / "p",
        nats_url="nats://[::1]:4222",
    )
    assert identity_of(told) is None
