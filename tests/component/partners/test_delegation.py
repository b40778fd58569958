"""A partner's people look after their own partner: its persons and profile, not its place, and nobody else's."""

from typing import Any

import pytest

from libs.country import Cell, Directory, RegistrationIdType
from libs.errors import Duplicate, InvalidInput, NotFound, Violation, WrongCell
from libs.person import Person, PostalAddress
from services.partners.application.domain import PartnerChanges
from services.partners.application.usecases import applications
from services.partners.contacts import usecases as contacts
from services.partners.contacts.documents import CONTACTS
from services.partners.contacts.domain import ContactChanges, ContactRole
from services.partners.hierarchy import usecases as hierarchy
from services.partners.hierarchy.domain import DownlineClosed
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.territories import usecases as territories
from tests.builders import a_call_of, an_id
from tests.component.partners.harness import VAT_NUMBERS, Harness
from tests.component.partners.territories.test_territories import grant

ADA = Person(name="Ada Okonkwo", email="ada@example.org")
SALES = (ContactRole.SALES,)


async def by(harness: Harness, partner: Partner, use_case: Any, command: type[Any], **fields: Any) -> Any:
    """What one of the partner's people gets."""
    return await harness.env.run(use_case, command(call=a_call_of(partner.id), **fields))


async def look(harness: Harness, partner: Partner, use_case: Any, command: type[Any], **fields: Any) -> Any:
    """What one of the partner's people is shown."""
    return await use_case(harness.env, command(call=a_call_of(partner.id), **fields))


async def open_downline(harness: Harness, partner: Partner) -> Partner:
    """As its agreement has it."""
    command = hierarchy.SetDownlineAccess
    return await harness.run(hierarchy.set_downline_access, command, id=partner.id, sees_downline=True)


async def test_a_partner_adds_changes_lists_and_forgets_its_own_persons(harness: Harness) -> None:
    mine = await harness.active()
    added = await by(
        harness, mine, contacts.add_contact, contacts.AddContact, partner_id=mine.id, person=ADA, roles=SALES
    )
    changes = ContactChanges(person=Person(name="Ada Eze"))
    changed = await by(harness, mine, contacts.update_contact, contacts.UpdateContact, id=added.id, changes=changes)
    page = await look(harness, mine, contacts.list_contacts, contacts.ListContacts, partner_id=mine.id)
    assert [loaded.value for loaded in page.rows] == [changed]
    await by(harness, mine, contacts.remove_contact, contacts.RemoveContact, id=added.id)
    with pytest.raises(NotFound):
        await harness.value(CONTACTS, added.id)


async def test_the_persons_of_another_partner_do_not_exist_not_even_to_the_distributor_who_sees_them(
    harness: Harness,
) -> None:
    top = await harness.active(kind=PartnerKind.DISTRIBUTOR)
    below = await harness.active(number=1, parent=top.id)
    await open_downline(harness, top)
    theirs = await harness.run(contacts.add_contact, contacts.AddContact, partner_id=below.id, person=ADA, roles=SALES)
    page = await look(harness, top, contacts.list_contacts, contacts.ListContacts, partner_id=below.id)
    assert [loaded.value for loaded in page.rows] == [theirs]
    for id in (theirs.id, an_id("con")):
        for use_case, command, fields in (
            (contacts.update_contact, contacts.UpdateContact, {"changes": ContactChanges(primary=True)}),
            (contacts.remove_contact, contacts.RemoveContact, {}),
        ):
            with pytest.raises(NotFound, match=f"contact {id} does not exist"):
                await by(harness, top, use_case, command, id=id, **fields)
    with pytest.raises(NotFound, match=f"partner {below.id} does not exist"):
        await by(harness, top, contacts.add_contact, contacts.AddContact, partner_id=below.id, person=ADA, roles=SALES)
    assert await harness.value(CONTACTS, theirs.id) == theirs


async def test_a_partners_people_change_its_profile_but_not_its_place(harness: Harness) -> None:
    top, mine = await harness.distributor(), await harness.active()
    command = applications.UpdatePartner
    changed = await by(
        harness, mine, applications.update_partner, command, id=mine.id, changes=PartnerChanges(trade_name="ZU")
    )
    assert changed.trade_name == "ZU"
    changes = PartnerChanges(parent_partner_id=top.id, kind=PartnerKind.AGENT, trade_name="x")
    with pytest.raises(InvalidInput) as refused:
        await by(harness, mine, applications.update_partner, command, id=mine.id, changes=changes)
    assert refused.value.violations == (
        Violation("update_mask", "kind is the vendor's to set", "VENDOR_ONLY"),
        Violation("update_mask", "parent_partner_id is the vendor's to set", "VENDOR_ONLY"),
    )
    with pytest.raises(NotFound):
        await by(harness, mine, applications.update_partner, command, id=top.id, changes=PartnerChanges(trade_name="x"))


async def test_a_taken_registration_id_is_refused_without_saying_whose_it_is(harness: Harness) -> None:
    theirs, mine = await harness.active(), await harness.active(number=1)
    changes = PartnerChanges(registration_id=VAT_NUMBERS[0], registration_id_type=RegistrationIdType.VAT)
    with pytest.raises(Duplicate) as refused:
        await by(
            harness,
            mine,
            applications.update_partner,
            applications.UpdatePartner,
            id=mine.id,
            changes=changes,
        )
    assert theirs.id not in refused.value.message + str(refused.value.metadata)


async def test_a_partner_lists_itself_alone_whatever_it_filters_by(harness: Harness) -> None:
    mine, other = await harness.active(), await harness.active(number=1)
    for filters, found in (({}, [mine]), ({"country": "DE"}, [mine]), ({"country": "FR"}, [])):
        page = await look(harness, mine, applications.list_partners, applications.ListPartners, **filters)
        assert [loaded.value for loaded in page.rows] == found
    await grant(harness, other.id)
    page = await look(harness, mine, territories.list_territories, territories.ListTerritories, country="DE")
    assert not page.rows


async def test_a_downline_is_listed_by_those_whose_agreement_opens_it(harness: Harness) -> None:
    top = await harness.active(kind=PartnerKind.DISTRIBUTOR)
    below = await harness.active(number=1, parent=top.id)
    other = await harness.active(number=2)
    command = hierarchy.ListDownline
    with pytest.raises(DownlineClosed):
        await look(harness, top, hierarchy.list_downline, command, partner_id=top.id)
    await open_downline(harness, top)
    rows, _ = await look(harness, top, hierarchy.list_downline, command, partner_id=top.id)
    assert [one.partner for one in rows] == [below]
    assert await look(harness, top, hierarchy.list_downline, command, partner_id=below.id) == ((), "")
    for asking, asked in ((below, top), (top, other), (other, top)):
        with pytest.raises(NotFound):
            await look(harness, asking, hierarchy.list_downline, command, partner_id=asked.id)


async def test_a_forged_page_of_a_downline_tells_no_known_id_from_an_unknown_one(harness: Harness) -> None:
    top, other = await harness.active(kind=PartnerKind.DISTRIBUTOR), await harness.active(number=1)
    await open_downline(harness, top)
    for last in (other.id, an_id("ptn")):
        token = hierarchy._write(hierarchy._PageEnd(top.id, 1, last))
        with pytest.raises(InvalidInput):
            await look(
                harness, top, hierarchy.list_downline, hierarchy.ListDownline, partner_id=top.id, page_token=token
            )


async def test_what_is_no_country_is_told_as_that_and_not_as_another_cells(harness: Harness) -> None:
    germany = Cell(code="local", countries=("DE",), time_zone="Europe/Berlin", currency="EUR")
    harness.env.directory = Directory(germany)
    with pytest.raises(InvalidInput) as refused:
        await harness.apply(country="XZ", legal_name=" ")
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("country", "UNKNOWN_COUNTRY"),
        ("legal_name", "REQUIRED"),
    ]


async def test_a_person_who_lives_where_another_cell_serves_is_refused_here(harness: Harness) -> None:
    mine = await harness.active()
    added = await harness.run(contacts.add_contact, contacts.AddContact, partner_id=mine.id, person=ADA, roles=SALES)
    harness.env.directory = Directory(Cell(code="local", countries=("DE",), time_zone="Europe/Berlin", currency="EUR"))
    abroad = Person(name="Ada", address=PostalAddress(country="CN"))
    with pytest.raises(WrongCell):
        await harness.run(contacts.add_contact, contacts.AddContact, partner_id=mine.id, person=abroad, roles=SALES)
    with pytest.raises(WrongCell):
        await harness.run(
            contacts.update_contact, contacts.UpdateContact, id=added.id, changes=ContactChanges(person=abroad)
        )
    nowhere = Person(name=" ", address=PostalAddress(country="XZ"))
    with pytest.raises(InvalidInput) as refused:
        await harness.run(contacts.add_contact, contacts.AddContact, partner_id=mine.id, person=nowhere, roles=SALES)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("person.name", "REQUIRED"),
        ("person.address.country", "UNKNOWN_COUNTRY"),
    ]
