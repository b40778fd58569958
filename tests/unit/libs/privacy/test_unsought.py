"""How many documents there are in which nobody looked, as far as it costs little to count them."""

from pathlib import Path

from libs.person import PersonalText
from libs.privacy.unsought import COUNTED_BYTES, NotSearched, What, not_searched, unsought
from libs.store.port import Document, Kind, create
from libs.store.sqlite import SqliteStore


class Note(Document, frozen=True, kw_only=True):
    """A text."""

    text: PersonalText


NOTES = Kind("note", Note)


async def test_documents_are_counted_until_that_costs_too_much_and_then_the_answer_says_so(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store.db")
    await store.ensure([NOTES])
    kinds = unsought("deals", NOTES)
    assert await not_searched(store, kinds) == (_texts(0, more=False),)
    large = PersonalText(text="x" * (COUNTED_BYTES // 200 + 1))
    for number in range(201):
        await store.commit([create(NOTES, Note(id=f"n{number:03}", text=large))])
    assert await not_searched(store, kinds) == (_texts(200, more=True),)
    await store.close()


def _texts(documents: int, *, more: bool) -> NotSearched:
    return NotSearched(kind="note", what=What.TEXT, fields=("text",), documents=documents, more=more)
