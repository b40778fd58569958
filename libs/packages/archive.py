"""A package as one zip file: written in one pass as its pieces arrive, and read without unpacking it to files."""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from libs.packages.layout import (
    FILES_AT_MOST,
    PACKAGE_BYTES,
    Entry,
    directory,
    is_path,
    local_header,
    read_entries,
)
from libs.packages.manifest import Unreadable

PIECE_BYTES = 256 * 1024


class Writer:
    """Writes files in pieces, one file after another, to a stream that can seek. Unreadable if a piece is missing, if a
    path would lead out of the folder that the package is unpacked in, and if a limit of a package is exceeded."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._entries: list[Entry] = []
        self._known: set[str] = set()
        self._open: Entry | None = None

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._end_file()
            self._stream.write(directory(self._entries))

    def add(self, path: str, offset_bytes: int, data: bytes) -> None:
        """Write the next piece of the file `path`, which must begin at `offset_bytes`; 0 begins a new file."""
        if self._open is None or path != self._open.name or not offset_bytes:
            self._begin_file(path)
        entry = self._open
        if entry is None or offset_bytes != entry.size:
            raise Unreadable(f"{path}: a piece is missing before byte {offset_bytes}")
        entry = entry._replace(crc=zlib.crc32(data, entry.crc), size=entry.size + len(data))
        if entry.stop > PACKAGE_BYTES:
            raise Unreadable(f"the package has more than {PACKAGE_BYTES} bytes")
        self._stream.write(data)
        self._open = entry

    def _begin_file(self, path: str) -> None:
        self._end_file()
        if not is_path(path):
            raise Unreadable(f"{path!r} is no path of a package")
        if path in self._known:
            raise Unreadable(f"{path} comes twice")
        if len(self._known) == FILES_AT_MOST:
            raise Unreadable(f"there are more than {FILES_AT_MOST} files")
        self._known.add(path)
        self._open = Entry(path, crc=0, size=0, offset=self._entries[-1].stop if self._entries else 0)
        self._stream.write(local_header(self._open))  # its place is kept until the sizes are known

    def _end_file(self) -> None:
        if self._open is None:
            return
        self._stream.seek(self._open.offset)
        self._stream.write(local_header(self._open))
        self._stream.seek(self._open.stop)
        self._entries.append(self._open)
        self._open = None


class Archive:
    """Reads the files of a package in a zip file. Unreadable if the file does not have the layout of a package;
    OSError."""

    def __init__(self, file: Path | BinaryIO, name: str = "") -> None:
        """file: a path, or an open file that can seek, which is closed with the archive. name: of the file, for
        messages."""
        self._file = file.open("rb") if isinstance(file, Path) else file
        try:
            size = self._file.seek(0, 2)
            self._entries = {one.name: one for one in read_entries(self._file, size)}
        except Unreadable as err:
            self._file.close()
            raise Unreadable(f"{name or file} {err}") from err
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        self._file.close()

    def names(self) -> Sequence[str]:
        """See libs.packages.verification.Contents."""
        return tuple(self._entries)

    def pieces(self, name: str) -> Iterator[bytes]:
        """See libs.packages.verification.Contents; Unreadable at the place where a file is damaged."""
        entry = self._entries[name]
        place, crc = entry.start, 0
        while place < entry.stop:
            try:
                self._file.seek(place)
                piece = self._file.read(min(PIECE_BYTES, entry.stop - place))
            except OSError as err:
                raise Unreadable(f"{name} cannot be read: {err}") from err
            if not piece:
                raise Unreadable(f"{name} cannot be read: the file has become shorter")
            place, crc = place + len(piece), zlib.crc32(piece, crc)
            yield piece
        if crc != entry.crc:
            raise Unreadable(f"{name} cannot be read: it is damaged")
