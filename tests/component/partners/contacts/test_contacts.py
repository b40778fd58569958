"""Persons are added, changed and forgotten; one at most is asked first; nothing stays of somebody forgotten."""

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from libs.errors import EtagMismatch, InvalidInput, NotFound, WrongState
from libs.messaging.outbox import OUTBOX
from libs.pb.prm.partners import v1 as pb
from libs.person import Person, PostalAddress
from libs.privacy.aliases import ALIASES, hashes
from libs.privacy.keys import Keys
from libs.store.port import D, Kind, Query, Store, get, get_all
from libs.store.requests import RECORDS
from services.partners.contacts import usecases as contacts
from services.partners.contacts.documents import CONTACT_TOTALS, CONTACTS
from services.partners.contacts.domain import (
    CONTACTS_PER_PARTNER,
    RECORDS_KEPT,
    Contact,
    ContactChanges,
    ContactRole,
    ContactTotals,
    TooManyContacts,
)
from tests.builders import NOW, a_call, an_id
from tests.component.partners.harness import Harness

WANG = Person(
    name="王小明",
    email="Xiaoming.Wang@example.org",
    phone="138 0013 8000",
    address=PostalAddress(country="CN"),
    job_title="经理",
    locale="zh-CN",
)


async def add(harness: Harness, partner_id: str, person: Person = WANG, **fields: Any) -> Contact:
    """A new contact."""
    fields = {"roles": (ContactRole.SALES,), **fields}
    return await harness.run(contacts.add_contact, contacts.AddContact, partner_id=partner_id, person=person, **fields)


async def change(harness: Harness, id: str, *, etag: str = "", request_id: str = "", **changes: Any) -> Contact:
    """A changed contact."""
    return await harness.run(
        contacts.update_contact,
        contacts.UpdateContact,
        id=id,
        etag=etag,
        request_id=request_id,
        changes=ContactChanges(**changes),
    )


async def remove(harness: Harness, id: str, **fields: Any) -> ContactTotals:
    """A forgotten contact."""
    return await harness.run(contacts.remove_contact, contacts.RemoveContact, id=id, **fields)


async def found_by(harness: Harness, person: Person) -> set[tuple[str, str]]:
    """Where the aliases of a person lead."""
    found = set()
    for one in hashes(harness.env.keys, person):
        page = await harness.env.store.find(Query(kind=ALIASES, equals={"hash": one}))
        found |= {(loaded.value.kind, loaded.value.row) for loaded in page.rows}
    return found


async def test_a_person_is_kept_with_an_id_and_found_by_every_alias(harness: Harness) -> None:
    partner = await harness.apply()
    harness.events()
    contact = await add(harness, partner.id)
    assert contact == await harness.value(CONTACTS, contact.id)
    assert contact == Contact(
        id=contact.id,
        version=1,
        partner_id=partner.id,
        person=replace(WANG, person_id=contact.person.person_id),
        roles=(ContactRole.SALES,),
        create_time=NOW,
        update_time=NOW,
    )
    assert contact.person.person_id.startswith("psn_local_")
    assert harness.events() == [("ContactAdded", 1, pb.ContactAdded(contact_id=contact.id, partner_id=partner.id))]
    for alias in (
        Person(email="XIAOMING.WANG@EXAMPLE.ORG"),
        Person(phone="+8613800138000"),
        Person(person_id=contact.person.person_id),
    ):
        assert await found_by(harness, alias) == {("contact", contact.id)}


async def test_a_new_primary_contact_replaces_the_old_one_and_both_are_told(harness: Harness) -> None:
    partner = await harness.apply()
    first = await add(harness, partner.id, primary=True)
    harness.events()
    second = await add(harness, partner.id, primary=True)
    assert (await harness.value(CONTACTS, first.id)).primary is False
    assert harness.events() == [
        ("ContactAdded", 1, pb.ContactAdded(contact_id=second.id, partner_id=partner.id)),
        ("ContactUpdated", 2, pb.ContactUpdated(contact_id=first.id, partner_id=partner.id)),
    ]
    again = await change(harness, first.id, primary=True)
    assert again.primary
    assert (await harness.value(CONTACTS, second.id)).primary is False
    nobody = await change(harness, first.id, primary=False)
    assert not nobody.primary
    assert await harness.value(CONTACT_TOTALS, partner.id) == ContactTotals(id=partner.id, version=4, count=2)


async def test_of_many_primary_contacts_added_at_once_one_stays_primary(store: Store, keys: Keys) -> None:
    harnesses = [Harness(store, keys) for _ in range(2)]
    partner = await harnesses[0].apply()
    answers = await asyncio.gather(
        *(add(harnesses[place % 2], partner.id, primary=True) for place in range(12)), return_exceptions=True
    )
    made = {one.id for one in answers if isinstance(one, Contact)}
    rows = await harnesses[0].pages(contacts.list_contacts, contacts.ListContacts, partner_id=partner.id)
    assert {one.id for one in rows} == made
    [primary] = [one.id for one in rows if one.primary]
    totals = await harnesses[0].value(CONTACT_TOTALS, partner.id)
    assert (totals.count, totals.primary_id) == (len(made), primary)


async def test_a_change_keeps_the_person_and_moves_its_aliases(harness: Harness) -> None:
    partner = await harness.apply()
    contact = await add(harness, partner.id)
    other = Person(name="王小明", email="wang@example.net")
    changed = await change(harness, contact.id, etag="1", person=other, roles=(ContactRole.BILLING,))
    assert changed.person == replace(other, person_id=contact.person.person_id)
    assert changed.roles == (ContactRole.BILLING,)
    assert await found_by(harness, Person(email=WANG.email)) == set()
    assert await found_by(harness, Person(email=other.email)) == {("contact", contact.id)}
    with pytest.raises(EtagMismatch):
        await change(harness, contact.id, etag="1", primary=True)
    with pytest.raises(InvalidInput):
        await change(harness, contact.id, person=replace(other, person_id=an_id("psn")))
    assert await change(harness, contact.id) == changed


async def test_nothing_stays_of_somebody_forgotten_not_even_in_recorded_answers(harness: Harness, store: Store) -> None:
    partner = await harness.apply()
    contact = await add(harness, partner.id, primary=True, request_id="add")
    await change(harness, contact.id, roles=(ContactRole.BILLING,), request_id="change")
    await remove(harness, contact.id, request_id="remove")
    assert await get(store, CONTACTS, contact.id) is None
    assert await found_by(harness, contact.person) == set()
    assert await harness.value(CONTACT_TOTALS, partner.id) == ContactTotals(id=partner.id, version=2)
    kept = b"".join(msgspec.json.encode(one) for one in await _all(store, RECORDS))
    kept += b"".join(msgspec.json.encode(one) for one in await _all(store, OUTBOX))
    for mark in ("王小明", "Xiaoming", "8000", "经理"):
        assert mark.encode() not in kept
    again = await add(harness, partner.id, primary=True, request_id="add")
    assert (again.id, again.person) == (contact.id, Person(person_id=contact.person.person_id))
    assert await remove(harness, contact.id, request_id="remove") == ContactTotals(id=partner.id, version=2)
    assert [name for name, _, _ in harness.events()] == [
        "PartnerApplied",
        "ContactAdded",
        "ContactUpdated",
        "ContactRemoved",
    ]


async def test_answers_of_long_ago_are_cleared_as_new_ones_are_recorded(harness: Harness, store: Store) -> None:
    partner = await harness.apply()
    contact = await add(harness, partner.id, request_id="add")
    for number in range(RECORDS_KEPT):
        contact = await change(harness, contact.id, primary=not number % 2, request_id=f"change-{number}")
    assert len(contact.records) == RECORDS_KEPT
    again = await add(harness, partner.id, request_id="add")
    assert again.person == Person(person_id=contact.person.person_id)
    await remove(harness, contact.id)
    records = await _all(store, RECORDS)
    assert len(records) == RECORDS_KEPT + 1
    assert not [one for one in records if "王小明".encode() in msgspec.json.encode(one)]


async def test_a_partner_that_has_ended_takes_nobody_on_but_may_let_go(harness: Harness) -> None:
    partner = await harness.apply()
    contact = await add(harness, partner.id)
    await harness.end(partner)
    with pytest.raises(WrongState):
        await add(harness, partner.id)
    await remove(harness, contact.id)
    with pytest.raises(NotFound):
        await remove(harness, contact.id)


async def test_a_partner_has_room_for_five_hundred_persons(harness: Harness, store: Store) -> None:
    partner = await harness.apply()
    await add(harness, partner.id)
    loaded = await harness.env.load(CONTACT_TOTALS, partner.id, call=a_call())
    await store.commit([loaded.put(replace(loaded.value, count=CONTACTS_PER_PARTNER - 1))])
    await add(harness, partner.id)
    with pytest.raises(TooManyContacts):
        await add(harness, partner.id)


async def test_contacts_are_listed_by_role_page_by_page(harness: Harness) -> None:
    partner, stranger = await harness.apply(), await harness.apply()
    roles = [ContactRole.SALES, ContactRole.BILLING, ContactRole.TECHNICAL]
    made = [await add(harness, partner.id, roles=(roles[place % 3],)) for place in range(9)]
    await add(harness, stranger.id)
    for role, wanted in ((None, made), (ContactRole.BILLING, made[1::3])):
        rows = await harness.pages(
            contacts.list_contacts, contacts.ListContacts, partner_id=partner.id, role=role, page_size=2
        )
        assert [one.id for one in rows] == sorted(one.id for one in wanted)
    page = await harness.look(contacts.list_contacts, contacts.ListContacts, partner_id=partner.id, page_size=2)
    for token in (page.next_cursor, "rubbish", "SALES~", "SALES~rubbish"):
        with pytest.raises(InvalidInput):
            await harness.look(
                contacts.list_contacts,
                contacts.ListContacts,
                partner_id=partner.id,
                role=ContactRole.SALES,
                page_token=token,
            )


async def _all(store: Store, kind: Kind[D]) -> list[D]:
    """Every document of the kind, in clear."""
    page = await store.find(Query(kind=kind, limit=200))
    return [one.value for one in (await get_all(store, kind, [row.value.id for row in page.rows])).values()]
