"""Who is named in a claim belongs to the cell that serves where they live."""

from collections.abc import Awaitable
from typing import Any

import pytest

from libs.country import Cell, Directory
from libs.errors import InvalidInput, WrongCell
from libs.person import Person, PostalAddress
from services.deals.claims import usecases as drafts
from services.deals.claims.domain.registration import RegistrationChanges
from tests.component.deals.harness import ACME, Harness

GERMANY = Directory(Cell(code="local", countries=("DE",), time_zone="Europe/Berlin", currency="EUR"))
CLAIRE = Person(name="Claire Dubois", address=PostalAddress(country="FR"))
NOBODY = Person(name="Jo Doe", address=PostalAddress(country="QQ"))
HERE = Person(name="Ada Lind", address=PostalAddress(country="DE"))
CONTACTS = ("customer_contact", "sales_contact")


@pytest.mark.parametrize("contact", CONTACTS)
async def test_a_person_who_lives_where_another_cell_serves_is_refused_here(harness: Harness, contact: str) -> None:
    harness.env.directory = GERMANY
    with pytest.raises(WrongCell):
        await harness.draft(**_named(contact, CLAIRE))
    reg = await harness.draft(**_named(contact, HERE))
    with pytest.raises(WrongCell):
        await _update(harness, reg.id, **_named(contact, CLAIRE))


async def test_every_country_that_is_none_is_named(harness: Harness) -> None:
    reg = await harness.draft()
    wrong: dict[str, Any] = {"customer": ACME, **dict.fromkeys(CONTACTS, NOBODY)}
    for refusing in (harness.draft(**wrong), _update(harness, reg.id, **wrong)):
        with pytest.raises(InvalidInput) as refused:
            await refusing
        assert [(one.field, one.reason) for one in refused.value.violations] == [
            ("customer_contact.address.country", "UNKNOWN_COUNTRY"),
            ("sales_contact.address.country", "UNKNOWN_COUNTRY"),
        ]


def _named(contact: str, person: Person) -> dict[str, Any]:
    return {contact: person}


def _update(harness: Harness, id: str, **changes: Any) -> Awaitable[object]:
    return harness.run(
        drafts.update_registration, drafts.UpdateRegistration, id=id, changes=RegistrationChanges(**changes)
    )
