"""A package as one zip file. Written in one pass as its pieces arrive; read without ever being unpacked."""

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from libs.packages.manifest import Unreadable

PIECE_BYTES = 256 * 1024
FILES_AT_MOST = 10_000

# The same for all, so that the same package is the same file.
_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE_BY_ITS_OWNER = 0o600 << 16
# What the library raises, beside OSError, where a file is damaged or made by somebody else.
_DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
_PATH = re.compile(r"[a-z0-9_][a-z0-9_.-]*(/[a-z0-9_][a-z0-9_.-]*)*")


class Writer:
    """Files in pieces, one file after another. Unreadable for pieces that do not fit together, and for paths that would
    lead out of the folder that somebody unpacks them in."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        self._path = ""
        self._known: set[str] = set()
        self._file: IO[bytes] | None = None
        self._written = 0

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        self._end_file()
        self._zip.close()

    def add(self, path: str, offset_bytes: int, data: bytes) -> None:
        """The next piece: of this file at this place."""
        if path != self._path or not offset_bytes:
            self._begin_file(path)
        if offset_bytes != self._written or self._file is None:
            raise Unreadable(f"{path}: a piece is missing before byte {offset_bytes}")
        self._file.write(data)
        self._written += len(data)

    def _begin_file(self, path: str) -> None:
        self._end_file()
        if not _PATH.fullmatch(path):
            raise Unreadable(f"{path!r} is no path of a package")
        if path in self._known:
            raise Unreadable(f"{path} comes twice")
        self._known.add(path)
        info = zipfile.ZipInfo(path, date_time=_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = _READABLE_BY_ITS_OWNER
        self._path, self._written = path, 0
        self._file = self._zip.open(info, "w", force_zip64=True)

    def _end_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class Archive:
    """The files of a zip file. Unreadable if it is none; OSError."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGED as err:
            raise Unreadable(f"{path} is no zip file, or half of one") from err
        self._names = tuple(one.filename for one in self._zip.infolist())
        if len(self._names) > FILES_AT_MOST:
            raise Unreadable(f"{path} has {len(self._names)} files, no package has so many")

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        self._zip.close()

    def names(self) -> Sequence[str]:
        """See libs.packages.verification.Contents."""
        return self._names

    def pieces(self, name: str) -> Iterator[bytes]:
        """See libs.packages.verification.Contents; a file that was damaged ends where the damage is."""
        try:
            with self._zip.open(name) as file:
                while piece := file.read(PIECE_BYTES):
                    yield piece
        except (*_DAMAGED, OSError) as err:
            raise Unreadable(f"{name} cannot be read: {err}") from err
