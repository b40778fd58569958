"""Whatever is done to a package is found, and what nobody touched is sound."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.packages.manifest import MANIFEST, MANIFEST_BYTES, SIGNATURE, Unreadable
from libs.packages.verification import Loaded, verify
from tests.unit.libs.packages.packages import DATA, KEY, OTHER_PUBLIC, PUBLIC, a_manifest, a_package


def _found(files: dict[str, bytes], key: bytes = PUBLIC) -> tuple[str, ...]:
    return verify(Loaded(files), key).findings


def test_a_package_as_it_was_signed_is_sound() -> None:
    report = verify(Loaded(a_package()), PUBLIC)
    assert (report.sound, report.findings) == (True, ())
    assert report.manifest is not None
    assert (report.manifest.row_count, report.manifest.services) == (2, ("deals", "tickets"))


@given(st.sampled_from(sorted(a_package())), st.data())
def test_any_bit_of_any_file_that_changes_is_found(path: str, data: st.DataObject) -> None:
    files = a_package()
    if not files[path]:
        files[path] = b"x"
    else:
        place = data.draw(st.integers(0, len(files[path]) - 1))
        changed = bytearray(files[path])
        changed[place] ^= 1 << data.draw(st.integers(0, 7))
        files[path] = bytes(changed)
    try:
        assert _found(files)
    except Unreadable:
        assert path == MANIFEST


@pytest.mark.parametrize("path", sorted(DATA))
def test_a_file_that_is_gone_and_one_that_came_in_are_named(path: str) -> None:
    files = a_package()
    files["data/orders/order.json"] = files.pop(path)
    found = _found(files)
    assert found[:2] == (f"MISSING: {path}", "UNLISTED: data/orders/order.json is not part of the package")


def test_the_key_of_another_and_a_signature_that_is_gone_are_told_apart() -> None:
    assert _found(a_package(), OTHER_PUBLIC) == (
        "FORGED: manifest.json was not signed with this key: it was changed, or the key is another's",
    )
    unsigned = a_package()
    del unsigned[SIGNATURE]
    assert _found(unsigned) == ("NOT_SIGNED: there is no manifest.sig",)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"services": ["deals", "orders", "tickets"]}, "SILENT: orders was asked and has not answered"),
        ({"row_count": 3}, "ROWS: the services found 2, the manifest has 3"),
        (
            {"answers": [{"service": "deals", "counts": [{"kind": "registration", "rows": 2}]}]},
            "SILENT: tickets was asked and has not answered",
        ),
        (
            {"answers": [*a_manifest()["answers"][1:], {"service": "deals", "counts": [{"kind": "card", "rows": 2}]}]},
            "ROWS: deals found 2 of card, data/deals/card.json has 0",
        ),
        (
            {"unsearched_hashes": ["b", "c"], "search_stopped": "the search was stopped after 20 rounds"},
            "UNSEARCHED: 2 aliases were found and not looked for: the search was stopped after 20 rounds",
        ),
        (
            {
                "alias_hashes": ["a", "b"],
                "answers": [{**one, "alias_hashes": ["b", "c"]} for one in a_manifest()["answers"]],
            },
            "UNSEARCHED: 1 aliases were found and not looked for: the manifest does not say why",
        ),
    ],
)
def test_what_the_cell_signed_by_mistake_is_found_as_well(fields: dict[str, Any], found: str) -> None:
    assert _found(a_package(**fields)) == (found,)


def test_what_is_no_package_is_said_to_be_none() -> None:
    files = a_package()
    signed = {**files, MANIFEST: b"{}", SIGNATURE: KEY.sign(b"{}")}
    for wrong in ({}, signed, {**files, MANIFEST: b" " * (MANIFEST_BYTES + 1)}, {**files, SIGNATURE: b" " * 65}):
        with pytest.raises(Unreadable):
            verify(Loaded(wrong), PUBLIC)


class Counting(Loaded, frozen=True):
    """Files in memory. read: which of them were."""

    read: list[str]

    def pieces(self, name: str) -> Iterator[bytes]:
        """See Contents."""
        self.read.append(name)
        yield from super().pieces(name)


@pytest.mark.parametrize("wrong", [{MANIFEST: b"{}"}, {SIGNATURE: KEY.sign(b"else")}, {SIGNATURE: b""}])
def test_of_a_package_that_is_not_signed_with_the_key_nothing_is_read_but_its_proof(wrong: dict[str, bytes]) -> None:
    contents = Counting({**a_package(), **wrong}, [])
    report = verify(contents, PUBLIC)
    assert [one.partition(":")[0] for one in report.findings] == ["FORGED"]
    assert report.manifest is None
    assert contents.read == [MANIFEST, SIGNATURE]


def test_a_key_under_which_anything_is_signed_proves_nothing() -> None:
    """Ed25519: for the neutral point as key and as R, S = 0 is a signature of every text."""
    weak = (1).to_bytes(32, "little")
    forged = {**a_package(), SIGNATURE: weak + bytes(32)}
    assert [one.partition(":")[0] for one in _found(forged, weak)] == ["FORGED"]
