"""Letters with alias rows, the erasure of their sender, and what is left of somebody."""

from collections.abc import Iterator, Sequence

from libs.ids import Ids
from libs.privacy.aliases import ALIASES, alias_writes, hashes
from libs.privacy.ledger.documents import Erased
from libs.privacy.ledger.replay import Hints
from libs.privacy.ledger.subject import Found, find_in
from libs.privacy.sealing.store import SealedStore
from libs.store.port import Query, create, get
from tests.contracts.vault.places import LETTERS, Letter, Places, a_person

CASE = "dsr_local_1"


async def write(store: SealedStore, letter: Letter) -> None:
    """Store a new letter as services do, with its alias rows."""
    found = await alias_writes(store, store.ledger.keys, LETTERS, letter.id, after=LETTERS.persons.of(letter))  # type: ignore[union-attr]  # it has
    await store.commit([create(LETTERS, letter), *found])


async def letter(store: SealedStore, id: str) -> Letter:
    """A letter, in clear."""
    loaded = await get(store, LETTERS, id)
    assert loaded is not None
    return loaded.value


async def found(store: SealedStore, name: str, number: int = 1) -> list[str]:
    """The letters in which the aliases of a person are found."""
    asked = hashes(store.ledger.keys, a_person(name, number))
    rows = set()
    for one in asked:
        page = await store.find(Query(kind=ALIASES, equals={"hash": one}))
        rows |= {loaded.value.row for loaded in page.rows}
    return sorted(rows)


async def look(store: SealedStore, places: Places, id: str, name: str, number: int = 1) -> Found | None:
    """What of a letter is a person's."""
    loaded = await get(store, LETTERS, id)
    assert loaded is not None
    asked = hashes(store.ledger.keys, a_person(name, number))
    ids = Ids("local", places.clock)
    return await find_in(store, store.seals["letter"], loaded, asked, case_id=CASE, ids=ids)


async def planned(store: SealedStore, places: Places, name: str, number: int = 1) -> tuple[Sequence[Erased], Hints]:
    """The entries, and the alias rows, of an erasure of a person."""
    everything = [await look(store, places, one, name, number) for one in await found(store, name, number)]
    present = list(_present(everything))
    return [one.erased for one in present], {one.erased.place: one.aliases for one in present}


def _present(found: Sequence[Found | None]) -> Iterator[Found]:
    return (one for one in found if one is not None)
