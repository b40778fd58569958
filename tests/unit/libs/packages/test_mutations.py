"""Nothing that is done to a package without the cell's key passes: two thousand changes, drawn from a seed."""

from collections import Counter
from pathlib import Path

import pytest

from libs.packages.archive import Archive
from libs.packages.manifest import PUBLIC_KEY, Unreadable
from libs.packages.verification import Loaded, verify
from tests.unit.libs.packages.mutations import CHANGES, mutations, packed
from tests.unit.libs.packages.packages import DATA, PUBLIC, a_package

COUNT = 2_000


def _passes(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    try:
        with Archive(path) as archive:
            return verify(archive, PUBLIC).sound
    except Unreadable:
        return False


@pytest.mark.thorough
def test_none_of_two_thousand_changes_passes(tmp_path: Path) -> None:
    files = a_package(withheld=["deals: 1 persons masked", "every service: recorded answers"])
    assert _passes(tmp_path / "p.zip", packed(files))
    done = Counter[str]()
    for name, mutated in mutations(files, COUNT, seed=20261128):
        assert not _passes(tmp_path / "p.zip", mutated), (name, mutated)
        done[name] += 1
    assert set(done) == {one.__name__ for one in CHANGES}
    assert done.total() == COUNT


@pytest.mark.parametrize("path", sorted(DATA))
def test_the_file_with_the_changed_byte_is_named(path: str) -> None:
    files = a_package()
    files[path] = files[path][:-1] + b"?"
    assert verify(Loaded(files), PUBLIC).findings[0] == f"CHANGED: {path} is not what was signed"


def test_the_key_in_the_package_is_checked_too() -> None:
    files = a_package()
    files[PUBLIC_KEY] = files[PUBLIC_KEY].replace(b"A", b"B", 1)
    assert verify(Loaded(files), PUBLIC).findings == (
        "CHANGED: manifest.pub.pem is not the key that signed the package",
    )


def test_files_in_another_order_are_another_package() -> None:
    files = a_package()
    first = next(iter(files))
    files[first] = files.pop(first)
    assert verify(Loaded(files), PUBLIC).findings == (f"MOVED: {first} is not in its place",)
