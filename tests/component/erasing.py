"""The erasure of a person in one service, as compliance asks for it."""

from typing import Any

from libs.erasing import EraseSubject, ErasureAsked, erase_subject, seal_hashes
from libs.person import Person
from libs.privacy.aliases import sought
from libs.privacy.sealing.store import SealedStore
from libs.slices import Composition
from tests.builders import a_call, an_id
from tests.component.replica import Replica
from tests.store_faults import Meanwhile


async def erase(harness: Replica[Any], composition: Composition, *people: Person, country: str = "DE") -> None:
    """The person with these aliases is erased, in one round for each."""
    kinds = tuple(one for one in composition.kinds if one.persons is not None)
    for round, who in enumerate(people, start=1):
        name = await seal_hashes(harness.env, an_id("dsr"), round, sought(harness.env.keys, who, country))
        asked = ErasureAsked(case_id=an_id("dsr"), round=round, object_name=name)
        await erase_subject(harness.env, EraseSubject(call=a_call(), asked=asked, kinds=kinds))


def meanwhile(harness: Replica[Any]) -> Meanwhile:
    """Acts at a point of what a use case does with the store of the engine."""
    store = harness.env.store
    assert isinstance(store, SealedStore)
    store.inner = found = Meanwhile(store.inner)
    return found
