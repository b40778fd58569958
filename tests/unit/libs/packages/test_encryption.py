"""What is encrypted here is read by others who read the age format, and what others encrypted is read here."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.packages.encryption import (
    NotARecipient,
    NotDecrypted,
    decrypt,
    decrypt_with_passphrase,
    encrypt,
    encrypt_with_passphrase,
    require_recipient,
)
from tests.unit.libs.packages.ages import CHUNK, IDENTITY, RECIPIENT, read

WHOLE = b"PK\3\4 and so on"
SEALED = encrypt(WHOLE, RECIPIENT)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_reader_that_is_written_from_the_specification_reads_what_was_encrypted(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert read(encrypt(data[:size], RECIPIENT)) == data[:size]


def test_nobody_else_reads_it() -> None:
    sealed = encrypt(WHOLE, RECIPIENT)
    with pytest.raises(InvalidTag):
        read(sealed, key=X25519PrivateKey.from_private_bytes(bytes([1] * 32)))


@settings(max_examples=60)
@given(st.data())
def test_any_byte_that_changes_is_found(data: st.DataObject) -> None:
    sealed = bytearray(SEALED)
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NotDecrypted):
        decrypt(bytes(sealed), IDENTITY)


@pytest.mark.slow  # scrypt takes a gigabyte and seconds for each attempt
def test_what_is_encrypted_with_a_passphrase_is_read_with_it_alone() -> None:
    sealed = encrypt_with_passphrase(WHOLE, "correct horse battery")
    assert read(sealed, passphrase="correct horse battery") == WHOLE
    assert decrypt_with_passphrase(sealed, "correct horse battery") == WHOLE
    with pytest.raises(NotDecrypted):
        decrypt_with_passphrase(sealed, "correct horse")


@pytest.mark.parametrize("text", ["", "age1", RECIPIENT[:-1], RECIPIENT[:-1] + "x", RECIPIENT.upper() + "a", IDENTITY])
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(NotARecipient):
        require_recipient(text)


@pytest.mark.parametrize("identity", ["", "# nothing", "AGE-SECRET-KEY-1", RECIPIENT])
def test_what_is_no_identity_opens_nothing(identity: str) -> None:
    with pytest.raises(NotDecrypted):
        decrypt(encrypt(WHOLE, RECIPIENT), identity)


@pytest.mark.skipif(shutil.which("age") is None, reason="age (filippo.io/age) is not on the path")
def test_the_plain_age_tool_reads_it_and_what_it_encrypts_is_read(tmp_path: Path) -> None:
    key, sealed, theirs = tmp_path / "key.txt", tmp_path / "package.zip.age", tmp_path / "theirs.age"
    key.write_text(IDENTITY)
    sealed.write_bytes(encrypt(WHOLE, RECIPIENT))
    done = subprocess.run(["age", "-d", "-i", key, sealed], capture_output=True, check=True, timeout=60)
    assert done.stdout == WHOLE
    subprocess.run(["age", "-r", RECIPIENT, "-o", theirs], input=WHOLE, check=True, timeout=60)
    assert decrypt(theirs.read_bytes(), IDENTITY) == WHOLE
