"""Files with Tink keysets, and the errors of a folder that lacks one or has a damaged one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import tink
from tink import aead, cleartext_keyset_handle, prf, secret_key_access, signature
from tink.proto import tink_pb2

from libs.errors import AppError, Code

FOLDER_MODE, FILE_MODE = 0o700, 0o600

T = TypeVar("T")


class KeysMissing(AppError):
    """A file of the keys of a cell is missing."""

    code, reason = Code.FAILED_PRECONDITION, "KEYS_MISSING"

    def __init__(self, path: Path, folder: Path) -> None:
        super().__init__(
            f"{path} is missing: create the cell's keys once with `prm keys {folder}`, give each process the shared "
            "files and the folders of its own services, and name that folder in PRM_KEYS_DIR"
        )


class KeysDamaged(AppError):
    """A file of the keys of a cell cannot be read, or has other content."""

    code, reason = Code.FAILED_PRECONDITION, "KEYS_DAMAGED"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be read as that file of a cell's keys ({why}): put back the copy that was kept of it; a "
            "new one would find nobody and open nothing that was sealed before"
        )


def register() -> None:
    """Prepare Tink for the primitives of a cell. Repeatable."""
    aead.register()
    prf.register()
    signature.register()


def read_keyset(path: Path, folder: Path, of: Callable[[tink.KeysetHandle], T]) -> T:
    """The result of `of` for the keyset in a file. folder: that of the whole cell. KeysMissing, KeysDamaged."""
    try:
        return of(cleartext_keyset_handle.read(tink.JsonKeysetReader(read_text(path, folder))))
    except (tink.TinkError, ValueError) as err:
        raise KeysDamaged(path, "it is damaged, or is another") from err


def read_text(path: Path, folder: Path) -> str:
    """The text of a file. folder: that of the whole cell. KeysMissing, KeysDamaged."""
    try:
        return path.read_text()
    except FileNotFoundError as err:
        raise KeysMissing(path, folder) from err
    except OSError as err:
        raise KeysDamaged(path, err.strerror or str(err)) from err
    except ValueError as err:
        raise KeysDamaged(path, "it is damaged, or is another") from err


def write_keyset(path: Path, handle: tink.KeysetHandle) -> None:
    """Replace a file by this keyset, all at once. OSError."""
    write_text(path, tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def write_text(path: Path, text: str) -> None:
    """Replace a file by this text, all at once. OSError."""
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(path)


def keyset_of(handle: tink.KeysetHandle) -> tink_pb2.Keyset:
    """The keys of a keyset, in clear."""
    return tink_pb2.Keyset.FromString(tink.proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
