"""Whoever is erased while a file is imported does not come back with it: not in a new row, nor by an update."""

from collections.abc import Sequence
from typing import Any

import pytest

from libs.person import Person
from libs.privacy.ledger.gate import PersonErased
from libs.store.listing import everything
from libs.store.port import Query
from services.partners.application.domain import PartnerChanges
from services.partners.application.usecases import applications
from services.partners.contacts.documents import CONTACTS
from services.partners.migration.usecases import CONTACTS_PER_COMMIT
from services.partners.record.documents import PARTNERS
from services.partners.service import COMPOSITION
from tests.component.erasing import erase, meanwhile
from tests.component.partners.harness import Harness
from tests.component.partners.migration.test_migration import person, take

ANNA = person(1).person
TRADER = {"legal_name": "Quintessa Jablonska", "trade_name": "Quinties", "phone": "030 492180", "sole_trader": True}


async def update(harness: Harness, id: str, **changes: Any) -> None:
    """What an import with updates asks for after its rows were looked at."""
    fields = {"id": id, "changes": PartnerChanges(**changes), "refuse_erased": True}
    await harness.run(applications.update_partner, applications.UpdatePartner, **fields)


async def names(harness: Harness) -> Sequence[str]:
    """The names of all contacts."""
    return [one.value.person.name for one in (await harness.env.store.find(Query(kind=CONTACTS, limit=200))).rows]


async def test_a_contact_who_is_erased_before_the_commit_is_not_imported(harness: Harness) -> None:
    meanwhile(harness).before_commit(lambda: erase(harness, COMPOSITION, ANNA))
    with pytest.raises(PersonErased):
        await take(harness, contacts=(person(2), person(1)))
    assert await names(harness) == []


async def test_a_contact_who_is_erased_between_the_commits_of_a_row_is_not_imported(harness: Harness) -> None:
    people = tuple(person(number) for number in range(CONTACTS_PER_COMMIT + 1, 0, -1))
    store = meanwhile(harness)

    async def then() -> None:
        store.before_commit(lambda: erase(harness, COMPOSITION, ANNA))

    store.before_commit(then)
    with pytest.raises(PersonErased):
        await take(harness, contacts=people)
    assert len(await names(harness)) == CONTACTS_PER_COMMIT
    assert ANNA.name not in await names(harness)


async def test_a_contact_who_is_erased_after_the_commit_is_found_by_the_erasure(harness: Harness) -> None:
    done = await take(harness, contacts=(person(1), person(2)))
    await erase(harness, COMPOSITION, ANNA)
    left = await everything(harness.env.store, CONTACTS, {"partner_id": done.id})
    assert sorted(one.person.name for one in left) == ["", "Person 2"]


async def test_no_update_of_a_file_brings_back_a_sole_trader(harness: Harness) -> None:
    done = await take(harness, profile={"country": "DE"})
    meanwhile(harness).before_commit(lambda: erase(harness, COMPOSITION, Person(phone="+4930492180")))
    for _ in ("before the commit", "before the call"):
        with pytest.raises(PersonErased):
            await update(harness, done.id, **TRADER)
    assert (await harness.value(PARTNERS, done.id)).version == 1


async def test_a_file_about_others_updates_as_before(harness: Harness) -> None:
    done = await take(harness, profile={"country": "DE"})
    await update(harness, done.id, trade_name="Acme")
    assert (await harness.value(PARTNERS, done.id)).trade_name == "Acme"
