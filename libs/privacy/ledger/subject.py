"""What of a row is to be erased for the person with some aliases, and by which alias rows the person is found there."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from libs.ids import Ids
from libs.person import Login, Person, PersonalText
from libs.privacy.aliases import alias_rows, recognised, sought
from libs.privacy.ledger.documents import Erased, written
from libs.privacy.sealing.places import Place
from libs.privacy.sealing.seal import OF_HASHES, Seal, holder_of
from libs.privacy.sealing.store import SealedStore
from libs.retention import Kept, kept_by
from libs.store.port import Loaded, get


class Found(NamedTuple):
    """A person in one row. kept: why the row is withheld; None if it is to be erased. aliases: the ids of the alias
    rows that go with it. hashes: under which the person may be stored elsewhere."""

    erased: Erased
    kept: Kept | None
    aliases: frozenset[str]
    hashes: frozenset[str]


async def find_in(
    store: SealedStore, seal: Seal, loaded: Loaded[Any], asked: frozenset[str], *, case_id: str, ids: Ids
) -> Found | None:
    """The person with the hashes in this row; None if nobody in it is recognised. A person without an id who shares the
    key of the row with others gets an id, and with it a key, first. VersionConflict if the row changes meanwhile."""
    persons, keys = seal.kind.persons, store.ledger.keys
    assert persons is not None, "a kind that holds persons"
    country = await persons.country(store, loaded.value)
    everybody = persons.of(loaded.value)
    subjects = [one for one in everybody if recognised(keys, one, country) & asked]
    if not subjects:
        return None
    about = persons.about(loaded.value)
    whole = about is not None and about in subjects
    if not whole and (given := with_ids(seal, loaded.value, subjects, ids)) is not loaded.value:
        await store.commit([loaded.put(given)])
        again = await get(store, seal.kind, loaded.value.id)
        return await find_in(store, seal, again, asked, case_id=case_id, ids=ids) if again else None
    known = frozenset(one.person_id for one in subjects if one.person_id)
    stored = loaded.stored if loaded.stored is not None else loaded.value
    goes = {*known, *(("", *_hashes(seal, persons.emptied(loaded.value))) if whole else ())}
    gone = {key for _, holder, key in seal.held(stored) if key and holder in goes}
    others = [one for one in everybody if one not in subjects and one.person_id not in known]
    row = loaded.value.id
    judged = await persons.judged(store, loaded.value)
    there, left = (alias_rows(keys, seal.kind, row, who) for who in (subjects, others))
    return Found(
        erased=Erased(
            case_id=case_id,
            kind=seal.kind.name,
            row=row,
            keys=written(gone),
            persons=tuple(sorted(known)),
            whole=whole,
        ),
        kept=kept_by(persons.retained, judged, country, store.clock.now()) if judged is not None else None,
        aliases=frozenset(there.keys() - left.keys()),
        hashes=frozenset(one for who in subjects for one in sought(keys, who, country)),
    )


def _hashes(seal: Seal, emptied: Any) -> Iterator[str]:
    """The holder of the keyed hashes, unless the document keeps them when the person is erased."""
    if all(holder_of(place, value) != OF_HASHES for place, value in seal.items(emptied)):
        yield OF_HASHES


def with_ids(seal: Seal, document: Any, subjects: Collection[Person], ids: Ids) -> Any:
    """The document in which the subjects without an id have one; the same object if all have one."""
    return seal.walk.visit(document, _Naming(subjects, ids))


class _Naming:
    """Gives an id to each of these persons that has none, a visitor."""

    def __init__(self, subjects: Collection[Person], ids: Ids) -> None:
        self._subjects = subjects
        self._ids = ids

    def person(self, place: Place, value: Any) -> Any:
        if not value.person_id and value in self._subjects:
            return replace(value, person_id=self._ids.new("psn"))
        return value

    def text(self, place: Place, value: Any) -> Any:
        if not value.person_id and Login(login=value.text) in self._subjects:
            return PersonalText(person_id=self._ids.new("psn"), text=value.text)
        return value

    def field(self, place: Place, value: Any) -> Any:
        return value

    anything = hashes = field
