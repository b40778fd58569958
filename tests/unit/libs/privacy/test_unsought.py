"""How many documents there are in which nobody looked, as far as it costs little to count them."""

from pathlib import Path

from libs.person import PersonalText
from libs.privacy.unsought import NotSearched, What, not_searched, unsought
from libs.store.port import ROWS_PER_COUNT, WRITES_PER_COMMIT, Document, Kind, create
from libs.store.sqlite import SqliteStore


class Note(Document, frozen=True, kw_only=True):
    """A text."""

    text: PersonalText


NOTES = Kind("note", Note)


async def test_documents_are_counted_and_a_count_that_was_stopped_says_so(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store.db")
    await store.ensure([NOTES])
    kinds = unsought("deals", NOTES)
    assert await not_searched(store, kinds) == (_texts(0),)
    for number in range(3):
        await store.commit([create(NOTES, Note(id=f"n{number}", text=PersonalText(text="x")))])
    assert await not_searched(store, kinds) == (_texts(3),)
    for start in range(3, ROWS_PER_COUNT + 3, WRITES_PER_COMMIT):
        rows = range(start, start + WRITES_PER_COMMIT)
        await store.commit([create(NOTES, Note(id=f"n{one}", text=PersonalText())) for one in rows])
    assert await not_searched(store, kinds) == (_texts(ROWS_PER_COUNT, more=True),)
    await store.close()


def _texts(documents: int, *, more: bool = False) -> NotSearched:
    return NotSearched(kind="note", what=What.TEXT, fields=("text",), documents=documents, more=more)
