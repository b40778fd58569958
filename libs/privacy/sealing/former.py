"""By what an erasure finds the keys of persons who left a document, until the sweep deletes the keys."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from libs.person import Person
from libs.privacy.aliases import hashes
from libs.privacy.keys import Keys
from libs.privacy.sealing.seal import OF_HASHES
from libs.privacy.vault.documents import FORMER, FormerPerson
from libs.privacy.vault.tokens import KeyId
from libs.store.port import Kind, Write, create


def former_persons(
    keys: Keys, kind: Kind[Any], before: Any, ended: Iterable[tuple[str, KeyId]], *, deleted: bool, due: datetime
) -> Iterator[Write]:
    """The writes to add to a commit that deletes a document, or removes persons from it. before: the document in clear.
    ended: the keys that it does not use any more, each with its holder."""
    if kind.persons is None:
        return
    held = defaultdict[str, set[KeyId]](set)
    for holder, key in ended:
        held[holder].add(key)
    about, made = kind.persons.about(before), dict[str, FormerPerson]()
    for person in kind.persons.of(before):
        whole = deleted and person == about
        gone = {key for holder in _holders(person, deleted=deleted, whole=whole) for key in held.get(holder, ())}
        for one in hashes(keys, person) if gone else ():
            name = f"{one}:{kind.name}:{before.id}:{before.version}"
            also = made.get(name)
            made[name] = FormerPerson(
                id=name,
                hash=one,
                kind=kind.name,
                row=before.id,
                keys=tuple(sorted({*(f"{key.sheet}.{key.number}" for key in gone), *(also.keys if also else ())})),
                person_id=person.person_id if deleted else "",
                whole=whole or (also is not None and also.whole),
                due=due,
            )
    for row in made.values():
        yield create(FORMER, row)


def _holders(person: Person, *, deleted: bool, whole: bool) -> Iterator[str]:
    """Under whose keys a person stands in a document that goes: also under that of the document, if it was about the
    person, or the person has no id."""
    if person.person_id:
        yield person.person_id
    if deleted and (whole or not person.person_id):
        yield ""
    if whole:
        yield OF_HASHES
