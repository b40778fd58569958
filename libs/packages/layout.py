"""The exact byte layout of a package in its zip file: files one after another from the first byte, then the directory.

The zip format allows many layouts for the same files, and two readers may then see different files. A package has only
one layout, so its files determine every byte of it: bytes before, between and after its files, a comment, a link, a
second directory and a compressed file are refused.
"""

import re
import struct
from typing import BinaryIO, NamedTuple

from libs.packages.manifest import Unreadable

PACKAGE_BYTES = 512 * 1024 * 1024
FILES_AT_MOST = 1_000

_NAME_LENGTH = 200
_PATH = re.compile(r"[a-z0-9_][a-z0-9_.-]*(/[a-z0-9_][a-z0-9_.-]*)*")

_VERSION = 20
_UNIX = 3
_DATE = 0x0021  # 1 January 1980 for every file, so that equal packages are equal files
_READABLE_BY_ITS_OWNER = 0o600 << 16
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s2B5H3L5H2L")
_END = struct.Struct("<4s4H2LH")


class Entry(NamedTuple):
    """A file of the archive. offset: of its header. crc: CRC-32 of the data. size: of the data, in bytes."""

    name: str
    crc: int
    size: int
    offset: int

    @property
    def start(self) -> int:
        """The offset of the first byte of its data."""
        return self.offset + len(local_header(self))

    @property
    def stop(self) -> int:
        """The offset after the last byte of its data."""
        return self.start + self.size


def is_path(name: str) -> bool:
    """Whether a file of a package may have this path; such a path stays inside the folder that it is unpacked in."""
    return len(name) <= _NAME_LENGTH and _PATH.fullmatch(name) is not None


def local_header(entry: Entry) -> bytes:
    """The header before the data of a file."""
    name = entry.name.encode()
    return _LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, 0, _DATE, entry.crc, entry.size, entry.size, len(name), 0) + name


def directory(entries: list[Entry]) -> bytes:
    """The bytes after the files: the directory and the end record."""
    listed = b"".join(_central_header(one) for one in entries)
    start = entries[-1].stop if entries else 0
    return listed + _END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), len(listed), start, 0)


def read_entries(file: BinaryIO, size: int) -> list[Entry]:
    """The files in an archive of `size` bytes; none is unpacked. Unreadable if the archive does not have exactly the
    layout of a package; OSError."""
    if size > PACKAGE_BYTES:
        raise Unreadable(f"has {size} bytes, a package has {PACKAGE_BYTES} at most")
    listed, count = _read_directory(file, size)
    entries = _listed(listed, count)
    _check(entries, size)
    if directory(entries) != listed:
        raise Unreadable("has a directory that is not laid out as that of a package")
    place = 0
    for entry in entries:
        file.seek(place)
        header = local_header(entry)
        if entry.offset != place or file.read(len(header)) != header:
            raise Unreadable(f"has something else than {entry.name} where that should begin, at byte {place}")
        place = entry.stop
    return entries


def _central_header(entry: Entry) -> bytes:
    name = entry.name.encode()
    fixed = _CENTRAL.pack(
        *(b"PK\1\2", _VERSION, _UNIX, _VERSION, 0, 0, 0, _DATE, entry.crc, entry.size, entry.size),
        *(len(name), 0, 0, 0, 0, _READABLE_BY_ITS_OWNER, entry.offset),
    )
    return fixed + name


def _read_directory(file: BinaryIO, size: int) -> tuple[bytes, int]:
    """The bytes of the directory with the end record, and the number of files; Unreadable."""
    file.seek(max(size - _END.size, 0))
    end = file.read(_END.size)
    if len(end) != _END.size or not end.startswith(b"PK\5\6"):
        raise Unreadable("is no zip file, or half of one")
    _, _, _, _, count, length, start, _ = _END.unpack(end)
    if count > FILES_AT_MOST:
        raise Unreadable(f"has {count} files, a package has {FILES_AT_MOST} at most")
    if start + length + _END.size != size or length > count * (_CENTRAL.size + _NAME_LENGTH):
        raise Unreadable("has a directory that is not laid out as that of a package")
    file.seek(start)
    return file.read(length + _END.size), count


def _listed(data: bytes, count: int) -> list[Entry]:
    """The entries in the bytes of a directory; the caller checks that the bytes contain nothing else."""
    found, place = list[Entry](), 0
    for _ in range(count):
        if place + _CENTRAL.size > len(data):
            break
        fields = _CENTRAL.unpack_from(data, place)
        crc, size, length, offset = fields[8], fields[10], fields[11], fields[-1]
        place += _CENTRAL.size
        found.append(Entry(data[place : place + length].decode("ascii", "replace"), crc, size, offset))
        place += length
    return found


def _check(entries: list[Entry], size: int) -> None:
    names = {one.name for one in entries}
    if len(names) != len(entries):
        raise Unreadable("has two files of one name")
    folders = {name[:place] for name in names for place, letter in enumerate(name) if letter == "/"}
    for one in entries:
        if not is_path(one.name) or one.name in folders:
            raise Unreadable(f"has {one.name!r}, which is no path of a package")
        if one.stop > size:
            raise Unreadable(f"ends before {one.name} does")
