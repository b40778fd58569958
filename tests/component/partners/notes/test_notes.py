"""Notes are written and listed; a year later they are gone, and nobody is found by them."""

from datetime import timedelta

from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, hashes
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import Store
from services.partners.notes import usecases
from services.partners.notes.domain import KEPT, PartnerNote
from services.partners.notes.jobs import delete_old_notes
from tests.builders import an_id
from tests.component.partners.harness import Harness

ANNA = Person(person_id=an_id("psn"))


async def note(harness: Harness, partner_id: str) -> PartnerNote:
    """One that names Anna."""
    body = PersonalText(person_id=ANNA.person_id, text="Anna ruft montags an.")
    return await harness.run(usecases.create_partner_note, usecases.CreatePartnerNote, partner_id=partner_id, body=body)


async def rows_of_anna(store: Store, keys: Keys) -> set[str]:
    """The notes in which she is found."""
    return {one.row for hash in hashes(keys, ANNA) for one in await everything(store, ALIASES, {"hash": hash})}


async def test_notes_are_listed_in_order_and_name_whom_they_are_about(
    harness: Harness, store: Store, keys: Keys
) -> None:
    partner = await harness.apply()
    harness.events()
    made = [await note(harness, partner.id) for _ in range(3)]
    assert [name for name, _, _ in harness.events()] == ["PartnerNoteCreated"] * 3
    found = await harness.pages(
        usecases.list_partner_notes, usecases.ListPartnerNotes, partner_id=partner.id, page_size=2
    )
    assert found == made
    assert await rows_of_anna(store, keys) == {one.id for one in made}


async def test_a_note_is_kept_for_a_year_and_then_nobody_is_found_by_it(
    harness: Harness, store: Store, keys: Keys
) -> None:
    partner = await harness.apply()
    old = await note(harness, partner.id)
    harness.clock.advance(KEPT)
    fresh = await note(harness, partner.id)
    assert await delete_old_notes(harness.env) == 0
    harness.clock.advance(timedelta(seconds=1))
    assert await delete_old_notes(harness.env) == 1
    assert old.id not in await rows_of_anna(store, keys)
    assert await rows_of_anna(store, keys) == {fresh.id}
    assert await delete_old_notes(harness.env) == 0
