"""Persons come and go; one at most is asked first, and a person stays the same person."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.person import Person, PostalAddress
from services.partners.contacts import domain
from services.partners.contacts.domain import (
    CONTACTS_PER_PARTNER,
    Contact,
    ContactChanges,
    ContactRole,
    ContactTotals,
    TooManyContacts,
)
from services.partners.contacts.events import ContactAdded, ContactRemoved, ContactUpdated
from tests.builders import NOW, an_id

LATER = NOW + timedelta(days=1)
TOTALS = ContactTotals(id=an_id("ptn"))
PERSON = Person(person_id=an_id("psn"), name="Ayşe Yılmaz", email="ayse@example.org")


def a_contact(number: int = 1, *, primary: bool = False) -> Contact:
    """Somebody in sales."""
    return Contact(
        id=an_id("con", number),
        partner_id=TOTALS.id,
        person=PERSON,
        roles=(ContactRole.SALES,),
        primary=primary,
        records=("a", "b"),
        create_time=NOW,
        update_time=NOW,
    )


@pytest.mark.parametrize(("primary", "first"), [(True, an_id("con")), (False, "")])
def test_the_totals_count_contacts_and_name_the_primary_one(primary: bool, first: str) -> None:
    totals, event = domain.add(TOTALS, a_contact(primary=primary))
    assert totals == ContactTotals(id=TOTALS.id, count=1, primary_id=first)
    assert event == ContactAdded(contact_id=an_id("con"), partner_id=TOTALS.id)
    removed = ContactRemoved(contact_id=an_id("con"), partner_id=TOTALS.id)
    assert domain.remove(totals, a_contact(primary=primary)) == (TOTALS, removed)


def test_five_hundred_persons_are_enough() -> None:
    with pytest.raises(TooManyContacts):
        domain.add(replace(TOTALS, count=CONTACTS_PER_PARTNER), a_contact())


def test_who_is_no_longer_asked_first_frees_the_place_only_if_it_held_it() -> None:
    mine = replace(TOTALS, primary_id=an_id("con"))
    assert domain.set_primary(mine, a_contact()) == TOTALS
    assert domain.set_primary(mine, a_contact(2)) == mine
    assert domain.set_primary(mine, a_contact(2, primary=True)) == replace(TOTALS, primary_id=an_id("con", 2))


def test_a_change_replaces_whole_fields_and_keeps_who_the_person_is() -> None:
    after = Person(name="Ayşe Kaya")
    contact, event = domain.change(a_contact(), ContactChanges(person=after, primary=True), now=LATER)
    assert contact == replace(
        a_contact(), person=Person(person_id=PERSON.person_id, name="Ayşe Kaya"), primary=True, update_time=LATER
    )
    assert event == ContactUpdated(contact_id=contact.id, partner_id=TOTALS.id)


def test_everything_wrong_with_a_change_is_named() -> None:
    nowhere = PostalAddress(country="QQ")
    wrong = ContactChanges(person=Person(person_id=an_id("psn", 2), name="   ", address=nowhere), roles=())
    with pytest.raises(InvalidInput) as refused:
        domain.change(a_contact(), wrong, now=LATER)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("roles", "REQUIRED"),
        ("person.name", "REQUIRED"),
        ("person.address.country", "UNKNOWN_COUNTRY"),
        ("person.person_id", "IMMUTABLE"),
    ]


@pytest.mark.parametrize("person", [None, Person(email="x@example.org")])
def test_a_person_has_a_name(person: Person | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        domain.change(a_contact(), ContactChanges(person=person), now=LATER)
    assert refused.value.violations[0].field == "person.name"


def test_what_stays_of_somebody_forgotten_holds_no_personal_data() -> None:
    assert domain.erased(a_contact()) == replace(a_contact(), person=Person(person_id=PERSON.person_id), records=())
