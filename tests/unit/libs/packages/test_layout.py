"""A package has one reading, and to find out what it is costs no more than its bytes."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.packages.archive import PIECE_BYTES, Archive, Writer
from libs.packages.layout import FILES_AT_MOST, PACKAGE_BYTES, Entry, directory, local_header
from libs.packages.manifest import MANIFEST, SIGNATURE, Unreadable
from libs.packages.verification import verify
from tests.unit.libs.packages.packages import KEY, PUBLIC, a_package

OWNER = 0o600 << 16
LINK = 0o120777 << 16
GIB = 1024**3


def _written(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with Writer(stream) as writer:
        for name, data in files.items():
            writer.add(name, 0, data)
    return stream.getvalue()


GOOD = _written(a_package())
END = GOOD.rfind(b"PK\5\6")
DIRECTORY = struct.unpack("<L", GOOD[END + 16 : END + 20])[0]


def _laid_out(*files: tuple[Entry, bytes]) -> bytes:
    """An archive of entries as they are said to be, with these bytes."""
    body = b"".join(local_header(entry) + packed for entry, packed in files)
    return body + directory([entry for entry, _ in files])


def _opened(path: Path, data: bytes) -> Archive:
    path.write_bytes(data)
    return Archive(path)


def _other_tool(change: Callable[[zipfile.ZipInfo], None], comment: bytes = b"") -> bytes:
    """The same files as another tool packs them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.comment = comment
        for name, data in a_package().items():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = zipfile.ZIP_STORED, OWNER
            change(info)
            with archive.open(info, "w") as file:
                file.write(data)
    return stream.getvalue()


def _set(**fields: object) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        for name, value in fields.items():
            setattr(info, name, value)

    return change


def test_a_package_that_the_standard_library_packed_without_compression_is_the_same_file(tmp_path: Path) -> None:
    assert _other_tool(_set()) == GOOD
    with _opened(tmp_path / "p.zip", GOOD) as archive:
        assert verify(archive, PUBLIC).sound


def test_any_other_tool_reads_the_package_as_it_is_read_here(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        assert archive.testzip() is None
        assert {one: archive.read(one) for one in archive.namelist()} == a_package()


def _twice() -> bytes:
    first = Entry("a", crc=zlib.crc32(b"x"), size=1, offset=0)
    return _laid_out((first, b"x"), (first._replace(offset=first.stop), b"x"))


def _overlapping() -> bytes:
    """Many files whose data is the same stretch of bytes."""
    data = bytes(1024 * 1024)
    entry = Entry("bomb", crc=zlib.crc32(data), size=len(data), offset=0)
    others = [entry._replace(name=f"bomb{number}") for number in range(300)]
    return local_header(entry) + data + directory([*others, entry])


def _named(name: str) -> bytes:
    return _laid_out((Entry(name, crc=0, size=0, offset=0), b""))


def _in_the_way() -> bytes:
    file = Entry("a", crc=0, size=0, offset=0)
    return _laid_out((file, b""), (file._replace(name="a/b", offset=file.stop), b""))


def _many() -> bytes:
    files, place = [], 0
    for number in range(FILES_AT_MOST + 1):
        entry = Entry(f"f{number}", crc=0, size=0, offset=place)
        files.append((entry, b""))
        place = entry.stop
    return _laid_out(*files)


def _beyond() -> bytes:
    """A file that is said to be larger than the archive."""
    return _laid_out((Entry("bomb", crc=0, size=2 * GIB, offset=0), bytes(1024)))


WRONG = {
    "bytes before it": b"#!/bin/sh\n" + GOOD,
    "bytes behind it": GOOD + b"x",
    "a comment": _other_tool(_set(), comment=b"read me"),
    "a comment that ends like an archive": GOOD[:-2] + b"\x16\0" + GOOD[-22:],
    "a comment of a file": _other_tool(_set(comment=b"read me")),
    "a field of a file more": _other_tool(_set(extra=b"\xff\xff\4\0abcd")),
    "a link": _other_tool(_set(external_attr=LINK)),
    "compressed files": _other_tool(_set(compress_type=zipfile.ZIP_DEFLATED)),
    "another way to pack": _other_tool(_set(compress_type=zipfile.ZIP_LZMA)),
    "another archive before it": GOOD[:DIRECTORY] + GOOD,
    "bytes between files and directory": GOOD[:DIRECTORY] + b"x" + GOOD[DIRECTORY:],
    "bytes between directory and end": GOOD[:END] + b"x" + GOOD[END:],
    "another name in the file than in the directory": GOOD.replace(b"index.html", b"index.htmm", 1),
    "one name twice": _twice(),
    "files in one another": _overlapping(),
    "a file in the way of a folder": _in_the_way(),
    "too many files": _many(),
    "a path upwards": _named("../up"),
    "a path from the root": _named("/root"),
    "a path in capitals": _named("Index.html"),
    "a path with another separator": _named("a\\b"),
    "a path too long": _named("a" * 201),
    "no path": _named(""),
    "a file larger than the archive": _beyond(),
    "nothing": b"",
    "an end that counts more than there is": GOOD[: END + 8] + b"\xff\0\xff\0" + GOOD[END + 12 :],
}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_what_can_be_read_in_another_way_is_no_package_and_nothing_of_it_is_unpacked(
    tmp_path: Path, wrong: str
) -> None:
    path = tmp_path / "package.zip"
    with pytest.raises(Unreadable, match=str(path)):
        _opened(path, WRONG[wrong])


def test_an_archive_that_is_larger_than_a_package_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with path.open("wb") as file:
        file.truncate(PACKAGE_BYTES + 1)
    with pytest.raises(Unreadable, match="a package has"):
        Archive(path)


def test_a_large_file_beside_a_manifest_that_nobody_signed_is_never_read(tmp_path: Path) -> None:
    """However it is listed: the manifest of a forger says what the forger wants."""
    size = 64 * 1024**2
    proof = b'{"files":[{"path":"bomb","size_bytes":%d,"sha256":""}]}' % size
    stream = io.BytesIO()
    with Writer(stream) as writer:
        writer.add("bomb", 0, bytes(size))
        writer.add(MANIFEST, 0, proof)
        writer.add(SIGNATURE, 0, KEY.sign(b"else"))
    with _opened(tmp_path / "p.zip", stream.getvalue()) as archive:
        tracemalloc.start()
        assert [one.partition(":")[0] for one in verify(archive, PUBLIC).findings] == ["FORGED"]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4 * PIECE_BYTES


def test_a_writer_takes_no_more_than_a_package_holds() -> None:
    with Writer(io.BytesIO()) as writer:
        for number in range(FILES_AT_MOST):
            writer.add(f"f{number}", 0, b"")
        with pytest.raises(Unreadable, match=f"more than {FILES_AT_MOST} files"):
            writer.add("one_more", 0, b"")
