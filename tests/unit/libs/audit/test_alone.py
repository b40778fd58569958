"""The verifier works where nothing of the system is: its folder copied, its file and the key beside it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import libs.audit
from tests.unit.libs.audit.exports import KEY, OTHER_PUBLIC, PUBLIC, an_export
from tests.unit.libs.audit.test_verification import tree

_ALONE = """
import runpy, sys
for name in ("libs", "services", "msgspec", "pydantic", "google", "tink", "typer"):
    sys.modules[name] = None  # importing it fails
runpy.run_module("audit", run_name="__main__")
"""


def _verify(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_the_folder_alone_verifies_an_export(tmp_path: Path) -> None:
    shutil.copytree(Path(libs.audit.__path__[0]), tmp_path / "audit")
    lines = an_export()
    (tmp_path / "export.jsonl").write_bytes(b"".join(lines))
    (tmp_path / "cut.jsonl").write_bytes(b"".join(lines[:-1]))
    (tmp_path / "cell.key").write_text(PUBLIC.hex() + "\n")
    root = tree(12).root.hex()
    sound = (
        "sound: 12 entries of cell local, 3 signed checkpoints\n"
        f"tree size 12, root {root}, signed 2026-03-02T09:00:00.000000Z\n"
    )
    assert _verify(tmp_path, "export.jsonl", "--key", PUBLIC.hex()) == (0, sound)
    assert _verify(tmp_path, "export.jsonl", "--key", "cell.key", "--checkpoint", "export.jsonl") == (0, sound)
    code, told = _verify(tmp_path, "cut.jsonl", "--key", PUBLIC.hex(), "--checkpoint", "export.jsonl")
    assert code == 1
    assert told.splitlines() == [
        "CUT_OFF: line 15: the file does not end with a signed end",
        "NOT SOUND: 1 findings in 12 entries",
    ]
    assert _verify(tmp_path, "export.jsonl", "--key", OTHER_PUBLIC.hex())[0] == 1


def test_a_key_may_come_as_pem(tmp_path: Path) -> None:
    shutil.copytree(Path(libs.audit.__path__[0]), tmp_path / "audit")
    (tmp_path / "export.jsonl").write_bytes(b"".join(an_export()))
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "cell.pem").write_bytes(pem)
    assert _verify(tmp_path, "export.jsonl", "--key", "cell.pem")[0] == 0


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (bytes(range(200, 232)), "raw holds no public key, neither 64 hex digits nor PEM"),
        (b"", "raw holds no public key, neither 64 hex digits nor PEM"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "the PEM file holds no public key"),
        (
            ec.derive_private_key(7, ec.SECP256R1())
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "the public key is not of Ed25519",
        ),
    ],
)
def test_a_file_without_a_key_says_so(tmp_path: Path, held: bytes, said: str) -> None:
    shutil.copytree(Path(libs.audit.__path__[0]), tmp_path / "audit")
    (tmp_path / "export.jsonl").write_bytes(b"".join(an_export()))
    (tmp_path / "raw").write_bytes(held)
    code, told = _verify(tmp_path, "export.jsonl", "--key", "raw")
    assert (code, told.startswith(f"not checked: {said}")) == (2, True)


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (b"", "is no line of an export"),
        (b"\xff\n", "is no line of an export"),
        (an_export()[-1].replace(b",", b", "), "is not in the form it was written in"),
        (an_export()[-2], "is no checkpoint"),
    ],
)
def test_a_file_without_a_checkpoint_says_so(tmp_path: Path, last: bytes, said: str) -> None:
    shutil.copytree(Path(libs.audit.__path__[0]), tmp_path / "audit")
    (tmp_path / "export.jsonl").write_bytes(b"".join(an_export()))
    (tmp_path / "kept").write_bytes(last)
    code, told = _verify(tmp_path, "export.jsonl", "--key", PUBLIC.hex(), "--checkpoint", "kept")
    assert (code, told) == (2, f"not checked: the last line of kept {said}\n")


def test_what_cannot_be_checked_says_why(tmp_path: Path) -> None:
    shutil.copytree(Path(libs.audit.__path__[0]), tmp_path / "audit")
    assert _verify(tmp_path, "absent", "--key", PUBLIC.hex())[0] == 2
    for key in ("abc", "absent.pem", "."):
        code, told = _verify(tmp_path, "absent", "--key", key)
        assert (code, told.split(",")[0]) == (
            2,
            "not checked: the public key is neither 64 hex digits nor a file that holds them",
        )
    assert _verify(tmp_path, "absent", "--key", "abcd") == (
        2,
        "not checked: the public key has 2 bytes, Ed25519 has 32\n",
    )
