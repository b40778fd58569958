"""A package in one zip file: what goes in comes out, and a file that was damaged says so."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.packages.archive import Archive, Writer
from libs.packages.manifest import Unreadable
from libs.packages.verification import verify
from tests.unit.libs.packages.packages import PUBLIC, a_package

BYTES = st.integers(0, 255)


def _write(folder: Path, files: dict[str, bytes], piece: int = 5) -> Path:
    path = folder / "package.zip"
    with path.open("wb") as stream, Writer(stream) as writer:
        for name, data in files.items():
            for offset in range(0, max(len(data), 1), piece):
                writer.add(name, offset, data[offset : offset + piece])
    return path


def test_what_is_written_in_pieces_is_read_as_it_was_and_is_the_same_file_each_time(tmp_path: Path) -> None:
    files = a_package()
    path = _write(tmp_path, files)
    first = path.read_bytes()
    with Archive(path) as archive:
        assert {name: b"".join(archive.pieces(name)) for name in archive.names()} == files
        assert verify(archive, PUBLIC).sound
    assert _write(tmp_path, files, piece=1000).read_bytes() == first


@pytest.mark.parametrize("path", ["../up", "/root", "a/../../b", "a//b", ".hidden", "", "A", "a\\b", "a/"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with Writer(io.BytesIO()) as writer, pytest.raises(Unreadable, match="no path of a package"):
        writer.add(path, 0, b"")


@pytest.mark.parametrize(("path", "offset"), [("a", 0), ("a", 2), ("b", 1)])
def test_pieces_that_do_not_follow_on_each_other_are_refused(path: str, offset: int) -> None:
    with Writer(io.BytesIO()) as writer:
        writer.add("a", 0, b"x")
        with pytest.raises(Unreadable):
            writer.add(path, offset, b"x")


@given(st.data())
def test_a_damaged_file_is_unreadable_or_not_sound(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = _write(tmp_path_factory.mktemp("damaged"), a_package())
    whole = path.read_bytes()
    damaged = bytearray(whole)
    first = data.draw(st.sampled_from([0, damaged.find(b"PK\1\2")]))  # anywhere, or where the directory is
    for place, value in data.draw(st.dictionaries(st.integers(first, len(damaged) - 1), BYTES, max_size=3)).items():
        damaged[place] = value
    path.write_bytes(damaged)
    try:
        with Archive(path) as archive:
            assert verify(archive, PUBLIC).sound == (damaged == whole)
    except Unreadable:
        return


@given(st.integers(0, 400))
def test_a_file_that_was_cut_off_is_unreadable(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = _write(tmp_path_factory.mktemp("cut"), a_package())
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(Unreadable), Archive(path) as archive:
        verify(archive, PUBLIC)
