"""Whatever is done to an export, the verifier finds it and says what it was."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from libs.audit.findings import Report
from libs.audit.lines import Header, entry_line, header_line, signed_line
from libs.audit.statements import Purpose, Statement, canonical, commit
from libs.audit.tree import Frontier, leaf_hash
from tests.unit.libs.audit.exports import (
    OTHER_PUBLIC,
    an_entry,
    an_export,
    checked,
    lines_of,
    said,
    signed,
)

STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def tree(size: int) -> Frontier:
    found = Frontier()
    for number in range(size):
        found = found.append(leaf_hash(canonical(an_entry(number))))
    return found


def test_a_whole_export_is_sound() -> None:
    root = tree(12).root.hex()
    assert checked(an_export()) == Report("local", 12, 3, 12, root, "2026-03-02T09:00:00.000000Z", ())
    assert checked(an_export(0)).sound
    assert checked(an_export(1)).sound


def test_a_changed_entry_is_named() -> None:
    lines = an_export()
    lines[4] = lines[4].replace("häns".encode(), b"hans")
    assert said(lines) == ["CHANGED: line 5: entry 3 does not match its hash"]


@pytest.mark.parametrize(("written", "meaning_the_same"), [(b'"kind":', b'"kind": '), ("ä".encode(), b"\\u00e4")])
def test_a_change_that_changes_no_meaning_is_one(written: bytes, meaning_the_same: bytes) -> None:
    lines = an_export()
    lines[4] = lines[4].replace(written, meaning_the_same)
    assert said(lines) == ["CHANGED: line 5: is not in the form it was written in"]


HEADER, ENTRY, CHECKPOINT, END = 0, 4, 6, -1
NOT_AS_WRITTEN = "is not in the form it was written in"


@pytest.mark.parametrize("place", [HEADER, ENTRY, CHECKPOINT, END])
@pytest.mark.parametrize("more", [{"actor": "somebody else"}, {"note": "approved"}, {"aa": 1}, {"zz": {"a": ["b"]}}])
def test_nothing_may_stand_beside_what_is_hashed_and_signed(place: int, more: dict[str, object]) -> None:
    lines = an_export()
    lines[place] = canonical(json.loads(lines[place]) | more) + b"\n"
    assert f"CHANGED: line {place % len(lines) + 1}: {NOT_AS_WRITTEN}" in said(lines)


@pytest.mark.parametrize("place", [HEADER, ENTRY, CHECKPOINT, END])
@pytest.mark.parametrize("at_the_end", [False, True])
def test_nothing_may_be_said_twice(place: int, at_the_end: bool) -> None:
    lines = an_export()
    name = lines[place][1:].partition(b":")[0]
    twice = name + b':"x"'
    lines[place] = lines[place][:-2] + b"," + twice + b"}\n" if at_the_end else b"{" + twice + b"," + lines[place][1:]
    assert not checked(lines).sound


@pytest.mark.parametrize(
    "forged",
    [
        [["actor", "dev:mallory"], *([name, value] for name, value in sorted(an_entry(3).items()))],
        sorted(an_entry(3).items()),
        [an_entry(3)],
        "entry",
        7,
        None,
    ],
)
def test_an_entry_is_an_object_and_nothing_that_passes_for_one(forged: object) -> None:
    lines = an_export()
    fields = json.loads(lines[ENTRY]) | {"entry": forged}
    lines[ENTRY] = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    assert said(lines)[0] == "CHANGED: line 5: is no line of an export"


def test_a_changed_entry_with_a_new_hash_is_found_between_its_checkpoints() -> None:
    entry = {**an_entry(7), "actor": "somebody else"}
    lines = an_export()
    lines[9] = entry_line(7, leaf_hash(canonical(entry)).hex(), entry)
    assert said(lines) == ["REWRITTEN: line 13: entries 5 to 9 are not those that were signed"]


def test_dropped_entries_are_named() -> None:
    lines = an_export()
    del lines[9:11]
    assert said(lines) == ["DROPPED: line 10: missing before this line: entries 7 to 8"]
    lines = an_export()
    del lines[1]
    assert said(lines) == ["DROPPED: line 2: missing before this line: entry 0"]


def test_swapped_entries_are_named() -> None:
    lines = an_export()
    lines[2], lines[9] = lines[9], lines[2]
    assert said(lines) == ["REORDERED: line 3: not in their places: entries 1, 7"]


def test_entries_that_swapped_their_numbers_too_are_found() -> None:
    lines = an_export()
    for number, entry in ((1, an_entry(2)), (2, an_entry(1))):
        lines[number + 1] = entry_line(number, leaf_hash(canonical(entry)).hex(), entry)
    assert said(lines) == ["REWRITTEN: line 7: entries 0 to 4 are not those that were signed"]


def test_a_dropped_entry_whose_place_was_closed_is_found() -> None:
    lines = an_export()
    for number in range(3, 11):  # entry 3 is gone, all later ones moved up
        entry = an_entry(number + 1)
        line = 1 + number + number // 5
        lines[line] = entry_line(number, leaf_hash(canonical(entry)).hex(), entry)
    del lines[-2]
    assert said(lines) == [
        "REWRITTEN: line 7: entries 0 to 4 are not those that were signed",
        "CUT_OFF: line 15: missing before the end: entry 11",
    ]


@pytest.mark.parametrize("left", range(16))
def test_a_tail_cut_off_anywhere_is_found(left: int) -> None:
    assert any(one.startswith("CUT_OFF") for one in said(an_export()[:left]))


def test_a_cut_in_the_middle_of_a_line_is_found() -> None:
    lines = an_export()
    lines[-1] = lines[-1][:-1]
    assert "CUT_OFF: line 16: the file ends in the middle of a line" in said(lines)


def test_entries_missing_before_a_true_end_are_cut_off() -> None:
    lines = an_export()
    del lines[13:15]
    assert said(lines) == ["CUT_OFF: line 14: missing before the end: entries 10 to 11"]


def test_an_earlier_checkpoint_does_not_pass_for_an_end() -> None:
    lines = an_export()[:7]
    lines[0] = header_line(Header("local", 5))
    assert said(lines) == ["CUT_OFF: line 7: the file does not end with a signed end"]
    lines[-1] = lines[-1].replace(b'"kind":"checkpoint"', b'"kind":"end"')
    assert said(lines) == [
        "FORGED_CHECKPOINT: none of the 1 checkpoints is signed with this key: another key, or all are forged"
    ]


def test_a_forged_checkpoint_is_named() -> None:
    lines = an_export()
    lines[6] = signed_line(signed(tree(5), Purpose.CHECKPOINT, STRANGER))
    assert said(lines) == ["FORGED_CHECKPOINT: line 7: the checkpoint of size 5 is not signed with this key"]
    lines = an_export()
    lines[-1] = signed_line(signed(tree(12), Purpose.END, STRANGER))
    assert said(lines) == ["FORGED_CHECKPOINT: line 16: the end of size 12 is not signed with this key"]


def test_a_true_checkpoint_in_another_place_is_named() -> None:
    lines = an_export()
    lines[6], lines[12] = lines[12], lines[6]
    assert said(lines) == [
        "FORGED_CHECKPOINT: line 7: a checkpoint of size 10 stands after 5 entries",
        "FORGED_CHECKPOINT: line 13: a checkpoint of size 5 stands after 10 entries",
    ]


def test_a_checkpoint_of_another_cell_is_named() -> None:
    lines = an_export()
    lines[6] = signed_line(signed(tree(5), Purpose.CHECKPOINT, cell="de"))
    assert said(lines) == ["FORGED_CHECKPOINT: line 7: a checkpoint of another cell"]


def test_a_log_signed_over_anew_by_a_stranger_is_found() -> None:
    lines = lines_of([an_entry(number) for number in range(12)], key=STRANGER)
    assert said(lines) == [
        "FORGED_CHECKPOINT: none of the 3 checkpoints is signed with this key: another key, or all are forged"
    ]
    assert said(an_export(), OTHER_PUBLIC) == said(lines)


def test_what_was_added_is_named() -> None:
    lines = an_export()
    lines.insert(3, lines[2])
    assert said(lines) == ["INSERTED: line 4: another entry 1"]
    lines = an_export()
    assert said([*lines, lines[6]]) == ["CUT_OFF: line 17: the file does not end with a signed end"]
    assert "INSERTED: line 17: lines after the end" in said([*lines, lines[3]])
    assert said([lines[0], *lines]) == ["INSERTED: line 2: a second header"]
    entry = an_entry(12)
    lines.insert(-1, entry_line(12, leaf_hash(canonical(entry)).hex(), entry))
    assert said(lines) == ["INSERTED: line 16: entry 12 comes after the signed end"]


def test_a_header_is_held_against_the_signed_end() -> None:
    lines = an_export()
    lines[0] = header_line(Header("de", 12))
    assert "CHANGED: line 1: the header names another cell or size than the end" in said(lines)
    assert said(lines[1:])[0] == "UNREADABLE: line 1: the first line is not the header of an export"


def test_an_older_export_is_found_by_a_checkpoint_that_was_kept() -> None:
    older = an_export(5)
    assert said(older) == []
    assert said(older, kept=signed(tree(10), Purpose.CHECKPOINT)) == [
        "CUT_OFF: the checkpoint that was kept is of 10 entries, and the file has 5"
    ]
    assert said(an_export(), kept=signed(tree(7), Purpose.END)) == []


def test_a_log_the_cell_itself_rewrote_is_found_by_a_checkpoint_that_was_kept() -> None:
    rewritten = lines_of([an_entry(number + 1) for number in range(12)])
    assert said(rewritten) == []
    assert said(rewritten, kept=signed(tree(7), Purpose.CHECKPOINT)) == [
        "REWRITTEN: entries 5 to 6 are not those that were signed"
    ]
    assert said(an_export(), kept=signed(tree(7), Purpose.CHECKPOINT, STRANGER)) == [
        "FORGED_CHECKPOINT: the checkpoint that was kept is not signed with this key"
    ]


@given(st.data())
def test_no_byte_can_be_changed_unseen(data: st.DataObject) -> None:
    whole = b"".join(an_export(7))
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != whole[place]))
    assert said([whole[:place] + bytes([byte]) + whole[place + 1 :]]) != []


@given(st.data())
def test_no_line_can_be_dropped_swapped_or_repeated_unseen(data: st.DataObject) -> None:
    lines = an_export(7)
    one, other = data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=2, max_size=2, unique=True))
    swapped = list(lines)
    swapped[one], swapped[other] = lines[other], lines[one]
    assert said(swapped) != []
    if b'"kind":"checkpoint"' not in lines[one]:  # what it covers is covered by the end as well
        assert said([*lines[:one], *lines[one + 1 :]]) != []
        assert said([*lines[:one], lines[one], *lines[one:]]) != []


@given(st.binary(max_size=300))
def test_any_bytes_get_a_report(garbage: bytes) -> None:
    assert not checked([garbage]).sound


def test_what_is_signed_and_hashed_is_written_down() -> None:
    assert canonical({"b": 0, "a": "ü", "empty": "", "none": None, "list": [], "in": {"x": ["y"]}}) == (
        '{"a":"ü","b":0,"in":{"x":["y"]}}'.encode()
    )
    with pytest.raises(TypeError):
        canonical({"a": 1.5})
    statement = Statement("de", 3, "00", "2026-03-02T09:00:00.000000Z")
    assert statement.text(Purpose.CHECKPOINT) == (
        b'prm-audit-checkpoint/1\n{"cell":"de","root_hash":"00","time":"2026-03-02T09:00:00.000000Z","tree_size":3}'
    )
    assert commit(b"salt", b"text") == "8f40d2c1caea4f10a6375603f18ed44f186066fd94eb7c3f1d115d8dc245527d"
