"""What a store keeps decoded: the newest version of each row, and no more than it has room for."""

from hypothesis import given
from hypothesis import strategies as st

from libs.store.codec import encode
from libs.store.kept import Kept
from libs.store.port import Document, Kind, Loaded


class Note(Document, frozen=True, kw_only=True):
    """Something of any size."""

    text: str = ""


NOTES = Kind("note", Note, kept=True)
OTHERS = Kind("note", Note, kept=True)
ROOM_BYTES = 1_000


def a_note(id: str, *, version: int = 1, size_bytes: int = 100) -> Loaded[Note]:
    """A note as it was read."""
    return Loaded(NOTES, Note(id=id, version=version), size_bytes)


def test_rows_are_held_by_id_and_version() -> None:
    kept, first, second = Kept(), a_note("a"), a_note("b", version=3)
    kept.keep([first, second])
    assert kept.rows(NOTES, [("b", 3), ("a", 1)]) == [second, first]
    assert kept.rows(NOTES, []) == []
    for heads in ([("a", 2)], [("a", 1), ("c", 1)], [("b", 2)]):
        assert kept.rows(NOTES, heads) is None


def test_a_kind_that_was_declared_anew_is_read_anew() -> None:
    kept = Kept()
    kept.keep([a_note("a")])
    assert kept.rows(OTHERS, [("a", 1)]) is None


def test_what_was_not_asked_for_longest_is_dropped_where_there_is_no_room() -> None:
    kept = Kept(ROOM_BYTES)
    kept.keep([a_note("a", size_bytes=400), a_note("b", size_bytes=400)])
    assert kept.rows(NOTES, [("a", 1)])
    kept.keep([a_note("c", size_bytes=400)])
    assert [kept.rows(NOTES, [(one, 1)]) is not None for one in "abc"] == [True, False, True]


def test_what_has_no_room_alone_is_not_held() -> None:
    kept = Kept(ROOM_BYTES)
    kept.keep([a_note("a", size_bytes=ROOM_BYTES + 1)])
    assert kept.rows(NOTES, [("a", 1)]) is None
    kept.keep([a_note("a", version=2, size_bytes=ROOM_BYTES)])
    assert kept.rows(NOTES, [("a", 2)])


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 3), st.integers(0, 1_200)), max_size=60))
def test_no_more_is_held_than_there_is_room_for(reads: list[tuple[str, int, int]]) -> None:
    kept = Kept(ROOM_BYTES)
    for id, version, size_bytes in reads:
        kept.keep([a_note(id, version=version, size_bytes=size_bytes)])
    held = [
        rows[0].size_bytes or 0
        for id in "abcdef"
        for version in (1, 2, 3)
        if (rows := kept.rows(NOTES, [(id, version)]))
    ]
    assert sum(held) <= ROOM_BYTES
    assert not reads or reads[-1][2] > ROOM_BYTES or kept.rows(NOTES, [reads[-1][:2]])


def test_a_row_of_unknown_size_takes_the_room_of_its_json() -> None:
    note = Loaded(NOTES, Note(id="a", version=1, text="x" * 100))
    for room_bytes, holds in ((len(encode(note.value)), True), (len(encode(note.value)) - 1, False)):
        kept = Kept(room_bytes)
        kept.keep([note])
        assert (kept.rows(NOTES, [("a", 1)]) is not None) is holds
